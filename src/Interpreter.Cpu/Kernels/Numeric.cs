using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The ops that add or compare, for each element type.</summary>
internal abstract class Numeric
{
    public static Numeric Of(DType type, VectorWidth width) => type switch
    {
        DType.F32 => new Numeric<float>(width),
        DType.F64 => new Numeric<double>(width),
        DType.I32 => new Numeric<int>(width),
        DType.I64 => new Numeric<long>(width),
        _ => new Numeric<byte>(width),
    };

    public abstract Kernel WindowSum(WindowSum op, int from, int to, int scratch, Shape result);

    public abstract long WindowSumScratch(WindowSum op, Shape result, int threads);

    /// <summary>The places of the greatest elements, and the elements; −1 for what nothing reads.</summary>
    public abstract Kernel WindowArgMax(WindowArgMax op, int from, int places, int values, Shape result);

    public abstract Kernel Sum(Sum op, int from, int to, int scratch);

    /// <summary>The sum of adjacent elements.</summary>
    public abstract unsafe void Add(byte* from, long count, byte* to);

    /// <summary>The bytes that a sum keeps parts in: of one long run, a number for each chunk; of many rows, a row for each halving and thread.</summary>
    public abstract long SumScratch(Sum op, int threads);

    public abstract Kernel CumulativeSum(CumulativeSum op, int from, int to);

    public abstract Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, int scratch, Shape result);

    public abstract long ScatterScratch(ScatterAdd op, Shape result);

    public abstract Kernel Iota(Iota op, int to);

    public abstract Kernel Arg(Shape shape, int axis, int sign, int from, int to);

    public abstract Kernel SortOrder(SortOrder op, int from, int to, int scratch);
}

/// <inheritdoc/>
internal sealed unsafe class Numeric<T>(VectorWidth width) : Numeric where T : unmanaged, IBinaryNumber<T>
{
    public override Kernel WindowSum(WindowSum op, int from, int to, int scratch, Shape result) => WindowSums<T>.Kernel(op, result, width, from, to, scratch);

    public override long WindowSumScratch(WindowSum op, Shape result, int threads) => WindowSums<T>.Scratch(op, result, threads);

    public override Kernel WindowArgMax(WindowArgMax op, int from, int places, int values, Shape result) => WindowMaxima<T>.Kernel(op, result, width, from, places, values);

    private static (long Outer, int Extent, long Inner) Around(Shape shape, int axis) =>
        (shape[..axis].Size, shape[axis], shape[(axis + 1)..].Size);

    public override Kernel Sum(Sum op, int from, int to, int scratch) => Sums<T>.Kernel(op, from, to, scratch);

    public override long SumScratch(Sum op, int threads) => Sums<T>.Scratch(op, threads);

    public override void Add(byte* from, long count, byte* to) => *(T*)to = Sums<T>.Run((T*)from, count);

    public override Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, int scratch, Shape result) => ScatterSums<T>.Kernel(op, from, indices, to, scratch, result);

    public override long ScatterScratch(ScatterAdd op, Shape result) => ScatterSums<T>.Scratch(op, result);

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
