using System.Collections.Immutable;

namespace Functional;

/// <summary>The elements in opposite order along some axes. StableHLO <c>reverse</c>.</summary>
public sealed record Reverse(Expr X, Axes Axes) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axes", Axes)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.reverse(ct, Axes);

    /// <summary>Batching: the same axes, one further in.</summary>
    internal override Expr Batched(Batching b) => Prelude.reverse(b[0], Axes.Map(a => a + 1));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => Axes.Resolve(X.Rank, Name) == Axes ? [X.Type] : throw Error($"axes {Axes} are not resolved");
}

public static partial class Prelude
{
    /// <summary>The elements in opposite order along some axes.</summary>
    public static Expr reverse(Expr x, Axes axes)
    {
        var resolved = axes.Resolve(x.Rank, "reverse").Sorted();
        return resolved.Count == 0 ? x : Expr.Of(new Reverse(x, resolved));
    }
}
