using System.Numerics;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// How a product is divided among groups: by what takes the least time as modelled, which depends on nothing but the product and the device.
///
/// A multiprocessor's groups share its units. Of a piece of the depth, it takes the longest of what its multiply-adds take, what shared memory takes
/// and what the second-level cache takes; threads that multiply for themselves issue their reads beside their multiply-adds, so that both add up.
/// To fetch from memory takes instructions, the fewer the more neighbours one access brings; what is fetched comes a latency later, during which as
/// many pieces are multiplied as groups have room, by the registers of their threads. A multiprocessor of fewer than two warps for each of its four
/// schedulers waits for single instructions, too: with half as many it is taken to do three quarters. Parts of the depth are written, and read by
/// another kernel. Where each multiprocessor has many groups one after another, they do not end together, and half of the last turn is lost.
///
/// In cycles of one multiprocessor, from NVIDIA's whitepapers of A100 and H100 (108 at 1.41 GHz, 132 at 1.83 GHz): multiply-adds 64 or 128 of f32, on
/// tensor cores 512 or 1,024 of TF32 (156 and 495 TFLOP/s), twice as many of 16 bits, of which mma.sync reaches about 60 % on H100; so the figures of
/// A100 are taken for both. Shared memory 32 words; the cache 5,120 bytes for all, which is 47 and 39; memory 1.56 and 3.35 TB/s, which is 10 and 14. No
/// GPU has been timed: what is modelled is the order of tiles, not their time.
///
/// The compiled program remembers what is chosen, and <see cref="Gpu.Compile"/> the program: to choose takes 5 to 41 µs, little beside what the
/// kernel's compilation takes, so that no table of shapes is kept beside.
/// </summary>
/// <param name="Tile">What a group computes.</param>
/// <param name="Parts">In how many parts the depth is summed apart, where a product has too few tiles for the device.</param>
/// <param name="Depth">The depth of a part.</param>
/// <param name="Cores">In which numbers tensor cores multiply; null where threads do.</param>
internal readonly record struct Division(Tile Tile, int Parts, int Depth, MatrixNumbers? Cores)
{
    private const int LeastDepth = 32, MostTurns = 2, ManyTurns = 8;
    private const double ThreadMultiplyAdds = 64, CoreMultiplyAdds = 512, SharedWords = 32, CacheBytes = 40, Lanes = 128;
    private const double Fetching = 10, Meeting = 20, Latency = 600, Launch = 2000;
    private const int EnoughThreads = 256, Registers = 65536, MostThreads = 2048, OtherRegisters = 40, OfAccess = 2, WordBytes = 4;

    /// <summary>The division that is modelled to take the least time.</summary>
    /// <param name="size">The product.</param>
    /// <param name="geometry">The device.</param>
    /// <param name="cores">In which numbers tensor cores multiply; null where threads do.</param>
    /// <param name="left">How many neighbours of the left operand one access reads.</param>
    /// <param name="right">How many of the right.</param>
    public static Division Of(ProductSize size, Geometry geometry, MatrixNumbers? cores, int left, int right) =>
        Tile.Of(geometry, cores is not null, left > 1 && right > 1).SelectMany(t => Candidates(t, size, geometry, cores)).MinBy(d => d.Cycles(size, geometry, left, right));

    /// <summary>A tile with the depth as a whole, halved again and again, and in as many parts as multiprocessors have groups for at once or in two turns.</summary>
    private static IEnumerable<Division> Candidates(Tile tile, ProductSize size, Geometry geometry, MatrixNumbers? cores)
    {
        var (piece, most) = (tile.Depth * (cores?.PerWord() ?? 1), MostTurns * geometry.Processors / tile.Count(size));
        for (var parts = 1L; parts == 1 || parts <= most; parts *= 2)
            if (Candidate(parts) is { } division) yield return division;
        for (var turns = 1; turns <= MostTurns; turns++)
            if (turns * geometry.Processors / tile.Count(size) is > 1 and var parts && !BitOperations.IsPow2(parts) && Candidate(parts) is { } division) yield return division;

        Division? Candidate(long parts)
        {
            var depth = (int)(((size.Depth + parts - 1) / parts + piece - 1) / piece * piece);
            return parts == 1 || (depth >= LeastDepth && depth * (parts - 1) < size.Depth) ? new(tile, (int)parts, depth, cores) : null;
        }
    }

    /// <summary>How many numbers a word of shared memory holds.</summary>
    private int PerWord => Cores?.PerWord() ?? 1;

    /// <summary>What the product takes.</summary>
    public double Cycles(ProductSize size, Geometry geometry, int left, int right)
    {
        var (groups, pieces) = (Tile.Count(size) * Parts, (Depth + (Tile.Depth * PerWord) - 1) / (Tile.Depth * PerWord));
        var full = (double)groups / geometry.Processors;
        var turns = full > ManyTurns ? full + 0.5 : Math.Ceiling(full);
        var resident = Math.Min(Resident(left, right), turns);
        var piece = PieceCycles(left, right) / Math.Min(1, (resident * Tile.Threads + EnoughThreads) / (2.0 * EnoughThreads));
        var cycles = (turns * pieces * Math.Max(piece, Latency / resident)) + piece;
        return cycles + (Parts == 1 ? 0 : Launch + ((double)WordBytes * ((2 * Parts) + 1) * size.Batch * size.Rows * size.Columns / geometry.Processors / CacheBytes));
    }

    /// <summary>What a group's piece of the depth takes of a multiprocessor.</summary>
    private double PieceCycles(int left, int right)
    {
        var (work, lines) = ((double)Tile.Rows * Tile.Columns * Tile.Depth, (Tile.Rows + Tile.Columns) * Tile.Depth);
        var fetch = Fetching * Accesses(left, right) / Lanes;
        var cache = lines * WordBytes / CacheBytes;
        if (Cores is null) return Math.Max((work / ThreadMultiplyAdds * (1 + ((double)(Tile.ThreadRows + Tile.ThreadColumns) / (Tile.ThreadRows * Tile.ThreadColumns)))) + fetch, cache) + Meeting;
        var ofWarp = (WarpMultiplication.Down * Tile.ThreadRows) + (WarpMultiplication.Across * Tile.ThreadColumns);
        var shared = (lines + (Tile.Threads / Fragments.Lanes * ofWarp * Tile.Depth)) / SharedWords;
        return Math.Max(Math.Max(work / CoreMultiplyAdds, shared), cache) + fetch + Meeting;
    }

    /// <summary>The accesses by which a group fetches a piece of the depth: single numbers of 16 bits make half a word each.</summary>
    private double Accesses(int left, int right) => Tile.Depth * PerWord * (((double)Tile.Rows / left) + ((double)Tile.Columns / right));

    /// <summary>How many groups have room on a multiprocessor, by the registers of their threads: for sums, what is fetched meanwhile and where it is, and others.</summary>
    private int Resident(int left, int right)
    {
        var registers = OtherRegisters + (Tile.ThreadRows * Tile.ThreadColumns) + ((Tile.Rows + Tile.Columns) * Tile.Depth / Tile.Threads) + (int)(OfAccess * Accesses(left, right) / PerWord / Tile.Threads);
        return Math.Max(1, Math.Min(Registers / registers, MostThreads) / Tile.Threads);
    }
}
