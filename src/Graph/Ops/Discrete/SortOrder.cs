using System.Collections.Immutable;

namespace Functional;

/// <summary>The indices, i32, that sort an axis: stable, NaN last. Sorting is <see cref="Gather"/> at these. StableHLO <c>sort</c>.</summary>
public sealed record SortOrder(Expr X, int Axis, bool Descending) : Discrete
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axis", Axis), new("descending", Descending)];

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size * (long)Math.Ceiling(Math.Log2(Math.Max(2, X.Shape[Axis])));

    /// <summary>Batching: along the same axis, one further in.</summary>
    internal override Expr Batched(Batching b) => Prelude.argsort(b[0], Axis + 1, Descending);

    internal override ImmutableArray<TensorType> Infer() =>
        Axis < 0 || Axis >= X.Rank ? throw Error($"axis {Axis} is out of range") : [new(DType.I32, X.Shape)];
}

public static partial class Prelude
{
    /// <summary>The indices that sort an axis. See <see cref="SortOrder"/>.</summary>
    public static Expr argsort(Expr x, int axis = -1, bool descending = false) =>
        Expr.Of(new SortOrder(x, ((Axes)axis).Resolve(x.Rank, "argsort")[0], descending));

    /// <summary>The elements of an axis in order: stable, NaN last.</summary>
    public static Expr sort(Expr x, int axis = -1, bool descending = false)
    {
        var rows = moveAxis(x, axis, -1);
        return moveAxis(takeAlongLast(rows, argsort(rows, -1, descending)), -1, axis);
    }
}
