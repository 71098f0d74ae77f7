using System.Collections.Immutable;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>How what is made of a product lies: it, or a permutation of it.</summary>
internal static class ProductResult
{
    /// <summary>The product as a matrix like its operands: lines are its rows, and the depth is its columns.</summary>
    public static StridedOperand Of(Expr node, Expr made)
    {
        var (shape, strides) = (node.Shape, Strides(made));
        ImmutableArray<Axis> Axes(int from, int until) => [.. Enumerable.Range(from, until - from).Select(a => new Axis(shape[a], strides[a]))];
        if (node.Op is Dot dot)
        {
            var (batch, rows) = (dot.BatchX.Count, dot.FreeX.Count);
            return new(Axes(0, batch), Axes(batch, batch + rows), Axes(batch + rows, shape.Rank), 0);
        }
        var conv = (Conv)node.Op;
        var filters = shape[1] / (conv.FeatureGroups * conv.BatchGroups);
        return new([new(shape[1] / Math.Max(1, filters), filters * strides[1])], [new(shape[0], strides[0]), .. Axes(2, shape.Rank)], [new(filters, strides[1])], 0);
    }

    /// <summary>How far apart neighbours along each of a product's axes are in what is made of it.</summary>
    public static ImmutableArray<long> Strides(Expr made)
    {
        if (made.Op is not Permute p) return made.Shape.Strides;
        var strides = new long[made.Shape.Rank];
        for (var axis = 0; axis < strides.Length; axis++) strides[p.Order[axis]] = made.Shape.Strides[axis];
        return [.. strides];
    }
}
