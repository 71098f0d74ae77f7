using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Where the greatest element under each position of a window is, and that element: as many columns at once as a vector has lanes where the
/// window lies inside, else one by one.
/// </summary>
internal sealed unsafe class WindowMaxima<T> where T : unmanaged, IBinaryNumber<T>
{
    private readonly WindowRows rows;
    private readonly WindowDim last;
    private readonly int extent;
    private readonly int columns;
    private readonly int first;
    private readonly int until;
    private readonly int from;
    private readonly int places;
    private readonly int values;

    private WindowMaxima(WindowRows rows, int from, int places, int values)
    {
        (this.rows, this.from, this.places, this.values) = (rows, from, places, values);
        (last, extent, columns) = (rows.Last, rows.Extent, rows.Columns);
        if (sizeof(T) < 4 || last.BaseDilation > 1) return;
        first = Math.Clamp((Math.Max(0, last.Low) + last.Stride - 1) / last.Stride, 0, columns);
        var room = extent - last.Dilated + last.Low;
        until = room < 0 ? first : Math.Clamp(room / last.Stride + 1, first, columns);
        if (until - first < Vector128<T>.Count) until = first;
    }

    /// <summary>The kernel.</summary>
    /// <param name="op">The window over its operand.</param>
    /// <param name="result">The shape of its result.</param>
    /// <param name="width">How wide vectors may be.</param>
    /// <param name="from">The operand's buffer.</param>
    /// <param name="places">The buffer of the elements' places; −1 where nothing reads them.</param>
    /// <param name="values">The buffer of the elements; −1 where nothing reads them.</param>
    public static Kernel Kernel(WindowArgMax op, Shape result, VectorWidth width, int from, int places, int values)
    {
        if (result.Size == 0) return _ => { };
        var rows = new WindowRows(op.Window, op.X.Shape, result);
        var maxima = new WindowMaxima<T>(rows, from, places, values);
        return Parts.Kernel(rows.Planes * rows.Rows, Math.Max(op.X.Shape.Size, 4 * result.Size), width.Within((maxima.until - maxima.first) * sizeof(T)) switch
        {
            VectorWidth.V512 => maxima.Rows<V512<T>>(),
            VectorWidth.V256 => maxima.Rows<V256<T>>(),
            VectorWidth.V128 => maxima.Rows<V128<T>>(),
            _ => maxima.Rows<V1<T>, Adjacent>,
        });
    }

    private Pieces Rows<V>() where V : struct, ILanes<V, T> => last.Stride == 1 ? Rows<V, Adjacent> : last.Stride == 2 && sizeof(T) == 4 ? Rows<V, Alternate> : Rows<V, Apart>;

    private void Rows<V, TStep>(Frame frame, long begin, long end, int worker) where V : struct, ILanes<V, T> where TStep : IStep
    {
        var counts = stackalloc T[V.Count];
        for (var i = 0; first < until && i < V.Count; i++) counts[i] = Bits(i * last.Stride);
        var lanes = V.Load(counts);
        var x = (T*)frame[from] + begin / rows.Rows * rows.Plane;
        var row = (int)(begin % rows.Rows);
        for (var i = begin; i < end; i++, row++)
        {
            if (row == rows.Rows)
            {
                x += rows.Plane;
                row = 0;
            }
            var under = rows.Under(row);
            var at = places < 0 ? null : (int*)frame[places] + i * columns;
            var best = values < 0 ? null : (T*)frame[values] + i * columns;
            var (left, right) = under.IsEmpty ? (columns, columns) : (first, until);
            for (var c = 0; c < left; c++) Column(x, under, c, at, best);
            if (left < right && typeof(TStep) == typeof(Alternate) && last is { Size: 2, Dilation: 1 }) Pairs(x, under, left, right, lanes, at, best);
            else if (left < right) Inside<V, TStep>(x, under, left, right, lanes, at, best);
            for (var c = right; c < columns; c++) Column(x, under, c, at, best);
        }
    }

    /// <summary>
    /// Columns at which the whole window is inside; the last vector ends with the last of them. Where the sum of what a window meets is NaN, which
    /// it is where one of them is, its columns are done again one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Inside<V, TStep>(T* x, ReadOnlySpan<int> under, int c, int end, V lanes, int* at, T* values) where V : struct, ILanes<V, T> where TStep : IStep
    {
        var (stride, low, size, dilation, pitch) = (last.Stride, last.Low, last.Size, last.Dilation, extent);
        while (c < end)
        {
            c = Math.Min(c, end - V.Count);
            var column = c * stride - low;
            V greatest = default, place = default, sum = default;
            for (var r = 0; r < under.Length; r++)
            {
                var offset = under[r] * pitch;
                var (best, bestPlace) = (TStep.Load<V, T>(x + offset + column, stride), V.All(Bits(offset)));
                if (IsFloat) sum += best;
                for (var k = 1; k < size; k++)
                {
                    offset += dilation;
                    var later = TStep.Load<V, T>(x + offset + column, stride);
                    var better = V.Greater(later, best);
                    best = V.Select(better, later, best);
                    bestPlace = V.Select(better, V.All(Bits(offset)), bestPlace);
                    if (IsFloat) sum += later;
                }
                if (r == 0) (greatest, place) = (best, bestPlace);
                else
                {
                    var better = V.Greater(best, greatest);
                    greatest = V.Select(better, best, greatest);
                    place = V.Select(better, bestPlace, place);
                }
            }
            if (IsFloat && V.Any(V.NotEqual(sum, sum)))
            {
                for (var i = 0; i < V.Count; i++) Column(x, under, c + i, at, values);
            }
            else
            {
                if (values != null) V.Store(greatest, values + c);
                if (at != null) StorePlaces(V.AddBits(place, V.AddBits(lanes, V.All(Bits(column)))), at + c);
            }
            c += V.Count;
        }
    }

    /// <summary>As <see cref="Inside"/>, where each column has a pair of every row's elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pairs<V>(T* x, ReadOnlySpan<int> under, int c, int end, V lanes, int* at, T* values) where V : struct, ILanes<V, T>
    {
        var (one, pitch) = (V.All(Bits(1)), extent);
        for (; c < end; c += V.Count)
        {
            c = Math.Min(c, end - V.Count);
            var column = c * 2 - last.Low;
            V greatest = default, place = default, sum = default;
            for (var r = 0; r < under.Length; r++)
            {
                var offset = under[r] * pitch;
                var (even, odd) = Alternate.Both<V, T>(x + offset + column);
                var better = V.Greater(odd, even);
                var (best, bestPlace) = (V.Select(better, odd, even), V.AddBits(V.All(Bits(offset)), better & one));
                if (IsFloat) sum += even + odd;
                better = V.Greater(best, greatest);
                (greatest, place) = r == 0 ? (best, bestPlace) : (V.Select(better, best, greatest), V.Select(better, bestPlace, place));
            }
            if (IsFloat && V.Any(V.NotEqual(sum, sum)))
            {
                for (var i = 0; i < V.Count; i++) Column(x, under, c + i, at, values);
                continue;
            }
            if (values != null) V.Store(greatest, values + c);
            if (at != null) StorePlaces(V.AddBits(place, V.AddBits(lanes, V.All(Bits(column)))), at + c);
        }
    }

    private static bool IsFloat => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    /// <summary>An integer in a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Bits(int i) => sizeof(T) == 4 ? Unsafe.BitCast<int, T>(i) : Unsafe.BitCast<long, T>(i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePlaces<V>(V places, int* to) where V : struct, ILanes<V, T>
    {
        if (sizeof(T) == 4) V.Store(places, (T*)to);
        else StoreNarrow(places, to);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreNarrow<V>(V places, int* to) where V : struct, ILanes<V, T>
    {
        var lanes = stackalloc T[V.Count];
        V.Store(places, lanes);
        for (var i = 0; i < V.Count; i++) to[i] = (int)((long*)lanes)[i];
    }

    /// <summary>One column, without a branch on what it meets where nothing is NaN.</summary>
    private void Column(T* x, ReadOnlySpan<int> under, int c, int* at, T* values)
    {
        var (begin, dilation, spread) = (c * last.Stride - last.Low, last.Dilation, last.BaseDilation);
        var end = Math.Min(begin + (last.Size - 1) * dilation, (extent - 1) * spread);
        if (begin < 0) begin += (dilation - 1 - begin) / dilation * dilation;
        var place = -1;
        if (spread == 1 && !under.IsEmpty && begin <= end)
        {
            var sum = T.Zero;
            place = under[0] * extent + begin;
            foreach (var row in under)
            {
                for (var here = row * extent + begin; here <= row * extent + end; here += dilation)
                {
                    place += (here - place) & -Unsafe.BitCast<bool, byte>(x[here] > x[place]);
                    if (IsFloat) sum += x[here];
                }
            }
            if (T.IsNaN(sum)) place = Careful(x, under, begin, end);
        }
        else place = Careful(x, under, begin, end);
        if (at != null) at[c] = place;
        if (values != null) values[c] = place < 0 ? T.Zero : x[place];
    }

    /// <summary>The place of one column's greatest element: NaN beats numbers, nothing beats NaN.</summary>
    private int Careful(T* x, ReadOnlySpan<int> under, int begin, int end)
    {
        var place = -1;
        foreach (var row in under)
        {
            for (var i = begin; i <= end; i += last.Dilation)
            {
                if (i % last.BaseDilation != 0) continue;
                var here = row * extent + i / last.BaseDilation;
                if (place < 0 || (!T.IsNaN(x[place]) && !(x[place] >= x[here]))) place = here;
            }
        }
        return place;
    }
}
