using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The sum under each position of a window: first over the rows that a row of the result meets, into one line with zeros for the padding, then
/// along that line. Where the base is dilated, as in the adjoint of a sum with strides, columns that leave the same rest see the line alike.
/// </summary>
internal sealed unsafe class WindowSums<T> : IPooling where T : unmanaged, IBinaryNumber<T>
{
    private readonly WindowRows rows;
    private readonly int columns;

    /// <summary>For each rest of a column by their number, the offsets of its summands from the first element that such columns may begin at.</summary>
    private readonly int[][] phases;

    /// <summary>How far the summands move from a column to the next of the same rest.</summary>
    private readonly int step;

    /// <summary>The elements of the line, which begins so many before the row and is zero there.</summary>
    private readonly int length;
    private readonly int lead;

    /// <summary>The elements of the row that the line holds.</summary>
    private readonly int first;
    private readonly int until;
    private readonly int to;
    private readonly Fill fill;
    private WindowBlocks? blocks;

    private WindowSums(WindowRows rows, VectorWidth width, int to)
    {
        (this.rows, this.to, columns) = (rows, to, rows.Columns);
        var (last, common) = (rows.Last, (int)BigInteger.GreatestCommonDivisor(rows.Last.Stride, rows.Last.BaseDilation));
        step = last.Stride / common;
        phases = new int[last.BaseDilation / common][];
        fill = width.Within(columns / phases.Length * sizeof(T)) switch
        {
            VectorWidth.V512 => Rows<V512<T>>(),
            VectorWidth.V256 => Rows<V256<T>>(),
            VectorWidth.V128 => Rows<V128<T>>(),
            _ => Rows<V1<T>, Adjacent>,
        };
        var (least, most) = (int.MaxValue, int.MinValue);
        for (var r = 0; r < phases.Length; r++)
        {
            var at = r;
            phases[r] = [.. Enumerable.Range(0, last.Size).Select(k => at * last.Stride + k * last.Dilation - last.Low).Where(p => p % last.BaseDilation == 0).Select(p => p / last.BaseDilation)];
            var count = (columns - r + phases.Length - 1) / phases.Length;
            if (count <= 0 || phases[r].Length == 0) continue;
            (least, most) = (Math.Min(least, phases[r][0]), Math.Max(most, phases[r][^1] + (count - 1) * step));
        }
        if (most < least) return;
        (lead, length) = (-least, most - least + 1);
        (first, until) = (Math.Clamp(least, 0, rows.Extent), Math.Clamp(most + 1, 0, rows.Extent));
    }

    /// <summary>Fills rows of the result from one to another, by way of a line.</summary>
    private delegate void Fill(Frame frame, byte* from, long begin, long end, T* line);

    /// <summary>The bytes of a line for each thread.</summary>
    public static long Scratch(WindowSum op, Shape result, int threads) =>
        result.Size == 0 ? 0 : PartsOf(op, result).Workers(threads) * new WindowSums<T>(new(op.Window, op.X.Shape, result), VectorWidth.V128, -1).LineBytes;

    private static Parts PartsOf(WindowSum op, Shape result) => Parts.Of(result.Size / (op.Window.Count == 0 ? 1 : result[^1]), 2 * Math.Max(op.X.Shape.Size, result.Size));

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(WindowSum op, Shape result, VectorWidth width, int from, int to, int scratch)
    {
        if (result.Size == 0) return _ => { };
        var sums = new WindowSums<T>(new(op.Window, op.X.Shape, result), width, to);
        return PartsOf(op, result).Kernel((frame, begin, end, worker) => sums.fill(frame, frame[from], begin, end, scratch < 0 ? null : (T*)(frame[scratch] + worker * sums.LineBytes)));
    }

    /// <summary>The same block by block.</summary>
    public static IPooling Pooling(WindowSum op, Shape result, VectorWidth width, int to) => new WindowSums<T>(new(op.Window, op.X.Shape, result), width, to);

    WindowBlocks IPooling.Blocks => blocks ??= new(rows, sizeof(T));

    /// <inheritdoc/>
    public long LineBytes => Blocking.Aligned((long)length * sizeof(T));

    void IPooling.Fill(Frame frame, byte* from, long plane, int planes, WindowBlocks.Block block, byte* lines) =>
        fill(frame, from, plane * rows.Rows + block.From, (plane + planes - 1) * rows.Rows + block.Until, (T*)lines);

    private Fill Rows<V>() where V : struct, ILanes<V, T> => step == 1 ? Rows<V, Adjacent> : step == 2 && sizeof(T) == 4 ? Rows<V, Alternate> : Rows<V, Apart>;

    private void Rows<V, TStep>(Frame frame, byte* from, long begin, long end, T* line) where V : struct, ILanes<V, T> where TStep : IStep
    {
        new Span<T>(line, length).Clear();
        var x = (T*)from + begin / rows.Rows * rows.Plane;
        var y = (T*)frame[to] + begin * columns;
        var row = (int)(begin % rows.Rows);
        for (var i = begin; i < end; i++, row++, y += columns)
        {
            if (row == rows.Rows)
            {
                x += rows.Plane;
                row = 0;
            }
            var under = rows.Under(row);
            if (under.IsEmpty || length == 0) new Span<T>(y, columns).Clear();
            else if (under.Length == 1 && lead <= 0 && length - lead <= rows.Extent) Along<V, TStep>(x + (long)under[0] * rows.Extent, y);
            else
            {
                Down<V>(x, under, line + lead);
                Along<V, TStep>(line + lead, y);
            }
        }
    }

    /// <summary>The sums of the rows' elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Down<V>(T* x, ReadOnlySpan<int> under, T* line) where V : struct, ILanes<V, T>
    {
        var c = first;
        for (; c <= until - V.Count; c += V.Count)
        {
            var sum = V.Load(x + (long)under[0] * rows.Extent + c);
            for (var r = 1; r < under.Length; r++) sum += V.Load(x + (long)under[r] * rows.Extent + c);
            V.Store(sum, line + c);
        }
        for (; c < until; c++)
        {
            var sum = x[(long)under[0] * rows.Extent + c];
            for (var r = 1; r < under.Length; r++) sum = unchecked(sum + x[(long)under[r] * rows.Extent + c]);
            line[c] = sum;
        }
    }

    /// <summary>The sums along a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Along<V, TStep>(T* line, T* y) where V : struct, ILanes<V, T> where TStep : IStep
    {
        if (phases.Length == 1)
        {
            for (var c = 0; c < columns; c += V.Count)
            {
                c = Math.Min(c, columns - V.Count);
                V.Store(Sum<V, TStep>(line + (long)c * step, phases[0]), y + c);
            }
        }
        else if (phases.Length == 2 && sizeof(T) == 4 && V.Count > 1)
        {
            var pairs = columns / 2;
            for (var c = 0; c < pairs; c += V.Count)
            {
                c = Math.Min(c, pairs - V.Count);
                var at = line + (long)c * step;
                Alternate.Store<V, T>(Sum<V, TStep>(at, phases[0]), Sum<V, TStep>(at, phases[1]), y + 2 * c);
            }
            if (columns % 2 == 1) y[columns - 1] = Sum(line + (long)pairs * step, phases[0]);
        }
        else
        {
            for (var r = 0; r < phases.Length; r++)
            {
                var at = line;
                for (var c = r; c < columns; c += phases.Length, at += step) y[c] = Sum(at, phases[r]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Sum<V, TStep>(T* at, int[] offsets) where V : struct, ILanes<V, T> where TStep : IStep
    {
        var sum = V.All(T.Zero);
        foreach (var offset in offsets) sum += TStep.Load<V, T>(at + offset, step);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Sum(T* at, int[] offsets)
    {
        var sum = T.Zero;
        foreach (var offset in offsets) sum = unchecked(sum + at[offset]);
        return sum;
    }
}
