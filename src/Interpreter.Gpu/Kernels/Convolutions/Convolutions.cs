using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Convolutions.</summary>
internal static class Convolutions
{
    /// <summary>The kernel of a convolution: a thread computes an element.</summary>
    /// <param name="op">The convolution.</param>
    /// <param name="x">How the images lie.</param>
    /// <param name="y">How the filters lie.</param>
    /// <param name="result">The result's type.</param>
    /// <param name="geometry">How work is divided.</param>
    public static KernelCode Code(Conv op, Strided x, Strided y, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("conv");
        var (a, b, to) = (k.Argument(result.DType), k.Argument(result.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var (n, perGroup) = (result.Shape[0], y.Shape[1]);
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var i = Coordinates.Of(at, result.Shape);
            var image = (i[1] / (y.Shape[0] / op.BatchGroups) * n) + i[0];
            var left = k.Let(Coordinates.Flat([image, i[1] / (y.Shape[0] / op.FeatureGroups) * perGroup], [x.Strides[0], x.Strides[1]], x.Start));
            var right = k.Let(Coordinates.Flat([i[1]], [y.Strides[0]], y.Start));
            var sum = k.Let(new Number(result.DType, 0));
            k.For(perGroup, c => Axis(0, k.Let(left + (c * (int)x.Strides[1])), k.Let(right + (c * (int)y.Strides[1]))));
            k.Put(to, at, sum);

            void Axis(int d, Value l, Value r)
            {
                if (d == op.Window.Count)
                {
                    k.Set(sum, result.DType.IsFloat ? Value.Fma(a[l], b[r], sum) : (a[l] * b[r]) + sum);
                    return;
                }
                k.For(op.Window[d].Size, offset => Windows.Under(k, op.Window[d], x.Shape[2 + d], i[2 + d], offset,
                    source => Axis(d + 1, k.Let(l + (source * (int)x.Strides[2 + d])), k.Let(r + (offset * (int)y.Strides[2 + d])))));
            }
        });
    }
}
