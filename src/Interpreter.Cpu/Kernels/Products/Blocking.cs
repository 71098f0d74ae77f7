namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>How many products A·B = C there are, and how large.</summary>
/// <param name="Batch">How many.</param>
/// <param name="M">The rows of A and C.</param>
/// <param name="N">The columns of B and C.</param>
/// <param name="K">The columns of A and rows of B.</param>
/// <param name="ToRow">From a row of C to the next: N, or, where the depth is not divided, more.</param>
internal readonly record struct ProductExtents(int Batch, int M, int N, int K, int ToRow);

/// <summary>What of C a micro-kernel keeps in registers.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Lanes">Elements of a vector.</param>
internal readonly record struct RegisterTile(int Rows, int Columns, int Lanes);

/// <summary>How A is read.</summary>
/// <param name="ReadsDown">Whether its columns lie in memory one after the other.</param>
/// <param name="CanTurn">Whether elements of a row lie one after the other, as they are, so that a copy may have those of a column so.</param>
/// <param name="IsCopied">Whether blocks of it are copied before they are read.</param>
/// <param name="IsShared">Whether all products of a batch have the same.</param>
internal readonly record struct LeftReading(bool ReadsDown, bool CanTurn, bool IsCopied, bool IsShared);

/// <summary>How B is read.</summary>
/// <param name="IsCopied">Whether it must be copied, for it is converted or its rows do not lie one after the other.</param>
/// <param name="IsFixed">Whether it is the same at each step of a loop.</param>
internal readonly record struct RightReading(bool IsCopied, bool IsFixed);

/// <summary>
/// How a product is divided: by its shape, the vectors and how A and B lie, and not by the number of threads. A block of C is a task; B is copied in
/// panels of columns, by each task as it needs it where one task has all rows, else once for all tasks. A's part of a block is copied where it lies
/// badly: rows whose distance is a multiple of a large power of two would meet in the same few lines of the caches. That, too, is done once for all
/// tasks that have the same rows, or of a batch that all has the same A, and then tile by tile; of another batch, a task that copies has all of a few
/// panels. Where tasks read all of an A that is far from them, they are few. B of a loop, the same at each step, is copied before the first where A
/// has no more rows than that copying counts, and more than a few or B would be copied at each step. Where A has so few rows that reading B is most
/// of the work, tasks read long runs of its rows, or, copying it, of its columns.
/// </summary>
internal sealed class Blocking
{
    private const int PanelBytes = 32 << 10;
    private const int SharedBytes = 4 << 20;
    private const int RowsToTask = 384;
    private const int RowsToTaskOfBatch = 528;
    private const long FlopsToTask = 500_000;
    private const long FlopsToShare = 1_500_000;
    private const int MostTasks = 48;
    private const int LineBytes = 64;
    private const int ShallowDepth = 64;
    private const long CachedBytes = 16 << 20;
    private const int LongRowTiles = 3;
    private const int LongBytes = 2048;
    private const int LongDepth = 256;
    private const int LongCopiedDepth = 1024;
    private const int LeastLongTasks = 8;
    private const int FewRowsOfKept = 4;
    private const int MostRowsOfKept = 128;
    private const int TasksOfKept = 8;
    private const long StreamedBytes = 2 << 20;
    private const int FewPanels = 8;
    private const long FarBytes = 1 << 20;
    private const int Workers = 8;

    /// <param name="c">How many products, and how large.</param>
    /// <param name="size">The bytes of an element.</param>
    /// <param name="tile">What of C is kept in registers.</param>
    /// <param name="a">How A is read.</param>
    /// <param name="b">How B is read.</param>
    public Blocking(ProductExtents c, int size, RegisterTile tile, LeftReading a, RightReading b)
    {
        var (batch, m, n, k, toRow) = c;
        var (tileRows, tileColumns, lanes) = tile;
        (Batch, M, N, ToRow, K, Columns) = (batch, m, n, toRow, k, tileColumns);
        var flops = 2L * batch * m * n * k;
        IsShared = flops >= FlopsToShare;
        Panels = Blocks(n, tileColumns);
        RowBlocks = Blocks(m, batch > 1 ? RowsToTaskOfBatch : RowsToTask);
        Rows = Blocks(Blocks(m, RowBlocks), tileRows) * tileRows;
        RowBlocks = Blocks(m, Rows);
        var tasks = (int)Math.Clamp(flops / FlopsToTask, 1, MostTasks);
        var tiles = (long)Panels * Blocks(m, tileRows) * batch;
        if (tiles < 8 && k >= 1024) Splits = Math.Min(tasks, k / 256);
        SplitDepth = Blocks(k, Splits);
        Splits = Math.Max(1, Blocks(k, SplitDepth));
        PanelsToTask = a.IsCopied && Panels <= FewPanels && batch * RowBlocks % Workers == 0 ? Panels : Blocks(Panels, Math.Max(1, Blocks(tasks, RowBlocks * batch * Splits)));
        if (RowBlocks * Splits * batch == 1 && (long)m * k * size > FarBytes) PanelsToTask = Math.Max(PanelsToTask, Panels / Workers);
        ColumnBlocks = Blocks(Panels, PanelsToTask);
        Depth = Math.Max(1, PanelBytes / (tileColumns * size));
        Depth = Blocks(SplitDepth, Blocks(SplitDepth, Depth));

        var keeps = b.IsFixed && batch == 1 && (b.IsCopied || m > FewRowsOfKept) && m <= MostRowsOfKept && k > 0;
        if (keeps)
        {
            Splits = 1;
            SplitDepth = k;
            PanelsToTask = Blocks(Panels, Math.Min(tasks, TasksOfKept));
            ColumnBlocks = Blocks(Panels, PanelsToTask);
        }
        else if (m <= LongRowTiles * tileRows && !b.IsCopied && n * (long)size >= 2 * LongBytes && n * (long)size * k >= StreamedBytes)
        {
            PanelsToTask = Math.Max(1, LongBytes / (tileColumns * size));
            ColumnBlocks = Blocks(Panels, PanelsToTask);
            Splits = Math.Clamp(LeastLongTasks / (ColumnBlocks * batch), 1, Math.Max(1, k / LongDepth));
            SplitDepth = Blocks(k, Splits);
            Splits = Blocks(k, SplitDepth);
            Depth = Blocks(SplitDepth, Blocks(SplitDepth, LongDepth));
            IsLong = true;
        }
        else if (m <= LongRowTiles * tileRows && b.IsCopied && n * (long)size * k >= StreamedBytes)
        {
            Depth = Blocks(SplitDepth, Blocks(SplitDepth, LongCopiedDepth));
        }
        CopiesAll = !keeps && (b.IsCopied || m > 4 * tileRows);
        CopiesLast = CopiesAll || (!keeps && n % lanes != 0);
        CopiesOnce = CopiesAll && RowBlocks > 1 && batch == 1 && Splits == 1 && k > 0;
        IsOuter = k <= ShallowDepth && (CopiesOnce || !CopiesLast) && (long)batch * m * n * size >= CachedBytes && toRow * size % LineBytes == 0;
        IsFar = (long)batch * m * n * size >= FarBytes;
        CopiesLeftOnce = a.IsCopied && (batch == 1 ? ColumnBlocks > 3 : a.IsShared) && Splits == 1 && k > 0;
        var longest = Math.Max(CopiesOnce ? n : 0, CopiesLeftOnce ? m : 0);
        SharedDepth = longest > 0 ? Math.Min(K, Math.Max(Depth, (int)(SharedBytes / ((long)longest * size) / Depth * Depth))) : K;
        Lanes = lanes;
        PartialBytes = Splits > 1 ? Aligned((long)Splits * batch * m * n * size) : 0;
        CopiesLeft = a.IsCopied;
        LeftIsInTiles = a.IsCopied && (a.ReadsDown || (a.CanTurn && CopiesLeftOnce));
        LeftPitch = LeftIsInTiles ? Depth : Pitch(Depth, size);
        LeftBlockBytes = a.IsCopied ? Aligned((long)Math.Min(Rows, m) * LeftPitch * size) : 0;
        DepthBlocks = Blocks(SharedDepth, Depth);
        RightCopyBytes = CopiesOnce ? Aligned((long)Rounded(n) * SharedDepth * size) : 0;
        SharedCopyBytes = RightCopyBytes + (CopiesLeftOnce ? RowBlocks * DepthBlocks * LeftBlockBytes : 0);
        LeftCopyBytes = CopiesLeftOnce ? 0 : LeftBlockBytes;
        KeptBytes = keeps ? Aligned((long)Rounded(n) * k * size) : 0;
        PanelCopyBytes = CopiesOnce || !CopiesLast ? 0 : Aligned((long)(CopiesAll ? Math.Min(tileColumns, Rounded(n)) : Rounded(n - (Panels - 1) * tileColumns)) * Depth * size);
    }

    public int Batch { get; }

    public int M { get; }

    public int N { get; }

    /// <summary>From a row of C to the next: N, or, where the depth is not divided, more.</summary>
    public int ToRow { get; }

    public int K { get; }

    /// <summary>Elements of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Whether threads share the work.</summary>
    public bool IsShared { get; }

    /// <summary>The columns of a panel.</summary>
    public int Columns { get; }

    /// <summary>The panels of B.</summary>
    public int Panels { get; }

    /// <summary>The rows of a task.</summary>
    public int Rows { get; }

    /// <summary>
    /// Whether most of the work is to write C, the depth being small, and C too large to be found in the caches by what reads it next: a tile's rows
    /// then pass over all panels of a task before the next do, so that C is written in long runs.
    /// </summary>
    public bool IsOuter { get; }

    /// <summary>Whether C has left the caches near to a processor when it is written, or added to.</summary>
    public bool IsFar { get; }

    /// <summary>Whether tasks read long runs of B's rows, as they lie.</summary>
    public bool IsLong { get; }

    /// <summary>Into how many blocks the rows are divided.</summary>
    public int RowBlocks { get; }

    /// <summary>The panels of a task.</summary>
    public int PanelsToTask { get; }

    /// <summary>Into how many blocks the columns are divided.</summary>
    public int ColumnBlocks { get; }

    /// <summary>Into how many parts the depth is divided that are summed in the end.</summary>
    public int Splits { get; } = 1;

    /// <summary>The depth of such a part.</summary>
    public int SplitDepth { get; }

    /// <summary>The depth of a block, of which a panel of B stays in the first-level cache.</summary>
    public int Depth { get; }

    /// <summary>The depth of which B, or A, is copied at once for all tasks.</summary>
    public int SharedDepth { get; }

    /// <summary>How many blocks that is.</summary>
    public int DepthBlocks { get; }

    /// <summary>Whether all panels are copied.</summary>
    public bool CopiesAll { get; }

    /// <summary>Whether the last panel is.</summary>
    public bool CopiesLast { get; }

    /// <summary>Whether panels are copied once for all tasks.</summary>
    public bool CopiesOnce { get; }

    /// <summary>Whether blocks of A are.</summary>
    public bool CopiesLeftOnce { get; }

    /// <summary>The tasks that copy panels for all others.</summary>
    public int RightCopies => CopiesOnce ? ColumnBlocks : 0;

    /// <summary>The tasks between which nothing is ordered, after those that copy for all others.</summary>
    public TaskLoop Loop => new(Batch * Splits * ColumnBlocks * RowBlocks, IsShared, RightCopies + (CopiesLeftOnce ? RowBlocks * DepthBlocks : 0));

    /// <summary>For parts of the depth.</summary>
    public long PartialBytes { get; }

    /// <summary>For the panels that are copied for all.</summary>
    public long RightCopyBytes { get; }

    /// <summary>For these, and the blocks of A that are copied for all.</summary>
    public long SharedCopyBytes { get; }

    /// <summary>For all of B, copied before and kept.</summary>
    public long KeptBytes { get; }

    /// <summary>For a panel that a task copies.</summary>
    public long PanelCopyBytes { get; }

    /// <summary>Whether A is not read where it lies.</summary>
    public bool CopiesLeft { get; }

    /// <summary>Whether its copies lie tile by tile, one column after the other in each: where its rows do, or where all tasks read them.</summary>
    public bool LeftIsInTiles { get; }

    /// <summary>The elements that a row of the copy of a block of A takes.</summary>
    public int LeftPitch { get; }

    /// <summary>A block of A, copied.</summary>
    public long LeftBlockBytes { get; }

    /// <summary>For a block of A that a task copies.</summary>
    public long LeftCopyBytes { get; }

    /// <summary>The columns of a panel.</summary>
    public int ColumnsOf(int panel) => Math.Min(Columns, N - panel * Columns);

    /// <summary>Columns rounded up to vectors.</summary>
    public int Rounded(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>The memory that a product works in.</summary>
    public long Scratch(int threads) => PartialBytes + SharedCopyBytes + Loop.Slots(threads) * (LeftCopyBytes + PanelCopyBytes);

    /// <summary>A distance that is an odd number of cache lines.</summary>
    public static int Pitch(int extent, int size) => (int)((Aligned((long)extent * size) | 64) / size);

    private static int Blocks(int extent, int each) => each == 0 ? 0 : (extent + each - 1) / each;

    /// <summary>Bytes rounded up to cache lines.</summary>
    public static long Aligned(long bytes) => (bytes + 63) / 64 * 64;
}
