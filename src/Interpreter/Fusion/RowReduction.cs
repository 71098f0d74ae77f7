namespace Functional.Interpreter;

/// <summary>A node that makes one number of each row of its operand.</summary>
/// <param name="Kind">Which number.</param>
/// <param name="X">The operand, of batch · rows · columns elements.</param>
/// <param name="Batch">In how many pieces a row lies: one of each row, then the next of each.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Columns">How long the pieces are.</param>
/// <param name="Chooser">The node that only this one reads and that it makes superfluous: the place of the greatest element.</param>
internal sealed record RowReduction(Reduction Kind, Expr X, long Batch, long Rows, long Columns, Expr? Chooser)
{
    private const long FewestRows = 8;
    private const long FewestColumns = 8;

    /// <summary>The reduction that a node is: a sum over the last axes, or over the first and the last, or the greatest or least element along the last.</summary>
    public static RowReduction? Of(Expr node)
    {
        if (node.Op is Sum s) return Pieces(s) is { } batch ? Of(Reduction.Sum, node, s.X, null, batch) : null;
        if (node.Op is not Gather g || g.Axis != g.X.Rank - 1 || g.Batch != g.Axis) return null;
        return g.Indices.Op switch
        {
            ArgMax a when a.X == g.X && a.Axis == g.Axis => Of(Reduction.Max, node, g.X, g.Indices),
            ArgMin a when a.X == g.X && a.Axis == g.Axis => Of(Reduction.Min, node, g.X, g.Indices),
            _ => null,
        };
    }

    private static RowReduction? Of(Reduction kind, Expr node, Expr x, Expr? chooser, long batch = 1) =>
        x.Shape.Size == 0 || x.Shape.Size == node.Shape.Size || x.DType.Size < 4 ? null : new(kind, x, batch, node.Shape.Size, x.Shape.Size / node.Shape.Size / batch, chooser);

    /// <summary>In how many pieces the rows of a sum lie: of one where it is over the last axes, of several where it is over the first as well, and both rows and pieces are worth a loop; null of another.</summary>
    private static long? Pieces(Sum s)
    {
        var (rank, trailing) = (s.X.Rank, 0);
        while (trailing < s.Axes.Count && s.Axes[^(trailing + 1)] == rank - 1 - trailing) trailing++;
        var leading = s.Axes.Count - trailing;
        if (trailing == 0 || (leading > 0 && s.Axes[leading - 1] != leading - 1)) return null;
        if (leading == 0) return 1;
        var (batch, rows, columns) = (s.X.Shape[..leading].Size, s.X.Shape[leading..(rank - trailing)].Size, s.X.Shape[(rank - trailing)..].Size);
        return rows >= FewestRows && columns >= FewestColumns ? batch : null;
    }
}
