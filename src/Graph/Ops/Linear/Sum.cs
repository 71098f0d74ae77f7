using System.Collections.Immutable;

namespace Functional;

/// <summary>The sum over some axes, which go. The empty sum is 0. StableHLO <c>reduce</c> with <c>add</c>.</summary>
public sealed record Sum(Expr X, Axes Axes) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axes", Axes)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.broadcast(ct, X.Shape, Axes.Rest(X.Rank));

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size;

    /// <summary>Batching: over the same axes, one further in.</summary>
    internal override Expr Batched(Batching b) => Prelude.sum(b[0], Axes.Map(a => a + 1));

    internal override ImmutableArray<TensorType> Infer() =>
        !X.DType.IsNumber ? throw Error("a bool has no sum: convert it to i32 first")
        : Axes.Resolve(X.Rank, "sum") != Axes || Axes.Sorted() != Axes ? throw Error($"axes {Axes} do not ascend")
        : [X.Type with { Shape = X.Shape.Without(Axes) }];
}

public static partial class Prelude
{
    /// <summary>The sum over some axes (all where none are named); they go, or stay with extent 1.</summary>
    public static Expr sum(Expr x, Axes? axes = null, bool keepDims = false)
    {
        var over = ReducedAxes(x, axes, "sum");
        var y = over.Count == 0 ? x : Expr.Of(new Sum(x, over));
        return keepDims ? KeepDims(y, x, over) : y;
    }

    /// <summary>The mean over some axes (all where none are named); they go, or stay with extent 1. NaN over no element.</summary>
    public static Expr mean(Expr x, Axes? axes = null, bool keepDims = false)
    {
        if (!x.DType.IsFloat) throw new ShapeError("mean", [new(x.Label, x.Type)], ["needs a floating-point operand: convert it first"]);
        return sum(x, axes, keepDims) / x.Shape.Pick(ReducedAxes(x, axes, "mean")).Size;
    }

    private static Axes ReducedAxes(Expr x, Axes? axes, string verb) => (axes ?? Axes.Range(0, x.Rank)).Resolve(x.Rank, verb).Sorted();

    private static Expr KeepDims(Expr reduced, Expr x, Axes over)
    {
        var dims = x.Shape.Span.ToArray();
        foreach (var axis in over) dims[axis] = 1;
        return reshape(reduced, Shape.Of(dims));
    }
}
