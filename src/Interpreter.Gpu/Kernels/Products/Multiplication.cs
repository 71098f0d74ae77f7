using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// How the threads of a group multiply two panels: which rows and columns of the tile a thread has sums of, and how those of a piece of the depth
/// are added.
/// </summary>
internal abstract class Multiplication
{
    /// <summary>How panels hold numbers.</summary>
    public abstract Packing Packing { get; }

    /// <summary>How a panel comes to hold those of an operand.</summary>
    public virtual Packing PackingOf(IMatrix operand) => Packing;

    /// <summary>By how much their lines are padded.</summary>
    public abstract int Padding { get; }

    /// <summary>Whether lines lie as <see cref="Exchange"/> says.</summary>
    public abstract bool AreExchanged { get; }

    /// <summary>The thread's i-th row of the tile.</summary>
    public abstract Value Row(int i);

    /// <summary>The thread's j-th column of the tile.</summary>
    public abstract Value Column(int j);

    /// <summary>Of neighbours in the result as many as one thread has the sums of.</summary>
    public static Neighbours OfThread(Division division, Neighbours most) => most with
    {
        Count = Math.Min(most.Count, (division.Cores, most.AreOfColumn) switch
        {
            (null, var areOfColumn) => ThreadMultiplication.Chunk(areOfColumn ? division.Tile.ThreadRows : division.Tile.ThreadColumns),
            (_, true) => 1,
            _ => Fragments.ColumnsTogether,
        }),
    };

    /// <summary>Adds to a thread's sums the products of a piece of the depth.</summary>
    /// <param name="panels">Where panels are.</param>
    /// <param name="begins">Where those of the piece begin.</param>
    /// <param name="left">The left operand's.</param>
    /// <param name="right">The right operand's.</param>
    /// <param name="sums">The sums.</param>
    public abstract void Add(SharedArray panels, Value begins, Panel left, Panel right, Local[,] sums);
}

/// <summary>Each thread for itself: it reads its rows and columns into registers, and multiplies each by each.</summary>
internal sealed class ThreadMultiplication : Multiplication
{
    private const int Widest = 4;

    private readonly KernelBuilder k;
    private readonly Tile tile;
    private readonly Local top;
    private readonly Local side;

    public ThreadMultiplication(KernelBuilder k, Tile tile, DType type)
    {
        (this.k, this.tile, Packing) = (k, tile, Packing.Plain(type));
        (top, side) = (k.Let(KernelBuilder.Thread / tile.Across * Chunk(tile.ThreadRows)), k.Let(KernelBuilder.Thread % tile.Across * Chunk(tile.ThreadColumns)));
    }

    public override Packing Packing { get; }

    public override int Padding => Widest;

    public override bool AreExchanged => false;

    public override Value Row(int i) => top + Within(i, tile.ThreadRows, tile.Rows);

    public override Value Column(int j) => side + Within(j, tile.ThreadColumns, tile.Columns);

    public override void Add(SharedArray panels, Value begins, Panel left, Panel right, Local[,] sums)
    {
        var (ofRows, ofColumns) = (k.Let(top + begins), k.Let(side + begins));
        for (var d = 0; d < tile.Depth; d++)
        {
            var (rows, columns) = (Read(panels, left, d, ofRows, tile.ThreadRows), Read(panels, right, d, ofColumns, tile.ThreadColumns));
            for (var i = 0; i < rows.Count; i++)
                for (var j = 0; j < columns.Count; j++)
                    k.Set(sums[i, j], Packing.Type.IsFloat ? Value.Fma(rows[i], columns[j], sums[i, j]) : (rows[i] * columns[j]) + sums[i, j]);
        }
    }

    /// <summary>A thread's lines at a step of the depth.</summary>
    private List<Local> Read(SharedArray panels, Panel panel, int d, Value first, int count)
    {
        var (chunk, read) = (Chunk(count), new List<Local>());
        for (var i = 0; i < count; i += chunk) read.AddRange(k.Read(panels, first + panel.Place(d, Within(i, count, panel.Lines)), chunk));
        return read;
    }

    /// <summary>How many of a thread's lines, from each multiple of their number on, are neighbours.</summary>
    public static int Chunk(int ofThread) => ofThread % Widest == 0 ? Widest : ofThread % 2 == 0 ? 2 : 1;

    /// <summary>How far a thread's i-th line of the tile is from its first: they lie in pieces as wide as a read, so that threads beside each other read side by side.</summary>
    private static int Within(int i, int ofThread, int ofTile)
    {
        var chunk = Chunk(ofThread);
        return (i / chunk * (ofTile / (ofThread / chunk))) + (i % chunk);
    }
}

/// <summary>
/// The threads of a warp together, on tensor cores: of 8 × 4 threads, each with as many sums as one has that multiplies for itself, in blocks of
/// 16 × 8. Lines are padded by 8 words, so that the 32 words that a warp reads at a time lie in all banks of shared memory.
/// </summary>
internal sealed class WarpMultiplication : Multiplication
{
    /// <summary>A warp's threads, of a column and of a row.</summary>
    public const int Down = 8, Across = 4;

    private readonly KernelBuilder k;
    private readonly Tile tile;
    private readonly MatrixNumbers numbers;
    private readonly Local row, column;
    private readonly Local[] left, right;

    public WarpMultiplication(KernelBuilder k, Tile tile, MatrixNumbers numbers)
    {
        (this.k, this.tile, this.numbers, Packing) = (k, tile, numbers, Packing.Words(numbers, areRounded: false));
        var (warp, lane) = (k.Let(KernelBuilder.Thread / Fragments.Lanes), k.Let(KernelBuilder.Thread % Fragments.Lanes));
        var (of, along, warps) = (k.Let(lane / 4), k.Let(lane % 4), tile.Columns / Columns);
        var (rows, columns) = (k.Let(warp / warps * Rows), k.Let(warp % warps * Columns));
        (row, column) = (k.Let(rows + of), k.Let(columns + (along * 2)));
        left = Starts(along, tile.Rows, rows, Rows);
        right = Starts(along, tile.Columns, columns, Columns);

        Local[] Starts(Value step, int lines, Local first, int ofWarp) =>
            [.. (AreExchanged ? new Exchange(tile.Depth).Starts(first, of, ofWarp) : [first + of]).Select(start => k.Let((step * (lines + Padding)) + start))];
    }

    /// <summary>A warp's rows.</summary>
    private int Rows => Down * tile.ThreadRows;

    /// <summary>Its columns.</summary>
    private int Columns => Across * tile.ThreadColumns;

    public override Packing Packing { get; }

    public override Packing PackingOf(IMatrix operand) => Packing.Words(numbers, operand.AreRounded);

    public override int Padding => Fragments.Words;

    public override bool AreExchanged => tile.Rows % Exchange.Lines == 0 && tile.Columns % Exchange.Lines == 0;

    public override Value Row(int i) => row + (((i / 2) * Fragments.Rows) + Fragments.Sum(i % 2 * 2).Row);

    public override Value Column(int j) => column + (((j / 2) * Fragments.Columns) + Fragments.Sum(j % 2).Column);

    public override void Add(SharedArray panels, Value begins, Panel leftPanel, Panel rightPanel, Local[,] sums)
    {
        Local[] ofRows = [.. left.Select(s => k.Let(s + begins))], ofColumns = [.. right.Select(s => k.Let(s + begins))];
        for (var d = 0; d < tile.Depth; d += Fragments.Words)
        {
            var factors = Enumerable.Range(0, tile.ThreadColumns / 2).Select(n => Enumerable.Range(0, 2)
                .Select(i => Word(rightPanel, ofColumns, Columns, d + Fragments.RightWord(i), n * Fragments.Columns)).ToArray()).ToArray();
            for (var m = 0; m < tile.ThreadRows / 2; m++)
            {
                var rows = Enumerable.Range(0, 4).Select(i => Fragments.Left(i) is var (down, word) ? Word(leftPanel, ofRows, Rows, d + word, (m * Fragments.Rows) + down) : 0).ToArray();
                for (var n = 0; n < factors.Length; n++)
                    k.MultiplyAccumulate(numbers, [sums[2 * m, 2 * n], sums[2 * m, (2 * n) + 1], sums[(2 * m) + 1, 2 * n], sums[(2 * m) + 1, (2 * n) + 1]], [.. rows], [.. factors[n]]);
            }
        }

        Value Word(Panel panel, Local[] starts, int ofWarp, int along, int line)
        {
            var (within, start) = AreExchanged ? new Exchange(tile.Depth).Of(along, ofWarp) : (0, 0);
            return k.Let(panels[starts[start] + panel.Place(along, line ^ within)]);
        }
    }
}
