using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Where the left operand of a block is, in bytes: element (r, k) at Start + r·Row + (k·Step or Table[k]). Table may be that of the right operand.</summary>
internal unsafe struct LeftOperand
{
    public byte* Start;
    public nint Row;
    public nint Step;
    public int* Table;

    /// <summary>Whether each tile lies for itself, one column after the other: then rows are adjacent, and steps as long as the tile is high.</summary>
    public bool IsInTiles;

    /// <summary>From a tile of some rows to the next, where a row is <paramref name="line"/> bytes of the copy.</summary>
    public readonly nint Bytes(int rows, nint line) => rows * (IsInTiles ? line : Row);
}

/// <summary>Multiplies blocks whose operands lie as micro-kernels want them, tile by tile.</summary>
/// <param name="width">The vectors.</param>
/// <param name="rowStride">As <see cref="MicroTile.RowStride"/>.</param>
/// <param name="indexed">As <see cref="MicroTile.Indexed"/>.</param>
/// <param name="streams">As <see cref="MicroTile.Streams"/>.</param>
/// <param name="fetches">As <see cref="MicroTile.Fetches"/>.</param>
/// <param name="fetchesNext">As <see cref="MicroTile.FetchesNext"/>.</param>
internal sealed unsafe class Tiling<T>(VectorWidth width, int rowStride, Indexed indexed, bool streams = false, bool fetches = false, bool fetchesNext = false) where T : unmanaged, IBinaryNumber<T>
{
    private const int MostVectors = 8;
    private const int MostBytes = 24 * 64;

    private readonly MicroKernel?[] kernels = new MicroKernel?[(MicroKernels<T>.Rows(width) + 1) * (MostVectors + 1) * 2];

    /// <summary>The most rows of a tile.</summary>
    public int Rows { get; } = MicroKernels<T>.Rows(width);

    /// <summary>Elements of a vector.</summary>
    public int Lanes { get; } = (int)width / sizeof(T);

    /// <summary>The columns of a tile where there are so many rows in all.</summary>
    public int Columns(int rows) => Lanes * MicroKernels<T>.Vectors(width, Math.Max(1, Next(rows)));

    /// <summary>The rows of the next tile: the last two share what is left, for a tile of few rows takes as long as one of some more.</summary>
    public int Next(int left) => left >= 2 * Rows || left == Rows ? Rows : left > Rows ? (left + 1) / 2 : left;

    /// <summary>Columns rounded up to vectors.</summary>
    public int Rounded(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>One panel of columns, of which B has all that there are rounded up to vectors, times all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Panel(int rows, int columns, int depth, in LeftOperand a, byte* b, nint stepB, byte* c, nint rowC, bool add, Ahead ahead = default)
    {
        var vectors = (columns + Lanes - 1) / Lanes;
        var whole = vectors * Lanes == columns;
        var past = streams && whole && ((nint)c | rowC) % (nint)width == 0;
        var tile = stackalloc byte[whole ? 0 : MostBytes];
        var start = a.Start;
        for (int i = 0, count; i < rows; i += count)
        {
            count = Next(rows - i);
            ahead.Fetch(i, i + count, rows);
            var step = a.IsInTiles ? count * sizeof(T) : a.Step;
            var kernel = kernels[(count * (MostVectors + 1) + vectors) * 2 + (past ? 1 : 0)] ??= MicroKernels<T>.Of(new(width, count, vectors, rowStride, indexed, past, fetches && whole, fetchesNext && whole));
            if (whole) kernel(depth, start, a.Row, step, a.Table, b, stepB, c, rowC, add ? 1 : 0);
            else
            {
                kernel(depth, start, a.Row, step, a.Table, b, stepB, tile, vectors * (nint)width, 0);
                for (var r = 0; r < count; r++) Put((T*)(tile + r * vectors * (nint)width), (T*)(c + r * rowC), columns, add);
            }
            start += a.Bytes(count, depth * sizeof(T));
            c += count * rowC;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(T* from, T* to, int count, bool add)
    {
        var i = 0;
        if (!add)
        {
            for (; i <= count - Vector128<T>.Count; i += Vector128<T>.Count) Vector128.Load(from + i).Store(to + i);
            for (; i < count; i++) to[i] = from[i];
            return;
        }
        for (; i <= count - Vector128<T>.Count; i += Vector128<T>.Count) (Vector128.Load(from + i) + Vector128.Load(to + i)).Store(to + i);
        for (; i < count; i++) to[i] = unchecked(to[i] + from[i]);
    }
}
