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
            var (index, start) = (Coordinates.Of(within, extents), k.Let(at / s.Extent * checked((int)positions.Size)));
            (Value Update, Value Is)[] over = [(start, Value.True)];
            for (var d = 0; d < w.Window.Count; d++)
            {
                var (along, stride) = (Along(k, index[d], extents[d], w.Window[d], positions[d]), checked((int)positions.Strides[d]));
                over = [.. over.SelectMany(o => along.Select(a => ((Value)k.Let(o.Update + (a.Position * stride)), o.Is & a.Is)))];
            }
            Local[] found = [.. over.Select(o => k.Let(places[o.Update]))];
            foreach (var ((update, isOne), place) in over.Zip(found)) k.If(isOne & place.Is(within.To(s.Indices.DType)), () => k.Set(sum, sum + x[update]));
            k.Put(to, at, sum);
        });
    }

    /// <summary>
    /// The positions along an axis whose windows an element may be under, in their order, and which of them there are: no other's window sees it, and of
    /// those that do not, either, the place of what they have found says so. Each can be read.
    /// </summary>
    private static (Value Position, Value Is)[] Along(KernelBuilder k, Value element, int extent, WindowDim dim, int positions)
    {
        var (windows, ahead) = ((dim.Dilated + dim.Stride - 1) / dim.Stride, (Math.Max(0, -dim.Low) + dim.Stride - 1) / dim.Stride);
        int Last(int of) => (((of * dim.BaseDilation) + dim.Low + (ahead * dim.Stride)) / dim.Stride) - ahead;
        var last = k.Let((((element * dim.BaseDilation) + (dim.Low + (ahead * dim.Stride))) / dim.Stride) - ahead);
        return [.. Enumerable.Range(1 - windows, windows).Select(before =>
        {
            var position = k.Let(last + before);
            Value isOne = Value.True, within = position;
            if (Last(0) + before < 0) (isOne, within) = (!(position < 0), Value.Select(position < 0, 0, position));
            if (Last(extent - 1) + before >= positions) (isOne, within) = (isOne & (position < positions), Coordinates.Least(within, positions - 1));
            return (within is Local ? within : (Value)k.Let(within), isOne is Number ? isOne : k.Let(isOne));
        })];
    }
}
