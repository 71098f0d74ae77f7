using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Pooling: a thread slides over what is under a window at a position.</summary>
internal static class Windows
{
    /// <summary>Does something with each element under a window at a position, in row-major order.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="window">The window, over the trailing axes.</param>
    /// <param name="shape">What it slides over.</param>
    /// <param name="positions">How many positions there are along each axis, leading axes included.</param>
    /// <param name="position">The index of the position.</param>
    /// <param name="visit">Told where the element is, and where it is within the trailing axes.</param>
    public static void Slide(KernelBuilder k, ValueArray<WindowDim> window, Shape shape, Shape positions, Value[] position, Action<Value, Value> visit)
    {
        var (lead, strides) = (shape.Rank - window.Count, shape.Strides);
        Axis(0, k.Let(Coordinates.Flat(position[..lead], strides[..lead])), 0);

        void Axis(int d, Value at, Value within)
        {
            if (d == window.Count)
            {
                visit(at, within);
                return;
            }
            var (w, extent, stride) = (window[d], shape[lead + d], (int)strides[lead + d]);
            k.For(w.Size, offset => Under(k, w, extent, positions[lead + d], position[lead + d], offset, source => Axis(d + 1, k.Let(at + (source * stride)), k.Let(within + (source * stride)))));
        }
    }

    /// <summary>Goes on where an element is under an offset of a window at one of some positions: neither padding nor a gap.</summary>
    public static void Under(KernelBuilder k, WindowDim w, int extent, int positions, Value position, Value offset, Action<Value> body)
    {
        var spread = k.Let((position * w.Stride) + (offset * w.Dilation) - w.Low);
        var (source, inside) = (spread / w.BaseDilation, w.Low > 0 ? !(spread < 0) : Value.True);
        if (w.BaseDilation > 1) inside &= (spread % w.BaseDilation).Is(0);
        if (((positions - 1L) * w.Stride) + ((w.Size - 1L) * w.Dilation) - w.Low >= (long)extent * w.BaseDilation) inside &= source < extent;
        k.Where(inside, () => body(k.Let(source)));
    }

    private static long Under(ValueArray<WindowDim> window) => window.Items.Aggregate(1L, (n, w) => n * w.Size);

    public static KernelCode Sum(WindowSum op, Shape result, Geometry geometry)
    {
        var (k, type) = (new KernelBuilder("windowSum"), op.X.DType);
        var (x, to) = (k.Argument(type), k.Argument(type));
        if (result.Size == 0) return k.Build(1, 1);
        return k.ForEach(result, geometry, (at, position) =>
        {
            var sum = k.Let(new Number(type, 0));
            Slide(k, op.Window, op.X.Shape, result, position, (from, _) => k.Set(sum, sum + x[from]));
            k.Put(to, at, sum);
        }, Under(op.Window));
    }

    /// <summary>The place of the greatest element under a window, and the element; place −1 and 0 where there is none.</summary>
    public static KernelCode Maximum(WindowArgMax op, Shape result, Geometry geometry, bool withPlaces, bool withValues = true)
    {
        var (k, type) = (new KernelBuilder("windowMax"), op.X.DType);
        var x = k.Argument(type);
        var places = withPlaces ? k.Argument(DType.I32) : null;
        var values = withValues ? k.Argument(type) : null;
        if (result.Size == 0) return k.Build(1, 1);
        if (NearestMaxima.Of(op, result, geometry) is { } maxima) return maxima.Code(k, x, geometry, Finish);
        return k.ForEach(result, geometry, (at, position) =>
        {
            var (best, place) = (k.Let(new Number(type, 0)), k.Let(-1));
            Slide(k, op.Window, op.X.Shape, result, position, (from, within) =>
            {
                var next = k.Let(x[from]);
                k.If((place < 0) | Extremes.Beats(next, best, greatest: true), () =>
                {
                    k.Set(best, next);
                    k.Set(place, within);
                });
            });
            Finish(at, best, place);
        }, Under(op.Window));

        void Finish(Value at, Value best, Value place)
        {
            if (places is not null) k.Put(places, at, place);
            if (values is not null) k.Put(values, at, best);
        }
    }
}
