using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// C = A·B for each of a batch, C's rows one after the other: blocks that fit the caches, after Goto and van de Geijn ("Anatomy of high-performance
/// matrix multiplication", 2008), but for A, whose elements micro-kernels read where they lie, and for B, of which only what is not adjacent, or
/// read often, is copied: where B is fixed, once for all steps of a loop. Where C is small and the depth is great, parts of the depth are tasks, and are summed in order.
/// </summary>
internal sealed unsafe class Gemm<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int SumsToTask = 16 << 10;
    private const int ShortBytes = 2048;
    private const int StepsToCopy = 8;

    private readonly Blocking blocking;
    private readonly Tiling<T> tiles;
    private readonly Matrix a;
    private readonly Matrix b;
    private readonly Source<T> left;
    private readonly Source<T> right;
    private readonly long[] batchA;
    private readonly long[] batchB;
    private readonly Finish? finish;
    private readonly bool readsDown;
    private readonly bool fetchesNext;
    private readonly LoopBody task;
    private readonly LoopBody sum;
    private readonly LoopBody keep;

    public Gemm(Target target, Matrix a, Matrix b, Source<T> left, Source<T> right, long[] batchA, long[] batchB, bool isFixed, Finish? finish, int? toRow = null)
    {
        (this.a, this.b, this.left, this.right, this.batchA, this.batchB, this.finish) = (a, b, left, right, batchA, batchB, finish);
        var (m, n, k) = (a.Rows.Length, b.Columns.Length, b.Rows.Length);
        readsDown = m > 1 && a.RowStride == 1;
        tiles = new(target.Width, readsDown ? 1 : 0, Indexed.Neither);
        blocking = new(
            new(batchA.Length, m, n, k, toRow ?? n),
            sizeof(T),
            new(tiles.Rows, tiles.Columns(m), tiles.Lanes),
            new(readsDown, CanTurn: !left.IsConverted && HasDenseRows(a), IsCopied: left.IsConverted || LiesBadly(a), IsShared: batchA.All(at => at == batchA[0])),
            new(IsCopied: right.IsConverted || !HasDenseRows(b), isFixed));
        tiles = new(target.Width, readsDown || blocking.LeftIsInTiles ? 1 : 0, Indexed.Neither, streams: blocking.IsOuter && finish is null, fetches: blocking.IsFar && !blocking.IsOuter, fetchesNext: blocking.IsLong);
        fetchesNext = blocking.CopiesAll && !blocking.CopiesOnce && !right.IsConverted && HasDenseRows(b) && Sse.IsSupported;
        (task, sum, keep) = (Task, Sum, Keep);
    }

    /// <summary>What a run is given, and how far it is.</summary>
    private struct Operands
    {
        public T* A;
        public T* B;
        public T* C;
        public byte* Scratch;
        public int Depth0;
        public int Depth;
        public int Copied;
    }

    /// <inheritdoc/>
    public long Scratch(int threads) => blocking.Scratch(threads);

    /// <inheritdoc/>
    public long Kept => blocking.KeptBytes;

    /// <inheritdoc/>
    public void Keep(Frame frame, T* y, T* kept)
    {
        var run = new Operands { B = y, Scratch = (byte*)kept, Depth = blocking.K };
        new TaskLoop(blocking.ColumnBlocks, blocking.IsShared).Run(frame, keep, &run);
    }

    private void Keep(Frame frame, void* arguments, int index, int worker) => CopyRight((Operands*)arguments, index);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        if (blocking.M == 0 || blocking.N == 0 || blocking.Batch == 0) return;
        var run = new Operands { A = x, B = y, C = z, Scratch = scratch };
        do
        {
            run.Depth = Math.Min(blocking.SharedDepth, blocking.K - run.Depth0);
            run.Copied = 0;
            blocking.Loop.Run(frame, task, &run);
            run.Depth0 += run.Depth;
        }
        while (run.Depth0 < blocking.K);
        if (blocking.Splits > 1) new TaskLoop((int)((Size + SumsToTask - 1) / SumsToTask), Size > SumsToTask).Run(frame, sum, &run);
    }

    /// <summary>Whether elements of a row lie one after the other, and rows a distance apart.</summary>
    private static bool HasDenseRows(Matrix x) => x is { ColumnStride: 1, RowStride: not null };

    /// <summary>Whether rows, or columns, meet in few lines of the caches: short ones that follow each other do not.</summary>
    private static bool LiesBadly(Matrix x)
    {
        if (x.RowStride is not { } row || x.ColumnStride is not { } column) return true;
        var bytes = Math.Max(Math.Abs(row), Math.Abs(column)) * sizeof(T);
        if (bytes <= ShortBytes && ((column == 1 && row == x.Columns.Length) || (row == 1 && column == x.Rows.Length))) return false;
        return bytes % 512 == 0 || bytes >= 8192;
    }

    private long Size => (long)blocking.Batch * blocking.M * blocking.N;

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var loop = blocking.Loop;
        if (index < loop.Copies)
        {
            if (index >= blocking.RightCopies) CopyLeft(run, index - blocking.RightCopies);
            else CopyRight(run, index);
            TaskLoop.Count(ref run->Copied);
            return;
        }
        loop.Await(ref run->Copied);
        index -= loop.Copies;
        var slot = loop.Slot(frame, index, worker);
        (index, var i) = Math.DivRem(index, blocking.RowBlocks);
        (index, var j) = Math.DivRem(index, blocking.ColumnBlocks);
        var (batch, split) = Math.DivRem(index, blocking.Splits);
        Block(frame, run, slot, batch, split, i * blocking.Rows, j * blocking.PanelsToTask);
    }

    /// <summary>A block of C.</summary>
    private void Block(Frame frame, Operands* run, int slot, int batch, int split, int row, int firstPanel)
    {
        var (untilRow, untilPanel) = (Math.Min(blocking.M, row + blocking.Rows), Math.Min(blocking.Panels, firstPanel + blocking.PanelsToTask));
        var (k0, until) = blocking.Splits > 1
            ? (split * blocking.SplitDepth, Math.Min(blocking.K, (split + 1) * blocking.SplitDepth))
            : (run->Depth0, run->Depth0 + run->Depth);
        var c = (blocking.Splits > 1 ? (T*)run->Scratch + split * Size : run->C) + (long)batch * blocking.M * blocking.ToRow;
        var (x, y) = ((nint)Left(run, batch), blocking.KeptBytes > 0 ? (nint)run->B : (nint)Right(run, batch));
        var copyA = (T*)(run->Scratch + blocking.PartialBytes + blocking.SharedCopyBytes + slot * (blocking.LeftCopyBytes + blocking.PanelCopyBytes));
        var copy = (T*)((byte*)copyA + blocking.LeftCopyBytes);
        var first = k0 == 0 || blocking.Splits > 1;
        do
        {
            var depth = Math.Min(blocking.Depth, until - k0);
            var rowsA = Left(run, (byte*)x, copyA, row, untilRow, k0, depth);
            for (int r = row, rows; r < untilRow; r += rows, rowsA.Start += rowsA.Bytes(rows, depth * sizeof(T)))
            {
                rows = blocking.IsOuter ? tiles.Next(untilRow - r) : untilRow - r;
                for (var panel = firstPanel; panel < untilPanel; panel++)
                {
                    var columns = blocking.ColumnsOf(panel);
                    var rowB = copy;
                    nint stepB = blocking.Rounded(columns);
                    if (blocking.KeptBytes > 0) rowB = (T*)y + ((long)panel * blocking.Columns * blocking.K) + (k0 * stepB);
                    else if (blocking.CopiesOnce) rowB = SharedCopy(run, panel) + (k0 - run->Depth0) * stepB;
                    else if (blocking.CopiesAll || (blocking.CopiesLast && panel == blocking.Panels - 1)) Copy(copy, (byte*)y, panel, k0, depth);
                    else if (depth > 0)
                    {
                        rowB = (T*)y + b.Rows[k0] + (long)panel * blocking.Columns;
                        stepB = (nint)b.RowStride!.Value;
                    }
                    var ahead = fetchesNext ? After((byte*)y, panel, firstPanel, untilPanel, k0, depth, until) : default;
                    tiles.Panel(rows, columns, depth, rowsA, (byte*)rowB, stepB * sizeof(T), (byte*)(c + (long)r * blocking.ToRow + (long)panel * blocking.Columns), (nint)blocking.ToRow * sizeof(T), !first, ahead);
                }
            }
            (k0, first) = (k0 + depth, false);
        }
        while (k0 < until);
        if (finish is not null && blocking.Splits == 1 && k0 == blocking.K) Finished(frame, (byte*)run->C, batch, row, untilRow, firstPanel * blocking.Columns, untilPanel == blocking.Panels ? blocking.ToRow : untilPanel * blocking.Columns);
    }

    /// <summary>What a task copies after a panel, where it lies: the next one of these rows, or the first of the next rows.</summary>
    private Ahead After(byte* y, int panel, int firstPanel, int untilPanel, int row, int rows, int untilRow)
    {
        (panel, row) = panel + 1 < untilPanel ? (panel + 1, row) : (firstPanel, row + rows);
        if (row >= untilRow) return default;
        return new((byte*)((T*)y + b.Rows[row] + b.Columns[panel * blocking.Columns]), (nint)b.RowStride!.Value * sizeof(T), Math.Min(blocking.Depth, untilRow - row), blocking.ColumnsOf(panel) * sizeof(T));
    }

    private byte* Left(Operands* run, int batch) => (byte*)run->A + batchA[batch] * left.Size;

    private byte* Right(Operands* run, int batch) => (byte*)run->B + batchB[batch] * right.Size;

    /// <summary>Rows of A from a column on, where they lie or copied.</summary>
    private LeftOperand Left(Operands* run, byte* x, T* copy, int row, int untilRow, int k0, int depth)
    {
        if (!blocking.CopiesLeft)
        {
            return new()
            {
                Start = (byte*)((T*)x + a.Rows[row] + (depth > 0 ? a.Columns[k0] : 0)),
                Row = (nint)a.RowStride!.Value * sizeof(T),
                Step = (nint)a.ColumnStride!.Value * sizeof(T),
                Table = null,
            };
        }
        if (blocking.CopiesLeftOnce) copy = SharedLeft(run, (row / blocking.Rows * blocking.DepthBlocks) + ((k0 - run->Depth0) / blocking.Depth));
        else if (depth > 0) CopyLeft(x, copy, row, untilRow, k0, depth);
        return blocking.LeftIsInTiles ? new() { Start = (byte*)copy, Row = sizeof(T), IsInTiles = true } : new() { Start = (byte*)copy, Row = blocking.LeftPitch * sizeof(T), Step = sizeof(T) };
    }

    /// <summary>The panels of a task, for all tasks that have its columns.</summary>
    private void CopyRight(Operands* run, int index)
    {
        var until = Math.Min(blocking.Panels, (index + 1) * blocking.PanelsToTask);
        for (var panel = index * blocking.PanelsToTask; panel < until; panel++) Copy(SharedCopy(run, panel), Right(run, 0), panel, run->Depth0, run->Depth);
    }

    /// <summary>Rows of A, as they are or tile by tile; rows that lie one element after the other by a few columns of all tiles, for these lie beside each other.</summary>
    private void CopyLeft(byte* x, T* copy, int row, int untilRow, int k0, int depth)
    {
        if (!blocking.LeftIsInTiles) left.Rows(copy, blocking.LeftPitch, x, a, row, untilRow - row, k0, depth);
        else if (readsDown)
            for (int k = 0, steps; k < depth; k += steps)
            {
                steps = Math.Min(StepsToCopy, depth - k);
                var tile = copy;
                for (int r = row, rows; r < untilRow; r += rows, tile += rows * depth)
                {
                    rows = tiles.Next(untilRow - r);
                    left.Columns(tile + (k * rows), rows, x, a, r, rows, k0 + k, steps);
                }
            }
        else
            for (int r = row, rows; r < untilRow; r += rows, copy += rows * depth)
            {
                rows = tiles.Next(untilRow - r);
                Transposition<T>.Copy((T*)x + a.Rows[r] + a.Columns[k0], a.RowStride!.Value, copy, rows, rows, depth);
            }
    }

    /// <summary>A block of A, for all tasks that have its rows.</summary>
    private void CopyLeft(Operands* run, int block)
    {
        var (i, j) = Math.DivRem(block, blocking.DepthBlocks);
        var (row, depth) = (i * blocking.Rows, Math.Min(blocking.Depth, run->Depth - (j * blocking.Depth)));
        if (depth > 0) CopyLeft(Left(run, 0), SharedLeft(run, block), row, Math.Min(blocking.M, row + blocking.Rows), run->Depth0 + (j * blocking.Depth), depth);
    }

    private T* SharedLeft(Operands* run, int block) => (T*)(run->Scratch + blocking.PartialBytes + blocking.RightCopyBytes + (block * blocking.LeftBlockBytes));

    private T* SharedCopy(Operands* run, int panel) => (T*)(run->Scratch + blocking.PartialBytes) + (long)panel * blocking.Columns * run->Depth;

    private void Copy(T* target, byte* source, int panel, int row, int rows)
    {
        if (rows == 0) return;
        var columns = blocking.ColumnsOf(panel);
        right.Panel(target, blocking.Rounded(columns), source, b, row, rows, panel * blocking.Columns, columns);
    }

    private void Finished(Frame frame, byte* c, int batch, int row, int untilRow, int column, int untilColumn)
    {
        var first = ((long)batch * blocking.M + row) * blocking.ToRow;
        if (untilColumn - column == blocking.ToRow) finish!(frame, c, first, first + (long)(untilRow - row) * blocking.ToRow);
        else
            for (var r = row; r < untilRow; r++, first += blocking.ToRow) finish!(frame, c, first + column, first + untilColumn);
    }

    /// <summary>Elements of C: the sums of those of the parts, the first part's first.</summary>
    private void Sum(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var (from, until) = ((long)index * SumsToTask, Math.Min(Size, (long)(index + 1) * SumsToTask));
        var part = (T*)run->Scratch;
        new ReadOnlySpan<T>(part + from, (int)(until - from)).CopyTo(new(run->C + from, (int)(until - from)));
        for (var s = 1; s < blocking.Splits; s++)
        {
            part += Size;
            var i = from;
            for (; i <= until - Vector256<T>.Count; i += Vector256<T>.Count) (Vector256.Load(run->C + i) + Vector256.Load(part + i)).Store(run->C + i);
            for (; i < until; i++) run->C[i] = unchecked(run->C[i] + part[i]);
        }
        finish?.Invoke(frame, (byte*)run->C, from, until);
    }
}
