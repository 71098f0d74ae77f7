using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Where a buffer's memory comes from.</summary>
public enum BufferKind
{
    /// <summary>An argument of the run.</summary>
    Input,

    /// <summary>A constant of the program.</summary>
    Constant,

    /// <summary>A part of the arena.</summary>
    Arena,

    /// <summary>Memory of its own, which becomes a result.</summary>
    Output,
}

/// <summary>Memory that nodes use.</summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Index">Which input, constant or output it is.</param>
/// <param name="Offset">Where in the arena it begins, in bytes.</param>
/// <param name="Bytes">How long it is.</param>
public sealed record Buffer(BufferKind Kind, int Index, long Offset, long Bytes);

/// <summary>One kernel's turn.</summary>
/// <param name="Node">The node it computes, the last of several.</param>
/// <param name="Buffers">The buffers that it fills, one for each result.</param>
/// <param name="Scratch">The buffer that it may use meanwhile, or −1.</param>
/// <param name="Cost">Arithmetic and traffic.</param>
/// <param name="Bodies">The plans of the functions that a control op owns. Their results are the outputs, their arenas within the scratch buffer.</param>
/// <param name="Loop">How it computes a group of nodes together, where it does.</param>
/// <param name="Kept">In a loop's body, the buffer of what it makes before the first step and reads in all, or −1.</param>
/// <param name="Pooling">What a convolution goes on with, after the loop where there is one: it fills the buffers.</param>
/// <param name="Permuted">Of a product: the permutation of it that is made instead, which the loop goes on with where there is one.</param>
public sealed record Step(Expr Node, ValueArray<int> Buffers, int Scratch, Cost Cost, ValueArray<Plan> Bodies, FusedLoop? Loop, int Kept, Pooling? Pooling = null, Expr? Permuted = null)
{
    /// <summary>The buffer that it fills, where it is one.</summary>
    public int Buffer => Buffers[0];

    /// <summary>The node's name, with those of the functions that are computed with it.</summary>
    public string Name
    {
        get
        {
            var last = Pooling is null ? "" : $"·{Pooling.Window.Op.Name}";
            var first = Permuted is null ? Node.Op.Name : $"{Node.Op.Name}·{Permuted.Op.Name}";
            if (Loop is null) return first + last;
            string[] names = [.. Loop.Stages.SelectMany(s => s.Row.Concat(s.Columns)).Select(i => i switch { Apply a => a.Name, Reduce r => r.Kind.ToString().ToLowerInvariant(), Choose => "select", Cast => "convert", _ => "" }).Where(n => n.Length > 0)];
            if (Node.Op is Dot or Conv) names = [first, .. names];
            const int shown = 5;
            return names.Length > shown ? $"{string.Join("·", names.Take(shown))}·… ({names.Length}){last}" : string.Join("·", names) + last;
        }
    }

    /// <summary>The types of its results.</summary>
    public string Types
    {
        get
        {
            TensorType[] types = Pooling is not null ? [.. Pooling.Node.Results] : Loop is null ? [.. (Permuted ?? Node).Results] : [.. Loop.Writes.Select(v => v.Type)];
            const int shown = 2;
            return types.Length > shown ? $"{string.Join(", ", types.Take(shown))}, … ({types.Length})" : string.Join(", ", types);
        }
    }
}

/// <summary>
/// How a program is run: kernels in order, and where each keeps its result. Virtual nodes have no buffer: the kernel that reads them computes
/// them on the way (elementwise trees, broadcasts) or reads through them (permutations).
/// </summary>
public sealed partial class Plan
{
    private readonly Kernels kernels;
    private readonly Layout layout;

    internal Plan(Kernels kernels, Layout layout, Func<Expr, ImmutableArray<Plan>> bodies)
    {
        (this.kernels, this.layout) = (kernels, layout);
        Steps = [.. layout.Steps.Select(s => new Step(s.Kernel.Node, s.Buffers, s.Scratch, CostOf(s.Kernel, bodies(s.Kernel.Node)), bodies(s.Kernel.Node), s.Kernel.Loop, s.Kept, s.Kernel.Pooling, s.Kernel.Permuted))];
        Buffers = [.. layout.Buffers];
        Constants = [.. kernels.Constants.Select(c => ((Constant)c.Op).Value)];
        OutputDonors = [.. layout.Donors];
        Cost = Steps.Aggregate(default(Cost), (all, step) => all + step.Cost) with { PeakBytes = PeakBytes };
    }

    /// <summary>The lowered program.</summary>
    public Function Program => kernels.Program;

    /// <summary>The kernels, in order.</summary>
    public ImmutableArray<Step> Steps { get; }

    /// <summary>All buffers.</summary>
    public ImmutableArray<Buffer> Buffers { get; }

    /// <summary>The constants that kernels read.</summary>
    public ImmutableArray<Literal> Constants { get; }

    /// <summary>For each output buffer, the donated input whose memory it takes over, or −1.</summary>
    public ImmutableArray<int> OutputDonors { get; }

    /// <summary>The size of the arena.</summary>
    public long ArenaBytes => layout.ArenaBytes;

    /// <summary>Arena, and the outputs that take over no input: what a run allocates.</summary>
    public long PeakBytes => layout.PeakBytes;

    /// <summary>The largest values that live at the peak, by their ops and types, with their bytes.</summary>
    public ValueArray<(string Value, long Bytes)> Largest =>
        [.. layout.Values.Where(v => layout.Lifetime(v) is var (born, dies) && born <= layout.PeakStep && layout.PeakStep <= dies)
            .Select(v => (v.ToString(), Buffers[BufferOf(v)].Bytes)).OrderByDescending(v => v.Bytes).Take(5)];

    /// <summary>Says that a run takes more memory than it may, what fills it, and what can be done.</summary>
    public string Excess(long allowed) => Excess($"more than the {Units.Bytes(allowed)} allowed");

    /// <summary>The same, for memory that is limited in some other way.</summary>
    public string Excess(string limit) =>
        $"the program's peak is {Units.Bytes(PeakBytes)}, {limit}, in step {layout.PeakStep + 1} of {Steps.Length}; there live {string.Join(", ", Largest.Select(v => $"{v.Value} ({Units.Bytes(v.Bytes)})"))}: "
        + "make the batch smaller, donate inputs, use checkpoint, or fit the program to the memory (Cpu.Fit)";

    /// <summary>Arithmetic and traffic of a run, and its peak.</summary>
    public Cost Cost { get; }

    /// <summary>The arithmetic of a run, a multiply-add as 2.</summary>
    public long Flops => Cost.Flops;

    /// <summary>The bytes that the kernels of a run read and write.</summary>
    public long Bytes => Cost.Bytes;

    /// <summary>The buffer that holds a node's value.</summary>
    public int BufferOf(Expr node) => layout.BufferOf[node];

    /// <summary>Whether a node has no buffer of its own.</summary>
    public bool IsVirtual(Expr node) => kernels.IsVirtual(node);

    /// <summary>The kernels and the layout, for those who change the program by them.</summary>
    internal (Kernels Kernels, Layout Layout) Parts => (kernels, layout);

    private Cost CostOf(KernelNode kernel, ImmutableArray<Plan> bodies)
    {
        if (kernel.Node.Op is Control op) return BodyMemory.CostOf(op, bodies);
        var flops = kernel.Flops;
        var (dot, conv) = kernel.Node.Op switch { Dot d => (d.Flops, 0L), Conv c => (0L, c.Flops), _ => (0L, 0L) };
        return new(flops, dot, conv, kernel.BytesRead, kernel.BytesWritten, 0);
    }
}
