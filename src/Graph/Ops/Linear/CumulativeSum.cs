using System.Collections.Immutable;

namespace Functional;

/// <summary>Each element's sum with those before it along an axis (after it, where Reversed), itself included.</summary>
public sealed record CumulativeSum(Expr X, int Axis, bool Reversed) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axis", Axis), new("reversed", Reversed)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.cumulativeSum(ct, Axis, !Reversed);

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size;

    /// <summary>Batching: along the same axis, one further in.</summary>
    internal override Expr Batched(Batching b) => Prelude.cumulativeSum(b[0], Axis + 1, Reversed);

    internal override ImmutableArray<TensorType> Infer() =>
        !X.DType.IsNumber ? throw Error("a bool has no sum: convert it to i32 first")
        : Axis < 0 || Axis >= X.Rank ? throw Error($"axis {Axis} is out of range")
        : [X.Type];
}

public static partial class Prelude
{
    /// <summary>Each element's sum with those before it along an axis, itself included; with those after it, where reversed.</summary>
    public static Expr cumulativeSum(Expr x, int axis, bool reversed = false) =>
        Expr.Of(new CumulativeSum(x, ((Axes)axis).Resolve(x.Rank, "cumulativeSum")[0], reversed));
}
