namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The rows of a window's result in blocks: what a block meets of the operand, made into one line for each row, is seen from the nearest cache
/// by all rows of the result that meet it. A block has some rows of one plane, or all rows of several.
/// </summary>
internal sealed class WindowBlocks
{
    private const int Bytes = 16 << 10;
    private const int LeastBlocks = 64;

    private readonly long planes;

    /// <param name="rows">The window.</param>
    /// <param name="bytes">What a line has for each column.</param>
    public WindowBlocks(WindowRows rows, int bytes)
    {
        var (each, line) = (Math.Max(1, rows.Rows), Math.Max(1L, (long)rows.Columns * bytes));
        while (true)
        {
            All = [.. Enumerable.Range(0, (rows.Rows + each - 1) / each).Select(b => new Block(rows, b * each, Math.Min(rows.Rows, (b + 1) * each)))];
            Lines = All.Max(b => b.Lines);
            if (each == 1 || Lines * line <= Bytes) break;
            each = (each + 1) / 2;
        }
        Together = All is [{ Runs: [(0, var all)] }] && all * rows.Extent == rows.Plane && rows.MeetAll ? (int)Math.Clamp(Math.Min(Bytes / (line * Lines), rows.Planes / LeastBlocks), 1, int.MaxValue) : 1;
        Count = (rows.Planes + Together - 1) / Together * All.Length;
        Lines *= Together;
        Run = All.SelectMany(b => b.Runs).Select(r => r.Count).DefaultIfEmpty().Min();
        planes = rows.Planes;
    }

    /// <summary>The blocks of a plane.</summary>
    public Block[] All { get; }

    /// <summary>How many planes a block has; more than one only where it has all of their rows, and each window meets something.</summary>
    public int Together { get; }

    /// <summary>How many blocks.</summary>
    public long Count { get; }

    /// <summary>The most lines that one has.</summary>
    public int Lines { get; }

    /// <summary>The fewest adjacent rows of the operand of which lines are made at once.</summary>
    public int Run { get; }

    /// <summary>A block: its planes, and what it has of each.</summary>
    public (long Plane, int Planes, Block Block) this[long index]
    {
        get
        {
            var (group, block) = Math.DivRem(index, All.Length);
            var plane = group * Together;
            return (plane, (int)Math.Min(Together, planes - plane), All[block]);
        }
    }

    /// <summary>Some rows of a plane of the result.</summary>
    public sealed class Block
    {
        private readonly int[] starts;
        private readonly int[] lines;

        public Block(WindowRows rows, int from, int until)
        {
            (From, Until, starts) = (from, until, new int[until - from + 1]);
            var met = new SortedSet<int>();
            for (var row = from; row < until; row++) met.UnionWith(rows.Under(row).ToArray());
            var line = met.Select((row, i) => (row, i)).ToDictionary(x => x.row, x => x.i);
            var (under, runs) = (new List<int>(), new List<(int From, int Count)>());
            for (var row = from; row < until; row++)
            {
                foreach (var of in rows.Under(row)) under.Add(line[of]);
                starts[row - from + 1] = under.Count;
            }
            foreach (var row in met)
                if (runs.Count > 0 && runs[^1] is var (first, count) && first + count == row) runs[^1] = (first, count + 1);
                else runs.Add((row, 1));
            (lines, Runs, Lines) = ([.. under], [.. runs], met.Count);
        }

        /// <summary>The first row.</summary>
        public int From { get; }

        /// <summary>One past the last.</summary>
        public int Until { get; }

        /// <summary>The operand's rows that they meet, in order, adjacent ones together; each has a line.</summary>
        public (int From, int Count)[] Runs { get; }

        /// <summary>How many lines.</summary>
        public int Lines { get; }

        /// <summary>The lines that a row meets, in order.</summary>
        public ReadOnlySpan<int> Under(int row) => lines.AsSpan(starts[row - From]..starts[row - From + 1]);
    }
}
