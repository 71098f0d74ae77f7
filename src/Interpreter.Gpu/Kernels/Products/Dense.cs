using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Copies of operands that threads of a GPU read side by side: all lines of a step of the depth, or, where those are too few, all steps of a line.</summary>
internal static class Dense
{
    private const int Together = 4;

    /// <summary>How the copy lies.</summary>
    public static StridedOperand Of(StridedOperand operand)
    {
        var stride = 1L;
        ImmutableArray<Axis> Next(ImmutableArray<Axis> axes)
        {
            var dense = axes.ToArray();
            for (var i = dense.Length - 1; i >= 0; i--)
            {
                dense[i] = new(axes[i].Extent, stride);
                stride *= axes[i].Extent;
            }
            return [.. dense];
        }
        var (first, second) = AreLinesInner(operand) ? (operand.Lines, operand.Depth) : (operand.Depth, operand.Lines);
        var (inner, outer) = (Next(first), Next(second));
        var batch = Next(operand.Batch);
        return AreLinesInner(operand) ? new(batch, inner, outer, 0) : new(batch, outer, inner, 0);
    }

    /// <summary>The kernel that makes it.</summary>
    public static KernelCode Code(StridedOperand operand, DType type, Geometry geometry)
    {
        var k = new KernelBuilder("pack");
        var (source, target) = (k.Argument(type), k.Argument(type));
        ImmutableArray<Axis> axes = AreLinesInner(operand) ? [.. operand.Batch, .. operand.Depth, .. operand.Lines] : [.. operand.Batch, .. operand.Lines, .. operand.Depth];
        return k.ForEach(axes.Aggregate(1L, (n, a) => n * a.Extent), geometry, at => k.Put(target, at, source[Axis.Offset(axes, at) + checked((int)operand.Start)]));
    }

    private static bool AreLinesInner(StridedOperand operand) => operand.Count % Together == 0;
}
