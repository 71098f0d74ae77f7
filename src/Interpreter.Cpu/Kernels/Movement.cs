namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The ops that move elements without looking at them: copies of strided blocks, gathers, random bits.</summary>
internal static unsafe class Movement
{
    /// <summary>Copies a block element by element, each side with its own strides, in elements.</summary>
    private static void Copy(int size, byte* source, long[] from, byte* target, long[] to, ReadOnlySpan<int> dims)
    {
        foreach (var d in dims)
            if (d == 0) return;
        Copy(size, source, from, target, to, dims, 0);
    }

    private static void Copy(int size, byte* source, long[] from, byte* target, long[] to, ReadOnlySpan<int> dims, int axis)
    {
        if (axis == dims.Length)
        {
            new ReadOnlySpan<byte>(source, size).CopyTo(new(target, size));
            return;
        }
        var (s, t, n) = (from[axis] * size, to[axis] * size, dims[axis]);
        if (axis < dims.Length - 1)
        {
            for (var i = 0; i < n; i++) Copy(size, source + i * s, from, target + i * t, to, dims, axis + 1);
            return;
        }
        if (from[axis] == 1 && to[axis] == 1)
        {
            System.Buffer.MemoryCopy(source, target, (long)n * size, (long)n * size);
            return;
        }
        switch (size)
        {
            case 1: for (var i = 0; i < n; i++) target[i * t] = source[i * s]; break;
            case 4: for (var i = 0; i < n; i++) *(int*)(target + i * t) = *(int*)(source + i * s); break;
            default: for (var i = 0; i < n; i++) *(long*)(target + i * t) = *(long*)(source + i * s); break;
        }
    }

    private static long[] Strides(Shape shape) => [.. shape.Strides];

    public static Kernel Permute(Permute p, int from, int to)
    {
        var (size, result, strides) = (p.X.DType.Size, p.X.Shape.Pick(p.Order), Strides(p.X.Shape));
        long[] source = [.. p.Order.Select(axis => strides[axis])];
        return frame => Copy(size, frame[from], source, frame[to], Strides(result), result.Span);
    }

    public static Kernel Broadcast(Broadcast b, int from, int to)
    {
        var (size, strides, source) = (b.X.DType.Size, Strides(b.X.Shape), new long[b.Shape.Rank]);
        for (var i = 0; i < b.Mapping.Count; i++) source[b.Mapping[i]] = strides[i];
        return frame => Copy(size, frame[from], source, frame[to], Strides(b.Shape), b.Shape.Span);
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
        return frame => Copy(size, frame[from] + start * size, source, frame[to], strides, shape.Span);
    }

    public static Kernel Slice(Slice s, int from, int to, Shape result)
    {
        var (size, strides) = (s.X.DType.Size, Strides(s.X.Shape));
        var start = strides.Select((stride, axis) => stride * s.Start[axis]).Sum();
        long[] source = [.. strides.Select((stride, axis) => stride * s.Stride[axis])];
        return frame => Copy(size, frame[from] + start * size, source, frame[to], Strides(result), result.Span);
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
        return frame =>
        {
            new Span<byte>(frame[to], (int)result.Bytes).Clear();
            Copy(size, frame[from] + start * size, strides, frame[to] + offset * size, spread, dims);
        };
    }

    public static Kernel Concat(Concat c, int[] from, int to, Shape result)
    {
        var (size, target) = (c.Parts[0].DType.Size, Strides(result));
        return frame =>
        {
            var offset = 0L;
            for (var i = 0; i < from.Length; i++)
            {
                var shape = c.Parts[i].Shape;
                Copy(size, frame[from[i]], Strides(shape), frame[to] + offset * size, target, shape.Span);
                offset += shape[c.Axis] * target[c.Axis];
            }
        };
    }

    /// <summary>Integers at an address as 64-bit.</summary>
    public static long Integer(DType type, byte* address, long i) => type == DType.I32 ? ((int*)address)[i] : ((long*)address)[i];

    private static long Start(DType type, byte* starts, Shape within, ReadOnlySpan<int> sizes)
    {
        var (offset, strides) = (0L, within.Strides);
        for (var axis = 0; axis < within.Rank; axis++) offset += Math.Clamp(Integer(type, starts, axis), 0, within[axis] - sizes[axis]) * strides[axis];
        return offset;
    }

    public static Kernel DynamicSlice(DynamicSlice d, int from, int starts, int to)
    {
        var (size, shape) = (d.X.DType.Size, d.X.Shape);
        return frame => Copy(size, frame[from] + Start(d.Starts.DType, frame[starts], shape, d.Sizes.Span) * size, Strides(shape), frame[to], Strides(d.Sizes), d.Sizes.Span);
    }

    public static Kernel DynamicUpdateSlice(DynamicUpdateSlice d, int from, int update, int starts, int to)
    {
        var (size, shape, block) = (d.X.DType.Size, d.X.Shape, d.Update.Shape);
        return frame =>
        {
            System.Buffer.MemoryCopy(frame[from], frame[to], d.X.Type.Bytes, d.X.Type.Bytes);
            Copy(size, frame[update], Strides(block), frame[to] + Start(d.Starts.DType, frame[starts], shape, block.Span) * size, Strides(shape), block.Span);
        };
    }

    /// <summary>Calls the body with each row, in parallel parts where there is work for them.</summary>
    public static void Parallel(Frame frame, long rows, long work, Action<long> body) => Parallel(frame, rows, work, (row, _) => body(row));

    /// <summary>Calls the body with each row and the number of its worker, in parallel parts where there is work for them.</summary>
    public static void Parallel(Frame frame, long rows, long work, Action<long, int> body)
    {
        var parts = (int)Math.Clamp(work / 16_384, 1, Math.Max(1, Math.Min(rows, 64)));
        if (parts == 1)
            for (var row = 0L; row < rows; row++) body(row, 0);
        else
            frame.Pool.For(parts, (part, worker) =>
            {
                for (var row = rows * part / parts; row < rows * (part + 1) / parts; row++) body(row, worker);
            });
    }

    public static Kernel Key(Key k, int to) => frame => *(long*)frame[to] = k.Seed;
}
