namespace Functional;

/// <summary>
/// NumPy's rule: shapes are aligned at their last axes, and an axis that is missing or 1 is stretched to the other's extent.
/// Nodes never broadcast implicitly; operators insert <see cref="Broadcast"/> by this rule.
/// </summary>
public static class Broadcasting
{
    /// <summary>The shape that all operands stretch to.</summary>
    /// <exception cref="ShapeError">Two extents of an aligned axis differ and neither is 1.</exception>
    public static Shape Common(string operation, params ReadOnlySpan<Expr> operands)
    {
        var rank = 0;
        foreach (var x in operands) rank = Math.Max(rank, x.Rank);
        var dims = new int[rank];
        Array.Fill(dims, 1);
        foreach (var x in operands)
            for (var axis = 0; axis < x.Rank; axis++)
            {
                ref var dim = ref dims[rank - x.Rank + axis];
                if (dim == 1) dim = x.Shape[axis];
                else if (x.Shape[axis] != 1 && x.Shape[axis] != dim) throw Clash(operation, operands, rank - x.Rank + axis - rank);
            }
        foreach (var x in operands)
            if (x.Shape.Span.SequenceEqual(dims)) return x.Shape;
        return Shape.Of(dims);
    }

    private static ShapeError Clash(string operation, ReadOnlySpan<Expr> operands, int axis)
    {
        var (names, extents) = (new List<Operand>(), new List<string>());
        foreach (var x in operands)
        {
            names.Add(new(x.Label, x.Type));
            if (-axis <= x.Rank) extents.Add($"{x.Shape[^-axis]}");
        }
        return new(operation, [.. names], [$"shapes do not broadcast: at axis {axis} the extents are {string.Join(" and ", extents)}, and neither is 1"]);
    }
}
