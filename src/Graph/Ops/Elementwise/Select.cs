using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// x where the predicate holds, y elsewhere. Its rule selects before anything is multiplied, so the branch not taken cannot bring NaN in.
/// StableHLO <c>select</c>.
/// </summary>
public sealed record Select(Expr Predicate, Expr X, Expr Y) : Elementwise
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [Predicate, X, Y];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Select(inputs[0], inputs[1], inputs[2]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => input switch
    {
        1 => Prelude.where(Predicate, t, Prelude.zerosLike(t)),
        2 => Prelude.where(Predicate, Prelude.zerosLike(t), t),
        _ => null,
    };

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() =>
        Predicate.DType != DType.Bool ? throw Error($"the predicate is {Predicate.DType.Text}, not bool: compare it with something")
        : X.Type != Y.Type ? throw Error($"the branches have types {X.Type} and {Y.Type}, which differ")
        : Predicate.Shape != X.Shape ? throw Error($"the predicate's shape {Predicate.Shape} differs from the branches' {X.Shape}")
        : [X.Type];
}

public static partial class Prelude
{
    /// <summary>x where the predicate holds, y elsewhere; the three broadcast against each other.</summary>
    public static Expr where(Expr predicate, Expr x, Expr y)
    {
        var shape = Broadcasting.Common("where", predicate, x, y);
        return Expr.Of(new Select(broadcastTo(predicate, shape), broadcastTo(x, shape), broadcastTo(y, shape)));
    }

    /// <summary>x where the predicate holds, a number elsewhere.</summary>
    public static Expr where(Expr predicate, Expr x, double y) => where(predicate, x, constant(y, x.DType));

    /// <summary>A number where the predicate holds, y elsewhere.</summary>
    public static Expr where(Expr predicate, double x, Expr y) => where(predicate, constant(x, y.DType), y);
}
