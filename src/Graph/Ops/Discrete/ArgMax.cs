using System.Collections.Immutable;

namespace Functional;

/// <summary>The index, i32, of the greatest element along an axis, which goes: the lowest of equals; the first NaN where there is one.</summary>
public sealed record ArgMax(Expr X, int Axis) : Discrete
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
    internal override Expr Batched(Batching b) => Prelude.argmax(b[0], Axis + 1);

    internal override ImmutableArray<TensorType> Infer() => Axis < 0 || Axis >= X.Rank ? throw Error($"axis {Axis} is out of range")
        : X.Shape[Axis] == 0 ? throw Error($"axis {Axis} has no element to pick")
        : [new(DType.I32, X.Shape.Without(Axis))];
}

public static partial class Prelude
{
    /// <summary>The index, i32, of the greatest element along an axis. See <see cref="ArgMax"/>.</summary>
    public static Expr argmax(Expr x, int axis = -1) => Expr.Of(new ArgMax(x, ((Axes)axis).Resolve(x.Rank, "argmax")[0]));

    /// <summary>The greatest element over some axes (all where none are named); its derivative goes to the lowest index of equals. NaN where there is one.</summary>
    public static Expr max(Expr x, Axes? axes = null, bool keepDims = false) => Extremum(x, axes, keepDims, "max", argmax);

    private static Expr Extremum(Expr x, Axes? axes, bool keepDims, string verb, Func<Expr, int, Expr> arg)
    {
        var over = ReducedAxes(x, axes, verb);
        if (over.Count == 0) return x;
        var kept = over.Rest(x.Rank);
        var rows = reshape(permute(x, kept.Concat(over)), x.Shape.Pick(kept).Concat([checked((int)x.Shape.Pick(over).Size)]));
        var y = gather(rows, arg(rows, -1), kept.Count, kept.Count);
        return keepDims ? KeepDims(y, x, over) : y;
    }
}
