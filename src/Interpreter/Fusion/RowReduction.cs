namespace Functional.Interpreter;

/// <summary>A node that makes one number of each row of its operand.</summary>
/// <param name="Kind">Which number.</param>
/// <param name="X">The operand.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Columns">How long they are.</param>
/// <param name="Chooser">The node that only this one reads and that it makes superfluous: the place of the greatest element.</param>
internal sealed record RowReduction(Reduction Kind, Expr X, long Rows, long Columns, Expr? Chooser)
{
    /// <summary>The reduction that a node is: a sum over the last axes, or the greatest or least element along the last.</summary>
    public static RowReduction? Of(Expr node)
    {
        if (node.Op is Sum s && s.Axes.Count > 0 && s.Axes[^1] == s.X.Rank - 1 && s.Axes[0] == s.X.Rank - s.Axes.Count) return Of(Reduction.Sum, node, s.X, null);
        if (node.Op is not Gather g || g.Axis != g.X.Rank - 1 || g.Batch != g.Axis) return null;
        return g.Indices.Op switch
        {
            ArgMax a when a.X == g.X && a.Axis == g.Axis => Of(Reduction.Max, node, g.X, g.Indices),
            ArgMin a when a.X == g.X && a.Axis == g.Axis => Of(Reduction.Min, node, g.X, g.Indices),
            _ => null,
        };
    }

    private static RowReduction? Of(Reduction kind, Expr node, Expr x, Expr? chooser) =>
        x.Shape.Size == 0 || x.Shape.Size == node.Shape.Size || x.DType.Size < 4 ? null : new(kind, x, node.Shape.Size, x.Shape.Size / node.Shape.Size, chooser);
}
