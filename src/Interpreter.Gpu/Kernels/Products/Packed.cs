using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Copies of operands in which so many lines at a time lie side by side, for each element along the depth, whatever their number: the last is repeated.</summary>
internal static class Packed
{
    private const int Waves = 8, Piece = 16;

    /// <summary>How the copy lies.</summary>
    public static StridedOperand Of(StridedOperand operand, int side)
    {
        var (blocks, depth) = (Block.Count(operand.Count, side), Size(operand.Depth));
        var (axes, stride) = (ImmutableArray.CreateBuilder<Axis>(), (long)side);
        foreach (var axis in operand.Depth.Reverse())
        {
            axes.Insert(0, new(axis.Extent, stride));
            stride *= axis.Extent;
        }
        return new([new(Size(operand.Batch), (long)blocks * depth * side)], [new(blocks, (long)depth * side), new(side, 1)], axes.ToImmutable(), 0);
    }

    /// <summary>How many elements it has.</summary>
    public static long Elements(StridedOperand packed) => (long)Size(packed.Batch) * packed.Count * Size(packed.Depth);

    /// <summary>The kernel that makes it.</summary>
    public static KernelCode Code(StridedOperand operand, DType from, int side, DType to, Geometry geometry)
    {
        var (k, packed) = (new KernelBuilder("pack"), Of(operand, side));
        var (source, target) = (k.Argument(from), k.Argument(to));
        var (batches, blocks, depth, piece) = (Size(operand.Batch), packed.Lines[0].Extent, new DepthLoops(operand, packed), Math.Min(side, Piece));
        while (side % piece != 0) piece /= 2;
        var parts = Math.Min(depth.Outermost, Block.Count(Waves * geometry.Processors, batches * blocks));
        var group = Coordinates.Of(KernelBuilder.Group, Shape.Of([batches, blocks, side / piece, parts]));
        var (batch, first, length) = (k.Let(group[0]), k.Let((group[1] * side) + (group[2] * piece)), Block.Count(depth.Outermost, parts));
        var isRun = operand.Run % piece == 0;
        Value[] lines = [.. Enumerable.Range(0, isRun ? 1 : piece).Select(i => (Value)k.Let(operand.Line(batch, Coordinates.Least(first + i, operand.Count - (isRun ? piece : 1)))))];
        var (start, begin) = (k.Let(packed.Line(batch, first)), k.Let(group[3] * length));
        depth.Each(k, begin, k.Let(Coordinates.Least(begin + length, depth.Outermost)), (of, at) =>
        {
            Value[] read = isRun ? k.ReadRun(source, lines[0] + of, piece) : [.. lines.Select(line => (Value)k.Let(source[line + of]))];
            for (var i = 0; i < piece; i++) k.Put(target, start + at + i, Operations.Convert(read[i], to));
        });
        return k.Build(checked(batches * blocks * (side / piece) * parts), 1);
    }

    private static int Size(ImmutableArray<Axis> axes) => axes.Aggregate(1, (n, a) => checked(n * a.Extent));
}
