using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Sums of all elements so far along an axis: four lines at once, so that none waits for its own last sum. A long line is cut into chunks of four
/// such lines, each of which takes over from the chunk before as soon as its own elements are added up.
/// </summary>
internal sealed unsafe class CumulativeSums<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int Together = 4;
    private const int Piece = 4096;
    private const int Chunk = Together * Piece;
    private const int Columns = 256;

    private readonly Lines lines;
    private readonly bool reversed;
    private readonly LoopBody chunk;

    private CumulativeSums(Lines lines, bool reversed) => (this.lines, this.reversed, chunk) = (lines, reversed, TakeOver);

    /// <summary>A long line, how many chunks are known, and the sum of them.</summary>
    private struct Run
    {
        public T* X;
        public T* Y;
        public int Known;
        public T Sum;
    }

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(CumulativeSum op, VectorWidth width, int from, int to)
    {
        var lines = Lines.Along(op.X.Shape, op.Axis);
        if (lines.Size == 0) return _ => { };
        var sums = new CumulativeSums<T>(lines, op.Reversed);
        if (lines.Inner > 1)
        {
            return width.Within(lines.Inner * sizeof(T)) switch
            {
                VectorWidth.V512 => sums.Beside<V512<T>>(from, to),
                VectorWidth.V256 => sums.Beside<V256<T>>(from, to),
                VectorWidth.V128 => sums.Beside<V128<T>>(from, to),
                _ => sums.Beside<V1<T>>(from, to),
            };
        }
        if (lines.Outer < 2 * Together && lines.Extent > 2 * Chunk) return frame => sums.Long(frame, (T*)frame[from], (T*)frame[to]);
        return Parts.Kernel((lines.Outer + Together - 1) / Together, 2 * lines.Size, (frame, first, until, _) =>
        {
            for (var line = first * Together; line < Math.Min(until * Together, lines.Outer); line += Together)
                sums.Several((T*)frame[from] + line * lines.Extent, (T*)frame[to] + line * lines.Extent, (int)Math.Min(Together, lines.Outer - line));
        });
    }

    private void Long(Frame frame, T* x, T* y)
    {
        for (var line = 0L; line < lines.Outer; line++)
        {
            var run = new Run { X = x + line * lines.Extent, Y = y + line * lines.Extent };
            frame.Pool.For((lines.Extent + Chunk - 1) / Chunk, frame, chunk, &run);
        }
    }

    private void TakeOver(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Run*)arguments;
        var starts = stackalloc T[Together];
        var first = index * (long)Chunk;
        var (count, sum, step) = ((int)Math.Min(Chunk, lines.Extent - first), T.Zero, reversed ? -1 : 1);
        for (var piece = 0; piece < Together; piece++)
        {
            var (from, length) = (Math.Min(piece * Piece, count), Math.Clamp(count - piece * Piece, 0, Piece));
            starts[piece] = sum;
            sum = unchecked(sum + Sums<T>.Run(run->X + (reversed ? lines.Extent - first - from - length : first + from), length));
        }
        var spin = new SpinWait();
        while (Volatile.Read(ref run->Known) < index) spin.SpinOnce(sleep1Threshold: -1);
        for (var piece = 0; piece < Together; piece++) starts[piece] = unchecked(run->Sum + starts[piece]);
        run->Sum = unchecked(run->Sum + sum);
        Volatile.Write(ref run->Known, index + 1);
        var start = reversed ? lines.Extent - 1 - first : first;
        if (count == Chunk) Four(run->X + start, run->Y + start, step * Piece, step, Piece, starts);
        else One(run->X + start, run->Y + start, step, count, starts[0]);
    }

    private void Several(T* x, T* y, int count)
    {
        var starts = stackalloc T[Together];
        var (step, first) = reversed ? (-1, lines.Extent - 1) : (1, 0);
        new Span<T>(starts, Together).Clear();
        if (count == Together) Four(x + first, y + first, lines.Extent, step, lines.Extent, starts);
        else
            for (var line = 0; line < count; line++) One(x + line * lines.Extent + first, y + line * lines.Extent + first, step, lines.Extent, T.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(T* x, T* y, nint pitch, nint step, int count, T* starts)
    {
        var (a, b, c, d) = (starts[0], starts[1], starts[2], starts[3]);
        for (var i = 0; i < count; i++, x += step, y += step)
        {
            y[0] = a = unchecked(a + x[0]);
            y[pitch] = b = unchecked(b + x[pitch]);
            y[2 * pitch] = c = unchecked(c + x[2 * pitch]);
            y[3 * pitch] = d = unchecked(d + x[3 * pitch]);
        }
    }

    private static void One(T* x, T* y, nint step, int count, T sum)
    {
        for (var i = 0; i < count; i++, x += step, y += step) *y = sum = unchecked(sum + *x);
    }

    /// <summary>Of lines that lie side by side.</summary>
    private Kernel Beside<V>(int from, int to) where V : struct, ILanes<V, T>
    {
        var blocks = (lines.Inner + Columns - 1) / Columns;
        return Parts.Kernel(lines.Outer * blocks, 2 * lines.Size, (frame, first, until, _) =>
        {
            for (var i = first; i < until; i++)
            {
                var (outer, column) = (i / blocks, i % blocks * Columns);
                var at = outer * lines.Extent * lines.Inner + column;
                Down<V>((T*)frame[from] + at, (T*)frame[to] + at, (int)Math.Min(Columns, lines.Inner - column));
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Down<V>(T* x, T* y, int count) where V : struct, ILanes<V, T>
    {
        var row = (nint)(reversed ? -lines.Inner : lines.Inner);
        if (reversed)
        {
            x += (lines.Extent - 1) * lines.Inner;
            y += (lines.Extent - 1) * lines.Inner;
        }
        for (var c = 0; c < count; c++) y[c] = x[c];
        for (var i = 1; i < lines.Extent; i++)
        {
            var last = y;
            x += row;
            y += row;
            var c = 0;
            for (; c <= count - V.Count; c += V.Count) V.Store(V.Load(last + c) + V.Load(x + c), y + c);
            for (; c < count; c++) y[c] = unchecked(last[c] + x[c]);
        }
    }
}
