using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>An operand by strides alone: those of dots, filters, and images of which windows see nothing but elements.</summary>
/// <param name="memory">Where it is: elements, or words of two.</param>
/// <param name="type">The type of its elements.</param>
/// <param name="operand">How it lies.</param>
/// <param name="run">How many neighbours one access can read.</param>
/// <param name="areRounded">Whether elements of f32 are numbers of TF32.</param>
internal sealed class StridedMatrix(Memory memory, DType type, StridedOperand operand, int run, bool areRounded = false) : IMatrix
{
    /// <summary>The bytes of the widest access.</summary>
    public const int AccessBytes = 16;

    private readonly StridedOperand merged = operand.Merged();

    public DType Type => type;

    public bool IsAlongDepth { get; } = AlongDepth(operand);

    public bool AreRounded => areRounded;

    public int Run => run;

    public Value[] Line(KernelBuilder k, Value batch, Value line) => [k.Let(merged.Line(batch, line))];

    public Value At(KernelBuilder k, Value[] line, Value from, Value along) => memory[Index(line, k.Let(from + along))];

    public Value[] Read(KernelBuilder k, Value[] line, Value from, Value along, int count) => k.Read(memory, type, Index(line, k.Let(from + along)), count);

    private Value Index(Value[] line, Value depth) => line[0] + Axis.Offset(merged.Depth, depth);

    /// <summary>Whether neighbours along the depth lie side by side, and those across do not.</summary>
    public static bool AlongDepth(StridedOperand operand) => IsDense(operand.Depth) && !IsDense(operand.Lines);

    private static bool IsDense(ImmutableArray<Axis> axes) => Axis.Merged(axes) is [.., { Stride: 1 }];

    /// <summary>
    /// How many neighbours one access can read, of 16 bytes or a part of them: where their first is a multiple of their number, its place must be, too,
    /// and so must that of the memory itself. Memory of a multiple of so many bytes begins at such a multiple: the planner and the device see to that
    /// for all that they obtain, and a slice that a loop reads at a step is of as many bytes as each before it.
    /// </summary>
    /// <param name="operand">How it lies.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="bytes">The bytes of the memory.</param>
    public static int RunOf(StridedOperand operand, DType type, long bytes)
    {
        var (along, across) = AlongDepth(operand) ? (operand.Depth, operand.Lines) : (operand.Lines, operand.Depth);
        var run = type.Size == 1 ? 1 : AccessBytes / type.Size;
        while (run > 1 && !(bytes % (run * type.Size) == 0 && operand.Start % run == 0 && IsOfRuns(Axis.Merged(along), run) && Axis.Merged([.. across, .. operand.Batch]).All(a => a.Stride % run == 0))) run /= 2;
        return run;
    }

    /// <summary>Whether some axes lie in runs of so many, each a multiple of that many from the first.</summary>
    private static bool IsOfRuns(ImmutableArray<Axis> axes, int run) =>
        axes is [.. var outer, { Stride: 1, Extent: var extent }] && extent % run == 0 && outer.All(a => a.Stride % run == 0);
}
