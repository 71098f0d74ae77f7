using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// What a group computes of a product at a time: so many rows and columns of the result, by a depth that lies in shared memory; and what of it a
/// thread keeps in registers.
/// </summary>
/// <param name="Rows">The group's rows.</param>
/// <param name="Columns">The group's columns.</param>
/// <param name="Depth">How much of the depth lies in shared memory.</param>
/// <param name="ThreadRows">A thread's rows.</param>
/// <param name="ThreadColumns">A thread's columns.</param>
internal readonly record struct Tile(int Rows, int Columns, int Depth, int ThreadRows, int ThreadColumns)
{
    private static readonly Tile[] All = [new(128, 128, 8, 8, 8), new(128, 64, 8, 8, 4), new(64, 128, 8, 4, 8), new(64, 64, 8, 4, 4), new(32, 64, 16, 2, 4), new(64, 32, 16, 4, 2), new(32, 32, 16, 2, 2), new(16, 16, 16, 1, 1)];
    private static readonly Tile[] Few = [new(4, 8, 2, 2, 2), new(4, 4, 4, 2, 2), new(2, 4, 2, 2, 1)];

    /// <summary>The group's threads.</summary>
    public int Threads => Rows / ThreadRows * (Columns / ThreadColumns);

    /// <summary>Across how many columns of threads it is.</summary>
    public int Across => Columns / ThreadColumns;

    /// <summary>Whether warps of 8 × 4 threads can compute it on tensor cores, by blocks of 16 × 8 and 8 deep.</summary>
    public bool IsOfWarps => Threads % Fragments.Lanes == 0 && ThreadRows % 2 == 0 && ThreadColumns % 2 == 0 && Depth % Fragments.Words == 0;

    /// <summary>The tiles that a device's groups can compute.</summary>
    public static IEnumerable<Tile> Of(Geometry geometry) => (geometry.Threads < 128 ? Few : All).Where(t => t.Threads <= geometry.Threads);

    /// <summary>How many tiles a product has.</summary>
    public long Count(ProductSize size) => (long)((size.Rows + Rows - 1) / Rows) * ((size.Columns + Columns - 1) / Columns) * size.Batch;
}

/// <summary>How a product is divided among groups.</summary>
/// <param name="Tile">What a group computes.</param>
/// <param name="Parts">In how many parts the depth is summed apart, where a product has too few tiles for the device.</param>
/// <param name="Depth">The depth of a part.</param>
/// <param name="Cores">In which numbers tensor cores multiply; null where threads do.</param>
internal readonly record struct Division(Tile Tile, int Parts, int Depth, MatrixNumbers? Cores)
{
    private const int LeastDepth = 32;

    /// <summary>
    /// The division by which a product takes the least time as modelled: the groups that run at once take turns; each takes what its multiply-adds
    /// and its reads of shared memory take, of which a thread needs the fewer the more it keeps in registers; parts are written and read once more.
    /// </summary>
    public static Division Of(ProductSize size, Geometry geometry, MatrixNumbers? cores) =>
        Tile.Of(geometry).Where(t => cores is null || t.IsOfWarps).SelectMany(t => Candidates(t, size, geometry, cores)).MinBy(d => Cost(d, size, geometry));

    private static IEnumerable<Division> Candidates(Tile tile, ProductSize size, Geometry geometry, MatrixNumbers? cores)
    {
        var piece = tile.Depth * (cores?.PerWord() ?? 1);
        for (var parts = 1; parts == 1 || parts * tile.Count(size) <= 2 * geometry.Processors; parts *= 2)
        {
            var depth = ((size.Depth + parts - 1) / parts + piece - 1) / piece * piece;
            if (parts > 1 && (depth < LeastDepth || depth * (parts - 1) >= size.Depth)) break;
            yield return new(tile, parts, depth, cores);
        }
    }

    private static double Cost(Division d, ProductSize size, Geometry geometry)
    {
        var t = d.Tile;
        var (turns, work) = (((t.Count(size) * d.Parts) + geometry.Processors - 1) / geometry.Processors, (double)t.ThreadRows * t.ThreadColumns);
        var multiply = turns * d.Depth * t.Rows * t.Columns * (work + t.ThreadRows + t.ThreadColumns) / work;
        return multiply + (d.Parts > 1 ? 8.0 * (d.Parts + 1) * size.Batch * size.Rows * size.Columns / geometry.Processors : 0);
    }
}
