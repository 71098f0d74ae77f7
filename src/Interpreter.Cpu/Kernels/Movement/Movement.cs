namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The ops that copy strided blocks.</summary>
internal static unsafe class Movement
{
    private static long[] Strides(Shape shape) => [.. shape.Strides];

    private static Kernel Copy(Relayout relayout, int from, long start, int to) => frame => relayout.Run(frame, frame[from] + start, frame[to]);

    public static Kernel Permute(Permute p, int from, int to)
    {
        var (size, result, strides) = (p.X.DType.Size, p.X.Shape.Pick(p.Order), Strides(p.X.Shape));
        long[] source = [.. p.Order.Select(axis => strides[axis])];
        return Copy(Relayout.Of(size, result.Span, source, Strides(result)), from, 0, to);
    }

    public static Kernel Broadcast(Broadcast b, int from, int to)
    {
        var (size, strides, source) = (b.X.DType.Size, Strides(b.X.Shape), new long[b.Shape.Rank]);
        for (var i = 0; i < b.Mapping.Count; i++) source[b.Mapping[i]] = strides[i];
        return Copy(Relayout.Of(size, b.Shape.Span, source, Strides(b.Shape)), from, 0, to);
    }

    public static Kernel Reverse(Reverse r, int from, int to)
    {
        var (size, shape, strides, start) = (r.X.DType.Size, r.X.Shape, Strides(r.X.Shape), 0L);
        var source = Strides(shape);
        foreach (var axis in r.Axes)
        {
            start += Math.Max(0, shape[axis] - 1) * strides[axis];
            source[axis] = -strides[axis];
        }
        return Copy(Relayout.Of(size, shape.Span, source, strides), from, start * size, to);
    }

    public static Kernel Slice(Slice s, int from, int to, Shape result)
    {
        var (size, strides) = (s.X.DType.Size, Strides(s.X.Shape));
        var start = strides.Select((stride, axis) => stride * s.Start[axis]).Sum();
        long[] source = [.. strides.Select((stride, axis) => stride * s.Stride[axis])];
        return Copy(Relayout.Of(size, result.Span, source, Strides(result)), from, start * size, to);
    }

    public static Kernel Pad(Pad p, int from, int to, TensorType result)
    {
        var (size, rank) = (p.X.DType.Size, p.X.Rank);
        var (strides, target, dims) = (Strides(p.X.Shape), Strides(result.Shape), new int[rank]);
        var (start, offset, spread) = (0L, 0L, new long[rank]);
        for (var axis = 0; axis < rank; axis++)
        {
            var (d, extent) = (p.Dims[axis], p.X.Shape[axis]);
            var step = d.Interior + 1;
            var first = d.Low >= 0 ? 0 : (-d.Low + step - 1) / step;
            var last = (int)Math.Floor((result.Shape[axis] - 1 - d.Low) / (double)step);
            dims[axis] = Math.Max(0, Math.Min(extent - 1, last) - first + 1);
            start += first * strides[axis];
            offset += (d.Low + (long)first * step) * target[axis];
            spread[axis] = step * target[axis];
        }
        var copy = Relayout.Of(size, dims, strides, spread);
        var clear = Parts.Kernel(result.Bytes, result.Shape.Size, (frame, first, until, _) => Picks.Clear(frame[to] + first, until - first));
        return frame =>
        {
            clear(frame);
            copy.Run(frame, frame[from] + start * size, frame[to] + offset * size);
        };
    }

    public static Kernel Concat(Concat c, int[] from, int to, Shape result)
    {
        var (size, target, offset) = (c.Parts[0].DType.Size, Strides(result), 0L);
        var copies = new (Relayout Copy, long Offset)[from.Length];
        for (var i = 0; i < from.Length; i++)
        {
            var shape = c.Parts[i].Shape;
            copies[i] = (Relayout.Of(size, shape.Span, Strides(shape), target), offset * size);
            offset += shape[c.Axis] * target[c.Axis];
        }
        return frame =>
        {
            for (var i = 0; i < from.Length; i++) copies[i].Copy.Run(frame, frame[from[i]], frame[to] + copies[i].Offset);
        };
    }

    private static long Integer(DType type, byte* address, long i) => type == DType.I32 ? ((int*)address)[i] : ((long*)address)[i];

    /// <summary>Where a block begins whose start is clamped so that it is inside.</summary>
    private static long Start(DType type, byte* starts, Shape within, long[] strides, ReadOnlySpan<int> sizes)
    {
        var offset = 0L;
        for (var axis = 0; axis < within.Rank; axis++) offset += Math.Clamp(Integer(type, starts, axis), 0, within[axis] - sizes[axis]) * strides[axis];
        return offset;
    }

    public static Kernel DynamicSlice(DynamicSlice d, int from, int starts, int to)
    {
        var (size, shape) = (d.X.DType.Size, d.X.Shape);
        var strides = Strides(shape);
        var copy = Relayout.Of(size, d.Sizes.Span, strides, Strides(d.Sizes));
        return frame => copy.Run(frame, frame[from] + Start(d.Starts.DType, frame[starts], shape, strides, d.Sizes.Span) * size, frame[to]);
    }

    public static Kernel DynamicUpdateSlice(DynamicUpdateSlice d, int from, int update, int starts, int to)
    {
        var (size, shape, block) = (d.X.DType.Size, d.X.Shape, d.Update.Shape);
        var strides = Strides(shape);
        var (all, copy) = (Relayout.Of(size, shape.Span, strides, strides), Relayout.Of(size, block.Span, Strides(block), strides));
        return frame =>
        {
            all.Run(frame, frame[from], frame[to]);
            copy.Run(frame, frame[update], frame[to] + Start(d.Starts.DType, frame[starts], shape, strides, block.Span) * size);
        };
    }

    public static Kernel Key(Key k, int to) => frame => *(long*)frame[to] = k.Seed;
}
