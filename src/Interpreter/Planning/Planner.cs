using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>How many bytes an interpreter's kernel for a node needs besides its operands and results.</summary>
/// <param name="node">The node.</param>
/// <param name="loop">The loop that computes it, where one does.</param>
/// <param name="isVirtual">Whether a node has no memory of its own, so that the kernel reads through it.</param>
public delegate long ScratchBytes(Expr node, FusedLoop? loop, Func<Expr, bool> isVirtual);

/// <summary>Lays a lowered program out: which nodes are kernels, in which order they run, and where each keeps its result.</summary>
public static class Planner
{
    /// <summary>The plan of a lowered program: of the orders it tries, that with the lowest peak.</summary>
    /// <param name="program">A lowered function. See <see cref="Lowering"/>.</param>
    /// <param name="donated">The inputs whose memory results may take over.</param>
    /// <param name="scratch">What the interpreter's kernels need besides; nothing where not given.</param>
    public static Plan Of(Function program, ValueArray<int> donated = default, ScratchBytes? scratch = null)
    {
        var kernels = new Kernels(program);
        var donations = Layout.Donations(kernels, donated.Items);
        var schedule = new Schedule(kernels, donations);
        var known = new Dictionary<Function, Plan>(ReferenceEqualityComparer.Instance);
        Plan Body(Function f) => known.TryGetValue(f, out var plan) ? plan : known[f] = Of(Lowering.Of(f), default, scratch);
        ImmutableArray<Plan> Bodies(Expr node) => node.Op is Control op ? [.. op.Bodies.Select(Body)] : [];
        long Scratch(KernelNode kernel) => kernel.Node.Op is Control op ? BodyMemory.Of(op, Bodies(kernel.Node)).Bytes : scratch?.Invoke(kernel.Node, kernel.Loop, kernels.IsVirtual) ?? 0;
        var best = new[] { schedule.PostOrder(), schedule.Eager(), schedule.Greedy() }
            .Select(order => Layout.Of(kernels, order, donated.Items, donations, Scratch))
            .MinBy(layout => layout.LeastBytes)!.Packed();
        return new(kernels, best, Bodies);
    }
}
