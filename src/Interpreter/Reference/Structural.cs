using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>The ops that move elements without looking at them: each says where an element of the result comes from.</summary>
internal static class Structural
{
    /// <summary>For each index of the result, the operand's element at the position that <paramref name="from"/> gives; zero where that is −1.</summary>
    private static Tensor Move(Tensor x, TensorType type, Func<int[], int> from)
    {
        var (size, result, at) = (type.DType.Size, new HostStorage(type.Bytes), 0);
        foreach (var index in Indices.Of(type.Shape))
        {
            var source = from(index);
            if (source >= 0) x.Bytes.Slice(source * size, size).CopyTo(result.Span[at..]);
            at += size;
        }
        return new(type, result);
    }

    /// <summary>The position of the operand's index computed axis by axis; −1 where one is negative.</summary>
    private static Func<int[], int> Axiswise(Shape shape, Func<int[], int, int> coordinate)
    {
        var source = new int[shape.Rank];
        return index =>
        {
            for (var axis = 0; axis < source.Length; axis++)
                if ((source[axis] = coordinate(index, axis)) < 0) return -1;
            return shape.Flat(source);
        };
    }

    public static Tensor Permute(Tensor x, Permute p, TensorType type)
    {
        var inverse = p.Order.Inverse();
        return Move(x, type, Axiswise(x.Shape, (i, axis) => i[inverse[axis]]));
    }

    public static Tensor Broadcast(Tensor x, Broadcast b, TensorType type) => Move(x, type, Axiswise(x.Shape, (i, axis) => i[b.Mapping[axis]]));

    public static Tensor Reverse(Tensor x, Reverse r, TensorType type) =>
        Move(x, type, Axiswise(x.Shape, (i, axis) => r.Axes.Contains(axis) ? x.Shape[axis] - 1 - i[axis] : i[axis]));

    public static Tensor Slice(Tensor x, Slice s, TensorType type) => Move(x, type, Axiswise(x.Shape, (i, axis) => s.Start[axis] + i[axis] * s.Stride[axis]));

    public static Tensor Pad(Tensor x, Pad p, TensorType type) => Move(x, type, Axiswise(x.Shape, (i, axis) =>
    {
        var (steps, between) = Math.DivRem(i[axis] - p.Dims[axis].Low, p.Dims[axis].Interior + 1);
        return between == 0 && steps >= 0 && steps < x.Shape[axis] ? steps : -1;
    }));

    public static Tensor Concat(ImmutableArray<Tensor> parts, Concat c, TensorType type)
    {
        var (result, start) = (new HostStorage(type.Bytes), 0);
        foreach (var part in parts)
        {
            var at = 0;
            foreach (var index in Indices.Of(part.Shape))
            {
                index[c.Axis] += start;
                part.Bytes.Slice(at, type.DType.Size).CopyTo(result.Span[(type.Shape.Flat(index) * type.DType.Size)..]);
                index[c.Axis] -= start;
                at += type.DType.Size;
            }
            start += part.Shape[c.Axis];
        }
        return new(type, result);
    }

    public static Tensor Select(Tensor p, Tensor x, Tensor y)
    {
        var (size, result) = (x.DType.Size, new HostStorage(x.Type.Bytes));
        for (var i = 0; i < x.Shape.Size; i++) (p.Bytes[i] != 0 ? x : y).Bytes.Slice(i * size, size).CopyTo(result.Span[(i * size)..]);
        return new(x.Type, result);
    }

    public static Tensor Gather(Tensor x, Tensor indices, Gather g, TensorType type)
    {
        var picks = indices.Shape.Rank - g.Batch;
        return Move(x, type, index =>
        {
            var pick = Pick(indices, [.. index[..g.Batch], .. index[g.Axis..(g.Axis + picks)]]);
            return pick < 0 || pick >= x.Shape[g.Axis] ? -1 : x.Shape.Flat([.. index[..g.Axis], (int)pick, .. index[(g.Axis + picks)..]]);
        });
    }

    /// <summary>The integer at an index.</summary>
    public static long Pick(Tensor indices, ReadOnlySpan<int> at)
    {
        var flat = indices.Shape.Flat(at);
        return indices.DType == DType.I32 ? indices.Span<int>()[flat] : indices.Span<long>()[flat];
    }

    public static Tensor DynamicSlice(Tensor x, Tensor starts, DynamicSlice d, TensorType type)
    {
        var start = Clamped(starts, x.Shape, d.Sizes);
        return Move(x, type, Axiswise(x.Shape, (i, axis) => start[axis] + i[axis]));
    }

    public static Tensor DynamicUpdateSlice(Tensor x, Tensor update, Tensor starts)
    {
        var (start, size, result, at) = (Clamped(starts, x.Shape, update.Shape), x.DType.Size, new HostStorage(x.Type.Bytes), 0);
        x.Bytes.CopyTo(result.Span);
        foreach (var index in Indices.Of(update.Shape))
        {
            var target = x.Shape.Flat([.. index.Select((i, axis) => start[axis] + i)]);
            update.Bytes.Slice(at, size).CopyTo(result.Span[(target * size)..]);
            at += size;
        }
        return new(x.Type, result);
    }

    private static int[] Clamped(Tensor starts, Shape within, Shape sizes) =>
        [.. within.Select((extent, axis) => (int)Math.Clamp(Pick(starts, [axis]), 0, extent - sizes[axis]))];

    public static Tensor Convert(Tensor x, DType to)
    {
        var type = x.Type with { DType = to };
        return x.DType switch
        {
            DType.F32 => From<float>(x, type),
            DType.F64 => From<double>(x, type),
            DType.I32 => From<int>(x, type),
            DType.I64 => From<long>(x, type),
            DType.F16 => From<Half>(x, type),
            DType.BF16 => From<float>(Tensor.Of<float>(x.Shape, Array.ConvertAll(x.ToArray<BFloat16>(), v => (float)v)), type),
            _ => From<byte>(x.DType == DType.Bool ? Tensor.OfBytes(x.Type with { DType = DType.U8 }, x.Bytes) : x, type),
        };
    }

    private static Tensor From<T>(Tensor x, TensorType type) where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = x.ToArray<T>();
        return type.DType switch
        {
            DType.F32 => Tensor.Of<float>(type.Shape, Array.ConvertAll(values, float.CreateTruncating)),
            DType.F64 => Tensor.Of<double>(type.Shape, Array.ConvertAll(values, double.CreateTruncating)),
            DType.I32 => Tensor.Of<int>(type.Shape, Array.ConvertAll(values, int.CreateSaturating)),
            DType.I64 => Tensor.Of<long>(type.Shape, Array.ConvertAll(values, long.CreateSaturating)),
            DType.F16 => Tensor.Of<Half>(type.Shape, Array.ConvertAll(values, Half.CreateTruncating)),
            DType.BF16 => Tensor.Of<BFloat16>(type.Shape, Array.ConvertAll(values, v => (BFloat16)float.CreateTruncating(v))),
            DType.U8 => Tensor.Of<byte>(type.Shape, Array.ConvertAll(values, byte.CreateSaturating)),
            _ => Tensor.Of<bool>(type.Shape, Array.ConvertAll(values, v => v != T.Zero)),
        };
    }
}
