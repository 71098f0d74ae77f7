using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Dots.</summary>
internal static class Products
{
    /// <summary>The kernel of a dot: a thread computes an element.</summary>
    /// <param name="op">The dot.</param>
    /// <param name="x">How its left operand lies.</param>
    /// <param name="y">How its right operand lies.</param>
    /// <param name="result">The result's type.</param>
    /// <param name="geometry">How work is divided.</param>
    public static KernelCode Code(Dot op, Strided x, Strided y, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("dot");
        var (a, b, to) = (k.Argument(result.DType), k.Argument(result.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var (batch, free, depth) = (op.BatchX.Count, op.FreeX.Count, x.Shape.Pick(op.ContractX));
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var i = Coordinates.Of(at, result.Shape);
            var left = k.Let(Coordinates.Flat(i[..(batch + free)], Strides(x, op.BatchX, op.FreeX), x.Start));
            var right = k.Let(Coordinates.Flat([.. i[..batch], .. i[(batch + free)..]], Strides(y, op.BatchY, op.FreeY), y.Start));
            var sum = k.Let(new Number(result.DType, 0));
            k.For((int)depth.Size, n =>
            {
                var c = Coordinates.Of(n, depth);
                var (l, r) = (a[left + Coordinates.Flat(c, Strides(x, op.ContractX, []))], b[right + Coordinates.Flat(c, Strides(y, op.ContractY, []))]);
                k.Set(sum, result.DType.IsFloat ? Value.Fma(l, r, sum) : (l * r) + sum);
            });
            k.Put(to, at, sum);
        });
    }

    private static long[] Strides(Strided operand, Axes first, Axes then) => [.. first.Concat(then).Select(axis => operand.Strides[axis])];
}
