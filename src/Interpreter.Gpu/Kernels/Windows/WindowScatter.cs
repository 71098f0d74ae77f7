using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Sums of updates where windows have found their greatest element, which is how the gradient of max pooling comes back. An element of the result need
/// not look for its updates among all: they are of the windows that it is under, few, and in the order of these.
/// </summary>
internal static class WindowScatter
{
    /// <summary>As many windows may an element be under; of more it takes less to sort the updates.</summary>
    private const int Most = 64;

    /// <summary>The windows whose greatest elements are where updates go; null where they go elsewhere, or elements are under too many.</summary>
    public static WindowArgMax? Windows(ScatterAdd s)
    {
        if (s.Indices.Op is not WindowArgMax w || w.X.Rank - w.Window.Count is var lead && (s.Batch != lead || s.Axis != lead || s.X.Shape != s.Indices.Shape || s.Extent != w.X.Shape[lead..].Size)) return null;
        return w.Window.Items.Aggregate(1L, (n, d) => n * ((d.Dilated + d.Stride - 1) / d.Stride)) <= Most ? w : null;
    }

    /// <summary>The kernel.</summary>
    public static KernelCode Code(ScatterAdd s, WindowArgMax w, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("scatterAdd");
        var (x, places, to) = (k.Argument(result.DType), k.Argument(s.Indices.DType), k.Argument(result.DType));
        var (lead, extents, positions) = (s.Batch, w.X.Shape[s.Batch..], s.Indices.Shape[s.Batch..]);
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var (within, sum) = (k.Let(at % s.Extent), k.Let(new Number(result.DType, 0)));
            var index = Coordinates.Of(within, extents);
            Along(0, k.Let(at / s.Extent * checked((int)positions.Size)));
            k.Put(to, at, sum);

            void Along(int d, Value update)
            {
                if (d == w.Window.Count)
                {
                    k.If(places[update].Is(within.To(s.Indices.DType)), () => k.Set(sum, sum + x[update]));
                    return;
                }
                var (dim, count, stride) = (w.Window[d], positions[d], checked((int)positions.Strides[d]));
                var reach = k.Let((index[d] * dim.BaseDilation) + dim.Low);
                var first = k.Let((reach + (dim.Stride - dim.Dilated)) / dim.Stride);
                k.For(k.Let(Value.Select(first < 0, 0, first)), k.Let(Coordinates.Least((reach / dim.Stride) + 1, count)), 1, p => Along(d + 1, k.Let(update + (p * stride))));
            }
        });
    }
}
