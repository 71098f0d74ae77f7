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
    private static readonly Tile[] All = [new(128, 128, 8, 8, 8), new(128, 64, 8, 8, 8), new(64, 128, 8, 8, 8), new(64, 64, 8, 8, 8), new(128, 64, 8, 8, 4), new(64, 128, 8, 4, 8), new(64, 64, 8, 4, 4), new(256, 32, 8, 8, 4), new(32, 256, 8, 4, 8), new(128, 32, 16, 4, 4), new(32, 128, 16, 4, 4), new(32, 64, 16, 2, 4), new(64, 32, 16, 4, 2), new(32, 32, 16, 2, 2), new(16, 16, 16, 1, 1)];
    private static readonly Tile[] Deep = [new(128, 128, 16, 8, 16), new(128, 128, 16, 8, 8), new(128, 64, 16, 8, 8), new(64, 128, 16, 8, 8), new(64, 64, 16, 8, 8), new(128, 64, 16, 8, 4), new(64, 128, 16, 4, 8), new(64, 64, 16, 4, 4), new(64, 64, 32, 4, 4)];
    private static readonly Tile[] Few = [new(4, 8, 2, 2, 2), new(4, 4, 4, 2, 2), new(2, 4, 2, 2, 1)];

    /// <summary>The group's threads.</summary>
    public int Threads => Rows / ThreadRows * (Columns / ThreadColumns);

    /// <summary>Across how many columns of threads it is.</summary>
    public int Across => Columns / ThreadColumns;

    /// <summary>Whether warps of 8 × 4 threads can compute it on tensor cores, by blocks of 16 × 8 and 8 deep.</summary>
    public bool IsOfWarps => Threads % Fragments.Lanes == 0 && ThreadRows % 2 == 0 && ThreadColumns % 2 == 0 && Depth % Fragments.Words == 0;

    /// <summary>The tiles that a device's groups can compute.</summary>
    /// <param name="geometry">The device.</param>
    /// <param name="onCores">Whether on tensor cores, which are done with a piece of the depth so much sooner that deeper ones are worth their room.</param>
    /// <param name="isWide">Whether both operands are read by several at a time: of single reads, those of a deep piece take the registers of the sums.</param>
    public static IEnumerable<Tile> Of(Geometry geometry, bool onCores, bool isWide) =>
        (geometry.Threads < 128 ? Few : onCores && isWide ? [.. All, .. Deep] : All).Where(t => t.Threads <= geometry.Threads && (!onCores || t.IsOfWarps));

    /// <summary>How many tiles a product has.</summary>
    public long Count(ProductSize size) => (long)((size.Rows + Rows - 1) / Rows) * ((size.Columns + Columns - 1) / Columns) * size.Batch;
}
