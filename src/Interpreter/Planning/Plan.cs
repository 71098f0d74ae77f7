using System.Collections.Immutable;
using System.Text;

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

/// <summary>One kernel: the node it computes, with the virtual nodes above it, and the buffer that it fills.</summary>
public sealed record Step(Expr Node, int Buffer);

/// <summary>
/// How a program is run: kernels in order, and where each keeps its result. Virtual nodes have no buffer: the kernel that reads them computes
/// them on the way (elementwise trees, broadcasts) or reads through them (permutations).
/// </summary>
public sealed class Plan
{
    internal Plan(
        Function program, ImmutableArray<Step> steps, ImmutableArray<Buffer> buffers, Dictionary<Expr, int> bufferOf, HashSet<Expr> virtuals,
        ImmutableArray<Literal> constants, ImmutableArray<int> outputDonors, long arenaBytes)
    {
        (Program, Steps, Buffers, this.bufferOf, this.virtuals) = (program, steps, buffers, bufferOf, virtuals);
        (Constants, OutputDonors, ArenaBytes) = (constants, outputDonors, arenaBytes);
    }

    private readonly Dictionary<Expr, int> bufferOf;
    private readonly HashSet<Expr> virtuals;

    /// <summary>The lowered program.</summary>
    public Function Program { get; }

    /// <summary>The kernels, in order.</summary>
    public ImmutableArray<Step> Steps { get; }

    /// <summary>All buffers.</summary>
    public ImmutableArray<Buffer> Buffers { get; }

    /// <summary>The constants that kernels read.</summary>
    public ImmutableArray<Literal> Constants { get; }

    /// <summary>For each output buffer, the donated input whose memory it takes over, or −1.</summary>
    public ImmutableArray<int> OutputDonors { get; }

    /// <summary>The size of the arena.</summary>
    public long ArenaBytes { get; }

    /// <summary>Arena, and the outputs that take over no input: what a run allocates at its peak.</summary>
    public long PeakBytes => ArenaBytes + Buffers.Where(b => b.Kind == BufferKind.Output && OutputDonors[b.Index] < 0).Sum(b => b.Bytes);

    /// <summary>The buffer that holds a node's value.</summary>
    public int BufferOf(Expr node) => bufferOf[node];

    /// <summary>Whether a node has no buffer of its own.</summary>
    public bool IsVirtual(Expr node) => virtuals.Contains(node);

    /// <summary>The kernels, a line each, and the memory.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var step in Steps)
        {
            var b = Buffers[step.Buffer];
            text.AppendLine($"{step.Node.Op.Name,-20} {step.Node.Type,-24} {b.Kind}{(b.Kind == BufferKind.Arena ? $" {b.Offset}" : "")}");
        }
        return text.AppendLine($"arena {ArenaBytes:N0} bytes, peak {PeakBytes:N0} bytes").ToString();
    }
}
