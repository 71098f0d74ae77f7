using System.Numerics;
using static System.Buffer;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A copy of a block of elements of which each side has its own strides, as matrices: their columns are the last axis, their rows the one along
/// which the source is adjacent, or else the one before; the other axes number them. Axes that lie one after the other on both sides are one.
/// </summary>
internal abstract unsafe class Relayout
{
    private const int Grain = 16_384;
    private const int TransposedRows = 64;
    private const int TransposedColumns = 512;

    private readonly int[] dims;
    private readonly long[] from;
    private readonly long[] to;
    private readonly int rowBlock;
    private readonly int columnBlock;
    private readonly long pieces;
    private readonly Parts parts;
    private readonly LoopBody body;

    private protected Relayout(ReadOnlySpan<int> extents, ReadOnlySpan<long> source, ReadOnlySpan<long> target)
    {
        var axes = new List<(int Extent, long From, long To)>();
        var size = 1L;
        for (var axis = 0; axis < extents.Length; axis++)
        {
            var next = (Extent: extents[axis], From: source[axis], To: target[axis]);
            size *= next.Extent;
            if (next.Extent == 1) continue;
            if (axes.Count > 0 && axes[^1] is var last && last.From == next.From * next.Extent && last.To == next.To * next.Extent) axes[^1] = next with { Extent = last.Extent * next.Extent };
            else axes.Add(next);
        }
        while (axes.Count < 2) axes.Insert(0, (1, 0, 0));
        var rows = axes.FindIndex(a => a.From == 1);
        IsTransposed = axes[^1] is { From: not (1 or 0), To: 1 } && rows >= 0;
        if (IsTransposed)
        {
            axes.Insert(axes.Count - 1, axes[rows]);
            axes.RemoveAt(rows);
        }
        dims = [.. axes.Select(a => a.Extent)];
        from = [.. axes.Select(a => a.From)];
        to = [.. axes.Select(a => a.To)];
        columnBlock = Math.Min(dims[^1], IsTransposed ? TransposedColumns : Grain);
        rowBlock = Math.Min(dims[^2], IsTransposed ? TransposedRows : Math.Max(1, Grain / Math.Max(1, dims[^1])));
        pieces = size == 0 ? 0 : Blocks(dims[^1], columnBlock) * Blocks(dims[^2], rowBlock);
        foreach (var extent in dims.AsSpan(..^2)) pieces *= extent;
        parts = Parts.Of(pieces, 2 * size);
        body = Part;
    }

    private protected bool IsTransposed { get; }

    /// <summary>A copy of elements of some bytes.</summary>
    /// <param name="size">The bytes of an element.</param>
    /// <param name="extents">How many elements along each axis.</param>
    /// <param name="source">From an element of the source to the next along each axis, in elements.</param>
    /// <param name="target">As much for the target.</param>
    public static Relayout Of(int size, ReadOnlySpan<int> extents, ReadOnlySpan<long> source, ReadOnlySpan<long> target) => size switch
    {
        1 => new Relayout<byte>(extents, source, target),
        2 => new Relayout<short>(extents, source, target),
        4 => new Relayout<int>(extents, source, target),
        _ => new Relayout<long>(extents, source, target),
    };

    /// <summary>Copies.</summary>
    public void Run(Frame frame, byte* source, byte* target)
    {
        var ends = (From: (nint)source, To: (nint)target);
        if (pieces > 0) frame.Pool.ForStretches(parts.Number, frame, body, &ends);
    }

    private static long Blocks(int extent, int each) => (extent + each - 1L) / each;

    private void Part(Frame frame, void* arguments, int part, int worker)
    {
        var (source, target) = *((nint From, nint To)*)arguments;
        var (columnBlocks, rowBlocks) = (Blocks(dims[^1], columnBlock), Blocks(dims[^2], rowBlock));
        for (var piece = parts[part]; piece < parts[part + 1]; piece++)
        {
            (var rest, var column) = Math.DivRem(piece, columnBlocks);
            (rest, var row) = Math.DivRem(rest, rowBlocks);
            (row, column) = (row * rowBlock, column * columnBlock);
            var (s, t) = (row * from[^2] + column * from[^1], row * to[^2] + column * to[^1]);
            for (var axis = dims.Length - 3; axis >= 0; axis--)
            {
                (rest, var at) = Math.DivRem(rest, dims[axis]);
                s += at * from[axis];
                t += at * to[axis];
            }
            Block((byte*)source, s, from[^2], from[^1], (byte*)target, t, to[^2], to[^1], (int)Math.Min(rowBlock, dims[^2] - row), (int)Math.Min(columnBlock, dims[^1] - column));
        }
    }

    private protected abstract void Block(byte* source, long s, long fromRow, long fromColumn, byte* target, long t, long toRow, long toColumn, int rows, int columns);
}

/// <inheritdoc/>
internal sealed unsafe class Relayout<T>(ReadOnlySpan<int> extents, ReadOnlySpan<long> source, ReadOnlySpan<long> target) : Relayout(extents, source, target) where T : unmanaged, IBinaryNumber<T>
{
    private const int LongRun = 256;

    private protected override void Block(byte* source, long s, long fromRow, long fromColumn, byte* target, long t, long toRow, long toColumn, int rows, int columns)
    {
        var x = (T*)source + s;
        var y = (T*)target + t;
        if (IsTransposed) Transposition<T>.Copy(x, fromColumn, y, toRow, columns, rows);
        else
            for (var r = 0; r < rows; r++) Row(x + r * fromRow, fromColumn, y + r * toRow, toColumn, columns);
    }

    private static void Row(T* x, long from, T* y, long to, int count)
    {
        if (to == 1 && from == 1)
        {
            if (count * sizeof(T) < LongRun) Packing<T>.Copy(y, x, count);
            else MemoryCopy(x, y, (long)count * sizeof(T), (long)count * sizeof(T));
        }
        else if (to == 1 && from == 0) new Span<T>(y, count).Fill(*x);
        else if (to == 1 && from == -1)
        {
            var run = new Span<T>(y, count);
            new ReadOnlySpan<T>(x - (count - 1), count).CopyTo(run);
            run.Reverse();
        }
        else
            for (var i = 0L; i < count; i++) y[i * to] = x[i * from];
    }
}
