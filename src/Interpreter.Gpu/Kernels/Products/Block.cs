using System.Collections.Immutable;

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
    private const int VectorBytes = 32, Registers = 32, LeastSums = 8, MostSums = 128, PerBlock = 200, PerResult = 4, PerCopied = 4;

    /// <summary>All that threads can compute.</summary>
    public static ImmutableArray<Block> All { get; } =
    [
        .. from isAcross in new[] { true, false }
           from lanes in new[] { 32, 16, 8, 4, 1 }
           from others in new[] { 8, 6, 4, 2, 1 }
           where lanes * others <= MostSums
           select new Block(isAcross, lanes, others),
    ];

    /// <summary>
    /// The block by which some products take the least time as modelled: that of multiply-adds and of reads for them, more where sums do not fit into
    /// registers, and that of copies, of operands of which lanes do not lie side by side or whose numbers are not the result's.
    /// </summary>
    public static Block Of(ProductSize size, DType type, StridedOperand left, DType leftType, StridedOperand right, DType rightType, int processors) =>
        All.MinBy(b =>
            b.Cost(size, type, b.Copies(b.IsAcross ? right : left, b.IsAcross ? rightType : leftType, type), (b.IsAcross ? leftType : rightType) != type, processors));

    /// <summary>Whether the operand of lanes is read from a copy.</summary>
    public bool Copies(StridedOperand operand, DType from, DType to)
    {
        var (run, lines) = (operand.Run, operand.Lines.Aggregate(1, (n, a) => n * a.Extent));
        return from != to || (run % Lanes != 0 && (run < lines || run < Lanes));
    }

    /// <summary>In how many blocks lines are computed.</summary>
    public static int Count(int lines, int ofBlock) => (lines + ofBlock - 1) / ofBlock;

    private double Cost(ProductSize size, DType type, bool copiesLanes, bool copiesOthers, int processors)
    {
        var (lanes, others) = IsAcross ? (size.Columns, size.Rows) : (size.Rows, size.Columns);
        var blocks = (double)Count(lanes, Lanes) * Count(others, Others) * size.Batch;
        var vectors = ((Lanes * type.Size) + VectorBytes - 1) / VectorBytes;
        var step = Math.Max(LeastSums, (Others * vectors) + Others + vectors) * (((Others + 1) * vectors) + 1 > Registers ? 2.0 : 1);
        var copied = (double)size.Batch * size.Depth * ((copiesLanes ? lanes : 0) + (copiesOthers ? others : 0));
        return (Math.Ceiling(blocks / processors) * ((size.Depth * step) + PerBlock + (PerResult * Lanes * Others))) + (PerCopied * copied / processors);
    }
}
