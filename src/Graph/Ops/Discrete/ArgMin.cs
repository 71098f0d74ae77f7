using System.Collections.Immutable;

namespace Functional;

/// <summary>The index, i32, of the least element along an axis, which goes: the lowest of equals; the first NaN where there is one.</summary>
public sealed record ArgMin(Expr X, int Axis) : Discrete
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axis", Axis)];

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size;

    /// <summary>Batching: along the same axis, one further in.</summary>
    internal override Expr Batched(Batching b) => Prelude.argmin(b[0], Axis + 1);

    internal override ImmutableArray<TensorType> Infer() => Axis < 0 || Axis >= X.Rank ? throw Error($"axis {Axis} is out of range")
        : X.Shape[Axis] == 0 ? throw Error($"axis {Axis} has no element to pick")
        : [new(DType.I32, X.Shape.Without(Axis))];
}

public static partial class Prelude
{
    /// <summary>The index, i32, of the least element along an axis. See <see cref="ArgMin"/>.</summary>
    public static Expr argmin(Expr x, int axis = -1) => Expr.Of(new ArgMin(x, ((Axes)axis).Resolve(x.Rank, "argmin")[0]));

    /// <summary>The least element over some axes (all where none are named); its derivative goes to the lowest index of equals. NaN where there is one.</summary>
    public static Expr min(Expr x, Axes? axes = null, bool keepDims = false) => Extremum(x, axes, keepDims, "min", argmin);

}
