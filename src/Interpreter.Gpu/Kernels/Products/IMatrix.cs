using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>An operand of a product as threads read it: lines, which are the result's rows or columns, along the depth that is summed over.</summary>
internal interface IMatrix
{
    /// <summary>Whether neighbours along the depth are neighbours in memory, rather than those of adjacent lines.</summary>
    bool IsAlongDepth { get; }

    /// <summary>The type of its elements, as they lie in memory.</summary>
    DType Type { get; }

    /// <summary>What of the places of a line's elements is the same for all of them.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="batch">Which of several products.</param>
    /// <param name="line">The line, which is one of the matrix.</param>
    Value[] Line(KernelBuilder k, Value batch, Value line);

    /// <summary>An element of a line; one that is not inside of the depth is not asked for.</summary>
    Value At(KernelBuilder k, Value[] line, Value depth);
}

/// <summary>An operand of a dot: as it lies in memory, by strides.</summary>
/// <param name="memory">Where it is.</param>
/// <param name="operand">How it lies.</param>
/// <param name="batch">Its batch axes.</param>
/// <param name="free">Its free axes.</param>
/// <param name="contracted">Its contracted axes.</param>
internal sealed class StridedMatrix(Memory memory, Strided operand, Axes batch, Axes free, Axes contracted) : IMatrix
{
    public DType Type => memory.Type;

    public bool IsAlongDepth { get; } = contracted.Count > 0 && operand.Strides[contracted[^1]] == 1 && operand.Shape[contracted[^1]] > 1;

    private Value Offset(Axes axes, Value flat) => Coordinates.Flat(Coordinates.Of(flat, operand.Shape.Pick(axes)), [.. axes.Select(a => operand.Strides[a])]);

    public Value[] Line(KernelBuilder k, Value batch1, Value line) => [k.Let(Offset(batch, batch1) + Offset(free, line) + checked((int)operand.Start))];

    public Value At(KernelBuilder k, Value[] line, Value depth) => memory[line[0] + Offset(contracted, depth)];
}
