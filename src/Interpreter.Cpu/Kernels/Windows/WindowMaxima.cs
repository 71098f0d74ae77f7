using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Where the greatest element under each position of a window is, and that element: first along each row of the operand that a block of the
/// result meets, into a line, then across these lines. Both go by vectors; a block with a NaN in it is done again one by one.
/// </summary>
internal sealed unsafe class WindowMaxima<T> : IPooling where T : unmanaged, IBinaryNumber<T>
{
    private readonly WindowRows rows;
    private readonly WindowBlocks blocks;
    private readonly (int Places, int Values) buffers;
    private readonly WindowDim last;
    private readonly int extent;
    private readonly int columns;

    /// <summary>The columns at which the whole window is inside its row.</summary>
    private readonly int first;
    private readonly int until;

    /// <summary>Whether windows are side by side in a row and over its end, so that rows are one.</summary>
    private readonly bool isFlat;
    private readonly Parts parts;
    private readonly Along along;
    private readonly Across across;

    private WindowMaxima(WindowArgMax op, Shape result, VectorWidth width, int places, int values)
    {
        buffers = (places, values);
        rows = new(op.Window, op.X.Shape, result);
        blocks = new(rows, 2 * sizeof(T));
        (last, extent, columns) = (rows.Last, rows.Extent, rows.Columns);
        first = Math.Clamp((Math.Max(0, last.Low) + last.Stride - 1) / last.Stride, 0, columns);
        var room = extent - last.Dilated + last.Low;
        until = room < 0 ? first : Math.Clamp(room / last.Stride + 1, first, columns);
        isFlat = last.Low == 0 && last.Stride * columns == extent && last.Dilated <= last.Stride;
        parts = Parts.Of(blocks.Count, Math.Max(op.X.Shape.Size, 4 * result.Size));
        along = (isFlat ? width.Within((long)blocks.Run * columns * sizeof(T)) : width.Around((long)(until - first) * sizeof(T))) switch
        {
            VectorWidth.V512 => AlongBy<V512<T>>(),
            VectorWidth.V256 => AlongBy<V256<T>>(),
            VectorWidth.V128 => AlongBy<V128<T>>(),
            _ => AlongRows<V1<T>, Adjacent>,
        };
        across = width.Within((long)columns * sizeof(T)) switch
        {
            VectorWidth.V512 => AcrossLines<V512<T>>,
            VectorWidth.V256 => AcrossLines<V256<T>>,
            VectorWidth.V128 => AcrossLines<V128<T>>,
            _ => AcrossLines<V1<T>>,
        };
    }

    /// <summary>
    /// Fills lines with the greatest elements along some adjacent rows, and their places in the plane; whether their sum says that none is NaN.
    /// </summary>
    private delegate bool Along(T* x, long place, int count, T* best, T* places);

    /// <summary>Fills rows of the result from lines.</summary>
    private delegate void Across(WindowBlocks.Block block, T* best, T* places, int plane, int* at, T* values);

    /// <summary>The bytes of the lines for each thread.</summary>
    public static long Scratch(WindowArgMax op, Shape result, int threads)
    {
        if (result.Size == 0) return 0;
        var maxima = new WindowMaxima<T>(op, result, VectorWidth.V128, -1, -1);
        return maxima.parts.Workers(threads) * maxima.LineBytes;
    }

    /// <summary>The same block by block.</summary>
    public static IPooling Pooling(WindowArgMax op, Shape result, VectorWidth width, int places, int values) =>
        new WindowMaxima<T>(op, result, width, places, values);

    /// <summary>The kernel.</summary>
    /// <param name="op">The window over its operand.</param>
    /// <param name="result">The shape of its result.</param>
    /// <param name="width">How wide vectors may be.</param>
    /// <param name="from">The operand's buffer.</param>
    /// <param name="places">The buffer of the elements' places; −1 where nothing reads them.</param>
    /// <param name="values">The buffer of the elements; −1 where nothing reads them.</param>
    /// <param name="scratch">The buffer of its lines.</param>
    public static Kernel Kernel(WindowArgMax op, Shape result, VectorWidth width, int from, int places, int values, int scratch)
    {
        if (result.Size == 0) return _ => { };
        var maxima = new WindowMaxima<T>(op, result, width, places, values);
        return maxima.parts.Kernel((frame, begin, end, worker) =>
        {
            var lines = scratch < 0 ? null : frame[scratch] + worker * maxima.LineBytes;
            for (var i = begin; i < end; i++)
            {
                var (plane, count, block) = maxima.blocks[i];
                maxima.Fill(frame, frame[from], plane, count, block, lines);
            }
        });
    }

    WindowBlocks IPooling.Blocks => blocks;

    /// <inheritdoc/>
    public long LineBytes => IsByLines ? Blocking.Aligned(2L * blocks.Lines * columns * sizeof(T)) : 0;

    /// <inheritdoc/>
    public void Fill(Frame frame, byte* from, long plane, int planes, WindowBlocks.Block block, byte* lines)
    {
        var (places, values) = buffers;
        var to = plane * rows.Rows * columns;
        Fill((T*)from + plane * rows.Plane, planes, block, (T*)lines, places < 0 ? null : (int*)frame[places] + to, values < 0 ? null : (T*)frame[values] + to);
    }

    /// <summary>Whether places fit beside elements, and each window's are at equal distances.</summary>
    private bool IsByLines => sizeof(T) >= 4 && last.BaseDilation == 1;

    private Along AlongBy<V>() where V : struct, ILanes<V, T> => last.Stride == 1 ? AlongRows<V, Adjacent> : last.Stride == 2 && sizeof(T) == 4 ? AlongRows<V, Alternate> : AlongRows<V, Apart>;

    /// <summary>A block of the result.</summary>
    private void Fill(T* x, int planes, WindowBlocks.Block block, T* lines, int* at, T* values)
    {
        T* best = lines, places = lines + (long)blocks.Lines * columns;
        var isPlain = IsByLines;
        if (isPlain && planes > 1) isPlain = along(x, 0, planes * block.Lines, best, places);
        else if (isPlain)
        {
            var line = 0;
            foreach (var (row, count) in block.Runs)
            {
                isPlain &= along(x + (long)row * extent, (long)row * extent, count, best + (long)line * columns, places + (long)line * columns);
                line += count;
            }
        }
        for (var plane = 0; plane < planes; plane++)
        {
            var (to, skip) = ((long)plane * rows.Rows * columns, (long)plane * block.Lines * columns);
            if (isPlain) across(block, best + skip, places + skip, checked((int)(plane * rows.Plane)), at == null ? null : at + to, values == null ? null : values + to);
            else
                for (var row = block.From; row < block.Until; row++)
                    for (var c = 0; c < columns; c++) Carefully(x + plane * rows.Plane, row, c, at == null ? null : at + to, values == null ? null : values + to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool AlongRows<V, TStep>(T* x, long place, int count, T* best, T* places) where V : struct, ILanes<V, T> where TStep : IStep
    {
        var counts = stackalloc T[V.Count];
        for (var i = 0; i < V.Count; i++) counts[i] = Bits(i * last.Stride);
        var lanes = V.Load(counts);
        var (sum, edges, begin, inside) = (V.All(T.Zero), T.Zero, first * last.Stride - last.Low, until - first);
        if (isFlat) (count, inside) = (1, count * columns);
        var rounded = (inside + V.Count - 1L) / V.Count * V.Count;
        var reach = begin + (rounded - 1) * last.Stride + last.Dilated;
        for (var row = 0; row < count; row++, x += extent, place += extent, best += columns, places += columns)
        {
            var goesOn = !isFlat && reach <= (long)(count - row) * extent && first + rounded <= (long)(count - row) * columns;
            var edge = goesOn || inside >= V.Count ? first : until;
            for (var c = 0; c < edge; c++) edges += Edge(x, place, c, best, places);
            if (inside > 0 && edge == first) sum += Line<V, TStep>(x + begin, inside, goesOn, V.AddBits(lanes, V.All(Bits(place + begin))), best + first, places + first);
            for (var c = until; c < columns; c++) edges += Edge(x, place, c, best, places);
        }
        return !IsFloat || !(V.Any(V.NotEqual(sum, sum)) || T.IsNaN(edges));
    }

    /// <summary>The greatest of windows side by side, that are all inside, and the sum of all elements; the last vector goes on beyond them, or ends with them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Line<V, TStep>(T* x, int count, bool goesOn, V lanes, T* best, T* places) where V : struct, ILanes<V, T> where TStep : IStep
    {
        var (stride, size, dilation, sum) = (last.Stride, last.Size, last.Dilation, V.All(T.Zero));
        for (var c = 0; c < count; c += V.Count)
        {
            if (!goesOn) c = Math.Min(c, count - V.Count);
            var at = x + (long)c * stride;
            var (greatest, place, k) = (default(V), V.All(Bits(0)), 1);
            if (typeof(TStep) == typeof(Alternate) && dilation == 1 && size > 1)
            {
                (greatest, place, var pair) = Pair<V>(at);
                if (IsFloat) sum += pair;
                for (k = 2; k < size - 1; k += 2)
                {
                    (var later, var side, pair) = Pair<V>(at + k);
                    if (IsFloat) sum += pair;
                    var better = V.Greater(later, greatest);
                    (greatest, place) = (V.Select(better, later, greatest), V.Select(better, V.AddBits(side, V.All(Bits(k))), place));
                }
            }
            else
            {
                greatest = TStep.Load<V, T>(at, stride);
                if (IsFloat) sum += greatest;
            }
            for (; k < size; k++)
            {
                var later = TStep.Load<V, T>(at + k * dilation, stride);
                if (IsFloat) sum += later;
                var better = V.Greater(later, greatest);
                (greatest, place) = (V.Select(better, later, greatest), V.Select(better, V.All(Bits(k * dilation)), place));
            }
            V.Store(greatest, best + c);
            V.Store(V.AddBits(place, V.AddBits(lanes, V.All(Bits((long)c * stride)))), places + c);
        }
        return sum;
    }

    /// <summary>The greater of two elements side by side, which it is, and their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Greatest, V Place, V Sum) Pair<V>(T* at) where V : struct, ILanes<V, T>
    {
        var (even, odd) = Alternate.Both<V, T>(at);
        var better = V.Greater(odd, even);
        return (V.Select(better, odd, even), better & V.All(Bits(1)), IsFloat ? even + odd : default);
    }

    /// <summary>The greatest of a window that is partly outside, and the sum of what is inside.</summary>
    private T Edge(T* x, long place, int c, T* best, T* places)
    {
        var (begin, end) = Inside(c);
        if (begin > end)
        {
            (best[c], places[c]) = (T.Zero, Bits(-1));
            return T.Zero;
        }
        var (at, sum) = (begin, x[begin]);
        for (var here = begin + last.Dilation; here <= end; here += last.Dilation)
        {
            sum += x[here];
            if (x[here] > x[at]) at = here;
        }
        (best[c], places[c]) = (x[at], Bits(place + at));
        return sum;
    }

    /// <summary>The first and the last element of a row that a column's window can meet, in steps of its dilation.</summary>
    private (int Begin, int End) Inside(int c)
    {
        var begin = c * last.Stride - last.Low;
        var end = Math.Min(begin + (last.Size - 1) * last.Dilation, (extent - 1) * last.BaseDilation);
        return (begin < 0 ? begin + (last.Dilation - 1 - begin) / last.Dilation * last.Dilation : begin, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AcrossLines<V>(WindowBlocks.Block block, T* best, T* places, int plane, int* at, T* values) where V : struct, ILanes<V, T>
    {
        var (pitch, before) = (columns, V.All(Bits(plane)));
        for (var row = block.From; row < block.Until; row++)
        {
            var under = block.Under(row);
            var to = (long)row * pitch;
            if (under.IsEmpty)
            {
                if (values != null) new Span<T>(values + to, pitch).Clear();
                if (at != null) new Span<int>(at + to, pitch).Fill(-1);
                continue;
            }
            for (var c = 0; c < pitch; c += V.Count)
            {
                c = Math.Min(c, pitch - V.Count);
                var line = (long)under[0] * pitch + c;
                var (greatest, place) = (V.Load(best + line), V.Load(places + line));
                for (var r = 1; r < under.Length; r++)
                {
                    line = (long)under[r] * pitch + c;
                    var later = V.Load(best + line);
                    var better = V.Greater(later, greatest);
                    (greatest, place) = (V.Select(better, later, greatest), V.Select(better, V.Load(places + line), place));
                }
                if (values != null) V.Store(greatest, values + to + c);
                if (at != null) StorePlaces(V.SubtractBits(place, before), at + to + c);
            }
        }
    }

    private static bool IsFloat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float) || typeof(T) == typeof(double);
    }

    /// <summary>An integer in a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Bits(long i) => sizeof(T) == 8 ? Unsafe.BitCast<long, T>(i) : sizeof(T) == 4 ? Unsafe.BitCast<int, T>((int)i) : T.Zero;

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

    /// <summary>One element of the result: NaN beats numbers, nothing beats NaN.</summary>
    private void Carefully(T* x, int row, int c, int* at, T* values)
    {
        var (place, (begin, end)) = (-1, Inside(c));
        foreach (var under in rows.Under(row))
        {
            for (var i = begin; i <= end; i += last.Dilation)
            {
                if (i % last.BaseDilation != 0) continue;
                var here = under * extent + i / last.BaseDilation;
                if (place < 0 || (!T.IsNaN(x[place]) && !(x[place] >= x[here]))) place = here;
            }
        }
        if (at != null) at[row * columns + c] = place;
        if (values != null) values[row * columns + c] = place < 0 ? T.Zero : x[place];
    }
}
