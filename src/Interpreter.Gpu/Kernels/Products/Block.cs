using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// What a processor's thread, alone in its group, computes of a product, its sums in registers: some lines of one operand that lie side by side in
/// memory, of which its compiler makes vectors, by each of some lines of the other.
/// </summary>
/// <param name="IsAcross">Whether the lines of vectors are the result's columns, rather than its rows.</param>
/// <param name="Lanes">The lines of vectors.</param>
/// <param name="Others">The other operand's lines.</param>
internal readonly record struct Block(bool IsAcross, int Lanes, int Others)
{
    private const int MostSums = 192;

    /// <summary>All that threads can compute.</summary>
    public static ImmutableArray<Block> All { get; } =
    [
        .. from isAcross in new[] { true, false }
           from lanes in new[] { 64, 56, 48, 32, 28, 16, 8, 4, 1 }
           from others in new[] { 12, 8, 6, 4, 2, 1 }
           where lanes * others <= MostSums
           select new Block(isAcross, lanes, others),
    ];

    /// <summary>In how many parts of a length, the last perhaps shorter, so many are divided.</summary>
    public static int Count(int all, int length) => (all + length - 1) / length;

    /// <summary>How many blocks there are along vectors, in an operand that is read where it lies: each within a run.</summary>
    public int Along(StridedOperand operand) => operand.Count / operand.Run * Count(operand.Run, Lanes);
}

/// <summary>How some products are divided among a processor's threads, and which operands are copied before, so that lanes lie side by side and in the order in which they are read.</summary>
/// <param name="Block">What a thread computes at a time.</param>
/// <param name="CopiesLanes">Whether the operand of vectors is.</param>
/// <param name="CopiesOthers">Whether the other one is.</param>
internal readonly record struct BlockDivision(Block Block, bool CopiesLanes, bool CopiesOthers)
{
    private const int LineBytes = 64;
    private const double LeastSums = 8, PerLine = 2, Far = 4, PerBlock = 400, PerResult = 8, PerCopied = 4, PerLaunch = 20_000;

    /// <summary>
    /// The division by which some products take the least time as modelled, in halves of a core's cycles: of multiply-adds and of reads for them, more where
    /// sums do not fit into registers; of lines of cache that are read for each step along the depth; and of copies and their launches. The numbers of some operands are not the result's: these are copied.
    /// </summary>
    public static BlockDivision Of(ProductSize size, DType type, StridedOperand left, bool copiesLeft, StridedOperand right, bool copiesRight, Geometry geometry) =>
        (from block in Block.All
         let lanes = block.IsAcross ? right : left
         let others = block.IsAcross ? left : right
         from copiesLanes in new[] { false, true }
         where copiesLanes || !((block.IsAcross ? copiesRight : copiesLeft) || lanes.Run < block.Lanes)
         from copiesOthers in new[] { false, true }
         where copiesOthers || !(block.IsAcross ? copiesLeft : copiesRight)
         select new BlockDivision(block, copiesLanes, copiesOthers)).MinBy(d =>
            d.Cost(size, type, d.Block.IsAcross ? right : left, d.Block.IsAcross ? left : right, geometry));

    private double Cost(ProductSize size, DType type, StridedOperand lanes, StridedOperand others, Geometry geometry)
    {
        var (across, down, vectors) = (Block.Lanes, Block.Others, Block.Count(Block.Lanes * type.Size, geometry.VectorBytes));
        var blocks = (double)size.Batch * (CopiesLanes ? Block.Count(lanes.Count, across) : Block.Along(lanes)) * Block.Count(others.Count, down);
        var step = Math.Max(LeastSums, (down * vectors) + down + vectors) * (((down + 1) * vectors) + 1 > geometry.VectorRegisters ? 2 : 1);
        var read = (CopiesLanes ? 0 : Read(lanes, across, type)) + (CopiesOthers ? 0 : Read(others, down, type));
        var copied = (CopiesLanes ? Copied(lanes, across, type) : 0) + (CopiesOthers ? Copied(others, down, type) : 0);
        return (Math.Ceiling(blocks / geometry.Processors) * ((size.Depth * (step + read)) + PerBlock + (PerResult * across * down))) + (copied * size.Batch * size.Depth / geometry.Processors)
            + (CopiesLanes ? PerLaunch : 0) + (CopiesOthers ? PerLaunch : 0);
    }

    private static double Copied(StridedOperand operand, int side, DType type) => Block.Count(operand.Count, side) * ((PerCopied * side) + (Far * Read(operand, side, type)));

    /// <summary>What it takes to read lines of cache for a step along the depth that the step before has not read, where the operand is read as it lies.</summary>
    private static double Read(StridedOperand operand, int lines, DType type)
    {
        var (along, bytes) = (operand.Depth.LastOrDefault(a => a.Extent > 1, new(1, 1)), (double)type.Size / LineBytes);
        var each = Math.Abs(along.Stride) * bytes;
        return each < 1 ? lines * each : PerLine * (operand.Run >= lines ? Math.Ceiling(lines * bytes) : lines);
    }
}
