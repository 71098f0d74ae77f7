using System.Numerics;
using System.Runtime.InteropServices;

namespace Functional.Interpreter;

/// <summary>The ops that add, multiply or compare, for each element type.</summary>
internal abstract class Numeric
{
    public static Numeric Of(DType type) => type switch
    {
        DType.F32 => new Numeric<float, double>(),
        DType.F64 => new Numeric<double, double>(),
        DType.I32 => new Numeric<int, int>(),
        DType.I64 => new Numeric<long, long>(),
        DType.F16 or DType.BF16 => throw new NotSupportedException($"{type.Text} is computed in f32: widen the program first"),
        _ => new Numeric<byte, byte>(),
    };

    public abstract Tensor Iota(Iota op);

    public abstract Tensor Sum(Tensor x, Sum op, TensorType type);

    public abstract Tensor WindowSum(Tensor x, WindowSum op, TensorType type);

    public abstract Tensor CumulativeSum(Tensor x, CumulativeSum op, TensorType type);

    public abstract Tensor ScatterAdd(Tensor x, Tensor indices, ScatterAdd op, TensorType type);

    public abstract Tensor Dot(Tensor x, Tensor y, Dot op, TensorType type);

    public abstract Tensor Conv(Tensor x, Tensor y, Conv op, TensorType type);

    public abstract Tensor Arg(Tensor x, int axis, int sign, TensorType type);

    public abstract Tensor WindowArgMax(Tensor x, WindowArgMax op, TensorType type);

    public abstract Tensor SortOrder(Tensor x, SortOrder op, TensorType type);
}

/// <inheritdoc/>
internal sealed class Numeric<T, TSum> : Numeric
    where T : unmanaged, INumber<T>
    where TSum : unmanaged, INumber<TSum>
{
    private static T[] Elements(Tensor x) => MemoryMarshal.Cast<byte, T>(x.Bytes).ToArray();

    private static Tensor Rounded(TensorType type, TSum[] sums) => Tensor.OfBytes(type, MemoryMarshal.AsBytes<T>(Array.ConvertAll(sums, T.CreateTruncating)));

    private static TSum Wide(T x) => TSum.CreateTruncating(x);

    public override Tensor Iota(Iota op) =>
        Tensor.OfBytes(op.Type, MemoryMarshal.AsBytes<T>([.. Indices.Of(op.Type.Shape).Select(i => T.CreateTruncating(i[op.Axis]))]));

    public override Tensor Sum(Tensor x, Sum op, TensorType type)
    {
        var (elements, sums, kept, at) = (Elements(x), new TSum[(int)type.Shape.Size], op.Axes.Rest(x.Shape.Rank), 0);
        foreach (var index in Indices.Of(x.Shape))
            sums[type.Shape.Flat([.. kept.Select(axis => index[axis])])] += Wide(elements[at++]);
        return Rounded(type, sums);
    }

    public override Tensor WindowSum(Tensor x, WindowSum op, TensorType type)
    {
        var (elements, sums) = (Elements(x), new TSum[(int)type.Shape.Size]);
        Slide(op.Window, x.Shape, type.Shape, (to, from) => sums[to] += Wide(elements[from]));
        return Rounded(type, sums);
    }

    /// <summary>Every pair of a position of a window over the trailing axes and an element under it, both flat, in row-major order of each.</summary>
    private static void Slide(ValueArray<WindowDim> window, Shape x, Shape result, Action<int, int> visit)
    {
        var (lead, sizes, source, to) = (x.Rank - window.Count, Shape.Of(window.Select(w => w.Size)), new int[x.Rank], 0);
        foreach (var position in Indices.Of(result))
        {
            position.AsSpan(0, lead).CopyTo(source);
            foreach (var offset in Indices.Of(sizes))
                if (Under(window, x.Span[lead..], position.AsSpan(lead), offset, source.AsSpan(lead))) visit(to, x.Flat(source));
            to++;
        }
    }

    /// <summary>Finds the element under an offset of a window at a position; false where that is padding or a gap.</summary>
    private static bool Under(ValueArray<WindowDim> window, ReadOnlySpan<int> extents, ReadOnlySpan<int> position, ReadOnlySpan<int> offset, Span<int> source)
    {
        for (var i = 0; i < window.Count; i++)
        {
            var (at, gap) = Math.DivRem(position[i] * window[i].Stride + offset[i] * window[i].Dilation - window[i].Low, window[i].BaseDilation);
            if (gap != 0 || at < 0 || at >= extents[i]) return false;
            source[i] = at;
        }
        return true;
    }

    public override Tensor CumulativeSum(Tensor x, CumulativeSum op, TensorType type)
    {
        var (elements, sums, at) = (Elements(x), new TSum[(int)type.Shape.Size], 0);
        var (extent, stride) = (x.Shape[op.Axis], (int)x.Shape.Strides[op.Axis]);
        foreach (var index in Indices.Of(x.Shape))
        {
            var first = at - index[op.Axis] * stride;
            for (var i = op.Reversed ? index[op.Axis] : 0; i <= (op.Reversed ? extent - 1 : index[op.Axis]); i++) sums[at] += Wide(elements[first + i * stride]);
            at++;
        }
        return Rounded(type, sums);
    }

    public override Tensor ScatterAdd(Tensor x, Tensor indices, ScatterAdd op, TensorType type)
    {
        var (elements, sums, picks, at) = (Elements(x), new TSum[(int)type.Shape.Size], indices.Shape.Rank - op.Batch, 0);
        foreach (var index in Indices.Of(x.Shape))
        {
            var pick = Structural.Pick(indices, [.. index[..op.Batch], .. index[op.Axis..(op.Axis + picks)]]);
            if (pick >= 0 && pick < op.Extent) sums[type.Shape.Flat([.. index[..op.Axis], (int)pick, .. index[(op.Axis + picks)..]])] += Wide(elements[at]);
            at++;
        }
        return Rounded(type, sums);
    }

    public override Tensor Dot(Tensor x, Tensor y, Dot op, TensorType type)
    {
        var (left, right, sums, to) = (Elements(x), Elements(y), new TSum[(int)type.Shape.Size], 0);
        var (batch, free) = (op.BatchX.Count, op.FreeX.Count);
        var (i, j) = (new int[x.Shape.Rank], new int[y.Shape.Rank]);
        foreach (var index in Indices.Of(type.Shape))
        {
            for (var b = 0; b < batch; b++) i[op.BatchX[b]] = j[op.BatchY[b]] = index[b];
            for (var a = 0; a < free; a++) i[op.FreeX[a]] = index[batch + a];
            for (var a = 0; a < op.FreeY.Count; a++) j[op.FreeY[a]] = index[batch + free + a];
            foreach (var k in Indices.Of(x.Shape.Pick(op.ContractX)))
            {
                for (var c = 0; c < k.Length; c++) i[op.ContractX[c]] = j[op.ContractY[c]] = k[c];
                sums[to] += Wide(left[x.Shape.Flat(i)]) * Wide(right[y.Shape.Flat(j)]);
            }
            to++;
        }
        return Rounded(type, sums);
    }

    public override Tensor Conv(Tensor x, Tensor y, Conv op, TensorType type)
    {
        var (left, right, sums, to) = (Elements(x), Elements(y), new TSum[(int)type.Shape.Size], 0);
        var (n, perGroup, window) = (type.Shape[0], y.Shape[1], Shape.Of(y.Shape.Span[2..]));
        var (i, j) = (new int[x.Shape.Rank], new int[y.Shape.Rank]);
        foreach (var index in Indices.Of(type.Shape))
        {
            var o = index[1];
            i[0] = o / (y.Shape[0] / op.BatchGroups) * n + index[0];
            j[0] = o;
            for (var c = 0; c < perGroup; c++)
            {
                i[1] = o / (y.Shape[0] / op.FeatureGroups) * perGroup + c;
                j[1] = c;
                foreach (var k in Indices.Of(window))
                {
                    if (!Under(op.Window, x.Shape.Span[2..], index.AsSpan(2), k, i.AsSpan(2))) continue;
                    k.CopyTo(j, 2);
                    sums[to] += Wide(left[x.Shape.Flat(i)]) * Wide(right[y.Shape.Flat(j)]);
                }
            }
            to++;
        }
        return Rounded(type, sums);
    }

    public override Tensor Arg(Tensor x, int axis, int sign, TensorType type)
    {
        var (elements, best, at) = (Elements(x), new int[(int)type.Shape.Size], 0);
        var stride = (int)x.Shape.Strides[axis];
        foreach (var index in Indices.Of(x.Shape))
        {
            ref var arg = ref best[type.Shape.Flat([.. index[..axis], .. index[(axis + 1)..]])];
            if (Beats(elements[at], elements[at + (arg - index[axis]) * stride], sign)) arg = index[axis];
            at++;
        }
        return Tensor.Of<int>(type.Shape, best);
    }

    /// <summary>Whether a later element is better than an earlier one: NaN beats numbers, nothing beats NaN.</summary>
    private static bool Beats(T later, T earlier, int sign) =>
        !T.IsNaN(earlier) && (T.IsNaN(later) || (sign > 0 ? later > earlier : later < earlier));

    public override Tensor WindowArgMax(Tensor x, WindowArgMax op, TensorType type)
    {
        var (elements, best) = (Elements(x), new int[(int)type.Shape.Size]);
        Array.Fill(best, -1);
        Slide(op.Window, x.Shape, type.Shape, (to, from) =>
        {
            if (best[to] < 0 || Beats(elements[from], elements[best[to]], 1)) best[to] = from;
        });
        var plane = (int)x.Shape[^op.Window.Count..].Size;
        return Tensor.Of<int>(type.Shape, Array.ConvertAll(best, b => b < 0 ? b : b % plane));
    }

    public override Tensor SortOrder(Tensor x, SortOrder op, TensorType type)
    {
        var (elements, order, at) = (Elements(x), new int[(int)type.Shape.Size], 0);
        var (extent, stride) = (x.Shape[op.Axis], (int)x.Shape.Strides[op.Axis]);
        foreach (var index in Indices.Of(x.Shape))
        {
            if (index[op.Axis] == 0)
            {
                var (first, next) = (at, at);
                var keys = Enumerable.Range(0, extent).OrderBy(i => T.IsNaN(elements[first + i * stride]));
                T Key(int i) => T.IsNaN(elements[first + i * stride]) ? T.Zero : elements[first + i * stride];
                foreach (var i in op.Descending ? keys.ThenByDescending(Key) : keys.ThenBy(Key))
                {
                    order[next] = i;
                    next += stride;
                }
            }
            at++;
        }
        return Tensor.Of<int>(type.Shape, order);
    }
}
