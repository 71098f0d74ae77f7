using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>How many bytes an interpreter's kernel needs besides its operands and results.</summary>
/// <param name="Scratch">What it works in.</param>
/// <param name="Kept">What it makes of fixed operands before the first step of a loop, and reads in all steps.</param>
/// <param name="Result">Where it goes on with a pooling: for how many bytes of what that reads it has places; 0 for all.</param>
public readonly record struct KernelMemory(long Scratch, long Kept = 0, long Result = 0);

/// <summary>The memory of an interpreter's kernel for a node.</summary>
/// <param name="node">The node.</param>
/// <param name="loop">The loop that computes it, where one does.</param>
/// <param name="pooling">The pooling that it goes on with, where it does.</param>
/// <param name="isVirtual">Whether a node has no memory of its own, so that the kernel reads through it.</param>
/// <param name="isFixed">Whether a value is the same in all steps of the loop that the node is computed in.</param>
public delegate KernelMemory MemoryOfKernel(Expr node, FusedLoop? loop, Pooling? pooling, Func<Expr, bool> isVirtual, Func<Expr, bool> isFixed);

/// <summary>Whether an interpreter's kernel of a convolution goes on with a pooling.</summary>
/// <param name="convolution">The convolution.</param>
/// <param name="pooling">What alone reads its result.</param>
/// <param name="isVirtual">Whether a node has no memory of its own, so that the kernel reads through it.</param>
public delegate bool PoolsAtOnce(Expr convolution, Pooling pooling, Func<Expr, bool> isVirtual);

/// <summary>What an interpreter's kernels need, and what they do beyond a node each.</summary>
/// <param name="Memory">What they need besides operands and results; nothing where not given.</param>
/// <param name="Pools">Whether convolutions go on with poolings; none do where not given.</param>
/// <param name="ConvolutionsConvert">Whether convolutions read factors of f16 and bf16 where they lie, as dots do.</param>
/// <param name="ProductsEndInRegisters">
/// Whether an element of a product stays in registers until nothing more is to be done with it: a loop that goes on with it may then write over what it
/// reads there, as an update does, and store none of the product's type; and it may be put where a permutation of the product has it.
/// </param>
public sealed record KernelTraits(MemoryOfKernel? Memory = null, PoolsAtOnce? Pools = null, bool ConvolutionsConvert = false, bool ProductsEndInRegisters = false);

/// <summary>Lays a lowered program out: which nodes are kernels, in which order they run, and where each keeps its result.</summary>
public static class Planner
{
    /// <summary>The plan of a lowered program: of the orders it tries, that with the lowest peak.</summary>
    /// <param name="program">A lowered function. See <see cref="Lowering"/>.</param>
    /// <param name="donated">The inputs whose memory results may take over.</param>
    /// <param name="traits">Those of the interpreter's kernels; none where not given.</param>
    public static Plan Of(Function program, ValueArray<int> donated = default, KernelTraits? traits = null) => Planned(program, donated, traits ?? new(), 0);

    /// <summary>The plan of a whole program, or of a loop's body, which the first parameters reach unchanged at each step.</summary>
    private static Plan Planned(Function program, ValueArray<int> donated, KernelTraits traits, int constants)
    {
        var kernels = new Kernels(program, traits);
        var donations = Layout.Donations(kernels, donated.Items);
        var schedule = new Schedule(kernels, donations);
        var known = new Dictionary<Expr, ImmutableArray<Plan>>();
        var unchanged = program.Parameters[..constants].ToHashSet();
        ImmutableArray<Plan> Bodies(Expr node) => node.Op is not Control op ? []
            : known.TryGetValue(node, out var plans) ? plans : known[node] = [.. op.Bodies.Select(f => Planned(Lowering.Of(f), default, traits, BodyMemory.Constants(op)))];
        KernelMemory Memory(KernelNode kernel) => kernel.Node.Op is Control op ? new(BodyMemory.Of(op, Bodies(kernel.Node)).Bytes) : traits.Memory?.Invoke(kernel.Node, kernel.Loop, kernel.Pooling, kernels.IsVirtual, unchanged.Contains) ?? default;
        ImmutableArray<KernelMemory> memories = [.. kernels.All.Select(Memory)];
        var best = new[] { schedule.PostOrder(), schedule.Eager(), schedule.Greedy() }
            .Select(order => Layout.Of(kernels, order, donated.Items, donations, memories))
            .MinBy(layout => layout.LeastBytes)!.Packed();
        return new(kernels, best, Bodies);
    }
}
