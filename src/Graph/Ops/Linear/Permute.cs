using System.Collections.Immutable;

namespace Functional;

/// <summary>Axes in another order: axis i of the result is axis Order[i] of the operand. StableHLO <c>transpose</c>.</summary>
public sealed record Permute(Expr X, Axes Order) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("order", Order)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.permute(ct, Order.Inverse());

    /// <summary>Batching: the batch axis stays in front.</summary>
    internal override Expr Batched(Batching b) => Prelude.permute(b[0], Order.Behind());

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() =>
        Order.Sorted() == Axes.Range(0, X.Rank) ? [X.Type with { Shape = X.Shape.Pick(Order) }]
        : throw Error($"{Order} is not a permutation of the {X.Rank} axes");
}

public static partial class Prelude
{
    /// <summary>Axes in another order: axis i of the result is axis order[i] of x.</summary>
    public static Expr permute(Expr x, Axes order)
    {
        var resolved = order.Resolve(x.Rank, "permute");
        return resolved == Axes.Range(0, x.Rank) ? x : Expr.Of(new Permute(x, resolved));
    }

    /// <summary>The last two axes exchanged: the transpose of each matrix.</summary>
    public static Expr transpose(Expr x) => x.Rank < 2
        ? throw new ShapeError("transpose", [new(x.Label, x.Type)], ["needs at least two axes"])
        : permute(x, Axes.Range(0, x.Rank - 2).Concat([x.Rank - 1, x.Rank - 2]));

    /// <summary>One axis moved to another place, the rest in order.</summary>
    public static Expr moveAxis(Expr x, int from, int to)
    {
        var source = ((Axes)from).Resolve(x.Rank, "moveAxis")[0];
        var target = ((Axes)to).Resolve(x.Rank, "moveAxis")[0];
        var order = new int[x.Rank];
        for (var (axis, at) = (0, 0); axis < order.Length; axis++) order[axis] = axis == target ? source : at++ is var next && next < source ? next : next + 1;
        return permute(x, Axes.Of(order));
    }
}
