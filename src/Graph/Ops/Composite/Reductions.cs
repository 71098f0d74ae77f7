namespace Functional;

public static partial class Prelude
{
    /// <summary>The mean of (x − mean)² over some axes (all where none are named), divided by the number of elements.</summary>
    public static Expr variance(Expr x, Axes? axes = null, bool keepDims = false)
    {
        var centred = x - mean(x, axes, keepDims: true);
        return mean(centred * centred, axes, keepDims);
    }

    /// <summary>The square root of <see cref="variance"/>.</summary>
    public static Expr std(Expr x, Axes? axes = null, bool keepDims = false) => sqrt(variance(x, axes, keepDims));

    /// <summary>The product over some axes (all where none are named), by a tree of products of halves, so that its derivative is right at zeros too. The empty product is 1.</summary>
    public static Expr prod(Expr x, Axes? axes = null, bool keepDims = false)
    {
        var over = ReducedAxes(x, axes, "prod");
        var kept = over.Rest(x.Rank);
        var y = reshape(permute(x, over.Concat(kept)), Shape.Of([checked((int)x.Shape.Pick(over).Size)]).Concat(x.Shape.Pick(kept)));
        if (y.Shape[0] == 0) y = ones(x.Type with { Shape = y.Shape.With(0, 1) });
        while (y.Shape[0] > 1)
        {
            var half = y.Shape[0] / 2;
            var product = slice(y, 0, ..half) * slice(y, 0, half..(2 * half));
            y = y.Shape[0] % 2 == 0 ? product : concat(0, product, slice(y, 0, (2 * half)..));
        }
        y = squeeze(y, 0);
        return keepDims ? KeepDims(y, x, over) : y;
    }

    /// <summary>Whether some element along the axes (all where none are named) is true.</summary>
    public static Expr any(Expr x, Axes? axes = null, bool keepDims = false) => greater(Count(x, axes, keepDims, "any"), 0);

    /// <summary>Whether every element along the axes (all where none are named) is true.</summary>
    public static Expr all(Expr x, Axes? axes = null, bool keepDims = false) => equal(Count(not(x), axes, keepDims, "all"), 0);

    private static Expr Count(Expr x, Axes? axes, bool keepDims, string verb) => x.DType == DType.Bool
        ? sum(convert(x, DType.I64), axes, keepDims)
        : throw new ShapeError(verb, [new(x.Label, x.Type)], ["needs truth values: compare with something first"]);

    /// <summary>Whether each element is not a number.</summary>
    public static Expr isNan(Expr x) => notEqual(x, x);

    /// <summary>Whether each element is neither infinite nor NaN.</summary>
    public static Expr isFinite(Expr x) => x.DType.IsFloat ? less(abs(x), double.PositiveInfinity) : equal(x, x);
}
