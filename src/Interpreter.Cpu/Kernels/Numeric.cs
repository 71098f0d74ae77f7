using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The ops that add or compare, for each element type.</summary>
internal abstract class Numeric
{
    public static Numeric Of(DType type) => type switch
    {
        DType.F32 => new Numeric<float>(),
        DType.F64 => new Numeric<double>(),
        DType.I32 => new Numeric<int>(),
        DType.I64 => new Numeric<long>(),
        _ => new Numeric<byte>(),
    };

    public abstract Kernel Sum(Sum op, int from, int to, int scratch);

    /// <summary>The sum of adjacent elements.</summary>
    public abstract unsafe void Add(byte* from, long count, byte* to);

    /// <summary>The bytes that a sum keeps parts in: of one long run, a number for each chunk; of many rows, a row for each halving and thread.</summary>
    public abstract long SumScratch(Sum op, int threads);

    public abstract Kernel CumulativeSum(CumulativeSum op, int from, int to);

    public abstract Kernel WindowSum(WindowSum op, int from, int to, Shape result);

    public abstract Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, Shape result);

    public abstract Kernel Iota(Iota op, int to);

    public abstract Kernel Arg(Shape shape, int axis, int sign, int from, int to);

    public abstract Kernel WindowArgMax(WindowArgMax op, int from, int to, Shape result);

    public abstract Kernel SortOrder(SortOrder op, int from, int to, int scratch);
}

/// <inheritdoc/>
internal sealed unsafe class Numeric<T> : Numeric where T : unmanaged, INumber<T>
{
    private const int Chunk = 8192;
    private const int FewRows = 64;

    private static (long Outer, int Extent, long Inner) Around(Shape shape, int axis) =>
        (shape[..axis].Size, shape[axis], shape[(axis + 1)..].Size);

    private static (long Outer, long Extent, long Inner) Around(Sum op)
    {
        var (first, last) = op.Axes.Count == 0 ? (op.X.Rank, op.X.Rank - 1) : (op.Axes[0], op.Axes[^1]);
        return (op.X.Shape[..first].Size, op.X.Shape[first..(last + 1)].Size, op.X.Shape[(last + 1)..].Size);
    }

    public override Kernel Sum(Sum op, int from, int to, int scratch)
    {
        var (outer, extent, inner) = Around(op);
        var perThread = Halvings(extent) * inner;
        return frame =>
        {
            var x = (T*)frame[from];
            var y = (T*)frame[to];
            var parts = scratch < 0 ? null : (T*)frame[scratch];
            if (inner > 1)
                Movement.Parallel(frame, outer, outer * extent * inner, (o, worker) => Rows(x + o * extent * inner, y + o * inner, extent, inner, parts + (outer == 1 ? 0 : worker) * perThread));
            else if (outer > 1) Movement.Parallel(frame, outer, outer * extent, o => y[o] = Run(x + o * extent, extent));
            else if (outer == 1) y[0] = Chunks(frame, x, extent, parts);
        };
    }

    public override void Add(byte* from, long count, byte* to) => *(T*)to = Run((T*)from, count);

    public override long SumScratch(Sum op, int threads)
    {
        var (outer, extent, inner) = Around(op);
        var chunks = (extent + Chunk - 1) / Chunk;
        return sizeof(T) * (inner > 1 ? (outer > 1 ? threads : outer) * Halvings(extent) * inner : outer == 1 && chunks > 1 ? chunks : 0);
    }

    /// <summary>How often <see cref="Rows"/> halves a number of rows.</summary>
    private static int Halvings(long rows)
    {
        var halvings = 0;
        for (; rows > FewRows; rows -= rows / 2) halvings++;
        return halvings;
    }

    /// <summary>The sum of adjacent elements in chunks of a fixed size, the chunks' sums added in order.</summary>
    private static T Chunks(Frame frame, T* x, long count, T* sums)
    {
        var chunks = (count + Chunk - 1) / Chunk;
        if (chunks <= 1) return Run(x, count);
        Movement.Parallel(frame, chunks, count, c => sums[c] = Run(x + c * Chunk, Math.Min(Chunk, count - c * Chunk)));
        return Run(sums, chunks);
    }

    /// <summary>The sum of adjacent elements: four vectors of partial sums over runs of 1,024 elements, halved until a run is short.</summary>
    private static T Run(T* x, long count)
    {
        if (count > 1024)
        {
            var half = (count / 2 + 1023) / 1024 * 1024;
            return unchecked(Run(x, half) + Run(x + half, count - half));
        }
        var (v, i) = (Vector<T>.Count, 0L);
        Vector<T> a = default, b = default, c = default, d = default;
        for (; i <= count - 4 * v; i += 4 * v)
        {
            a += Vector.Load(x + i);
            b += Vector.Load(x + i + v);
            c += Vector.Load(x + i + 2 * v);
            d += Vector.Load(x + i + 3 * v);
        }
        var sum = Vector.Sum(a + b + (c + d));
        for (; i < count; i++) sum = unchecked(sum + x[i]);
        return sum;
    }

    /// <summary>The sum of rows, halved until they are few; a row of scratch for each halving.</summary>
    private static void Rows(T* x, T* y, long count, long length, T* scratch)
    {
        new Span<T>(y, checked((int)length)).Clear();
        if (count <= FewRows)
        {
            for (var r = 0L; r < count; r++) AddTo(y, x + r * length, length);
            return;
        }
        var half = count / 2;
        Rows(x, y, half, length, scratch);
        Rows(x + half * length, scratch, count - half, length, scratch + length);
        AddTo(y, scratch, length);
    }

    private static void AddTo(T* y, T* x, long length)
    {
        var (v, i) = (Vector<T>.Count, 0L);
        for (; i <= length - v; i += v) (Vector.Load(y + i) + Vector.Load(x + i)).Store(y + i);
        for (; i < length; i++) y[i] = unchecked(y[i] + x[i]);
    }

    public override Kernel CumulativeSum(CumulativeSum op, int from, int to)
    {
        var (outer, extent, inner) = Around(op.X.Shape, op.Axis);
        return frame => Movement.Parallel(frame, outer * inner, outer * extent * inner, line =>
        {
            var start = line / inner * extent * inner + line % inner;
            var x = (T*)frame[from] + start;
            var y = (T*)frame[to] + start;
            var sum = T.Zero;
            for (var i = 0; i < extent; i++)
            {
                var at = (op.Reversed ? extent - 1 - i : i) * inner;
                y[at] = sum = unchecked(sum + x[at]);
            }
        });
    }

    /// <summary>Calls the body with each position of a window and the flat index under each of its elements that is inside, in row-major order.</summary>
    private static void Slide(ValueArray<WindowDim> window, ReadOnlySpan<int> extents, Shape positions, Action<int, int> visit)
    {
        var (sizes, to, dims) = (Shape.Of(window.Select(w => w.Size)), 0, extents.ToArray());
        foreach (var position in Indices.Of(positions))
        {
            foreach (var offset in Indices.Of(sizes))
            {
                var (flat, inside) = (0, true);
                for (var d = 0; d < window.Count && inside; d++)
                {
                    var (at, gap) = Math.DivRem(position[d] * window[d].Stride + offset[d] * window[d].Dilation - window[d].Low, window[d].BaseDilation);
                    inside = gap == 0 && at >= 0 && at < dims[d];
                    flat = flat * dims[d] + at;
                }
                if (inside) visit(to, flat);
            }
            to++;
        }
    }

    /// <summary>For each position of a window, the elements under it: where they begin in the second list, one past the last position too.</summary>
    private static (int[] Starts, int[] Elements) Table(ValueArray<WindowDim> window, Shape x, Shape result)
    {
        var (lead, elements) = (x.Rank - window.Count, new List<int>());
        var starts = new int[checked((int)result[lead..].Size) + 1];
        Slide(window, x.Span[lead..], result[lead..], (to, from) =>
        {
            elements.Add(from);
            starts[to + 1] = elements.Count;
        });
        for (var i = 1; i < starts.Length; i++) starts[i] = Math.Max(starts[i], starts[i - 1]);
        return (starts, [.. elements]);
    }

    public override Kernel WindowSum(WindowSum op, int from, int to, Shape result)
    {
        var (starts, elements) = Table(op.Window, op.X.Shape, result);
        var (lead, plane, positions) = (op.X.Rank - op.Window.Count, op.X.Shape[^op.Window.Count..].Size, starts.Length - 1);
        return frame => Movement.Parallel(frame, op.X.Shape[..lead].Size, result.Size * 4, row =>
        {
            var x = (T*)frame[from] + row * plane;
            var y = (T*)frame[to] + row * positions;
            for (var p = 0; p < positions; p++)
            {
                var sum = T.Zero;
                for (var e = starts[p]; e < starts[p + 1]; e++) sum = unchecked(sum + x[elements[e]]);
                y[p] = sum;
            }
        });
    }

    public override Kernel WindowArgMax(WindowArgMax op, int from, int to, Shape result)
    {
        var (starts, elements) = Table(op.Window, op.X.Shape, result);
        var (lead, plane, positions) = (op.X.Rank - op.Window.Count, op.X.Shape[^op.Window.Count..].Size, starts.Length - 1);
        return frame => Movement.Parallel(frame, op.X.Shape[..lead].Size, result.Size * 4, row =>
        {
            var x = (T*)frame[from] + row * plane;
            var y = (int*)frame[to] + row * positions;
            for (var p = 0; p < positions; p++)
            {
                var best = -1;
                for (var e = starts[p]; e < starts[p + 1]; e++)
                    if (best < 0 || Beats(x[elements[e]], x[best], 1)) best = elements[e];
                y[p] = best;
            }
        });
    }

    /// <summary>Whether a later element is better than an earlier one: NaN beats numbers, nothing beats NaN.</summary>
    private static bool Beats(T later, T earlier, int sign) =>
        !T.IsNaN(earlier) && (T.IsNaN(later) || (sign > 0 ? later > earlier : later < earlier));

    public override Kernel Arg(Shape shape, int axis, int sign, int from, int to)
    {
        var (outer, extent, inner) = Around(shape, axis);
        return frame => Movement.Parallel(frame, outer * inner, outer * extent * inner, line =>
        {
            var x = (T*)frame[from] + line / inner * extent * inner + line % inner;
            var best = 0;
            for (var i = 1; i < extent; i++)
                if (Beats(x[i * inner], x[best * inner], sign)) best = i;
            ((int*)frame[to])[line] = best;
        });
    }

    public override Kernel SortOrder(SortOrder op, int from, int to, int scratch)
    {
        var (outer, extent, inner) = Around(op.X.Shape, op.Axis);
        if (extent == 0) return _ => { };
        return frame => Movement.Parallel(frame, outer * inner, outer * extent * inner * 8, (line, worker) =>
        {
            var start = line / inner * extent * inner + line % inner;
            var x = (T*)frame[from] + start;
            var y = (int*)frame[to] + start;
            var order = new Span<int>((int*)frame[scratch] + (long)worker * extent, extent);
            for (var i = 0; i < extent; i++) order[i] = i;
            order.Sort((i, j) => Compare(x[i * inner], x[j * inner], op.Descending) is not 0 and var c ? c : i.CompareTo(j));
            for (var i = 0; i < extent; i++) y[i * inner] = order[i];
        });
    }

    private static int Compare(T a, T b, bool descending) => (T.IsNaN(a), T.IsNaN(b)) switch
    {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => -1,
        _ => descending ? b.CompareTo(a) : a.CompareTo(b),
    };

    public override Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, Shape result)
    {
        var type = op.Indices.DType;
        var (batch, before) = (result[..op.Batch].Size, result[op.Batch..op.Axis].Size);
        var (after, picks) = (result[(op.Axis + 1)..].Size, op.Indices.Shape[op.Batch..].Size);
        return frame => Movement.Parallel(frame, batch * before, op.X.Shape.Size + result.Size, row =>
        {
            var x = (T*)frame[from] + row * picks * after;
            var y = (T*)frame[to] + row * op.Extent * after;
            new Span<T>(y, checked((int)(op.Extent * after))).Clear();
            for (var i = 0L; i < picks; i++)
            {
                var pick = Movement.Integer(type, frame[indices], row / before * picks + i);
                if (pick >= 0 && pick < op.Extent) AddTo(y + pick * after, x + i * after, after);
            }
        });
    }

    public override Kernel Iota(Iota op, int to)
    {
        var (outer, extent, inner) = Around(op.Type.Shape, op.Axis);
        return frame =>
        {
            var y = (T*)frame[to];
            for (var o = 0L; o < outer; o++)
                for (var i = 0; i < extent; i++, y += inner) new Span<T>(y, checked((int)inner)).Fill(T.CreateTruncating(i));
        };
    }
}
