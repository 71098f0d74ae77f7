using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Copies along new axes: axis i of the operand becomes axis Mapping[i] of the result, which has the same extent there; the mapping ascends.
/// StableHLO <c>broadcast_in_dim</c>, without stretching of extent 1 (a reshape drops such an axis first).
/// </summary>
public sealed record Broadcast(Expr X, Shape Shape, Axes Mapping) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("shape", Shape), new("mapping", Mapping)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.sum(ct, Mapping.Rest(Shape.Rank));

    /// <summary>Batching: the batch axis stays in front.</summary>
    internal override Expr Batched(Batching b) => Prelude.broadcast(b[0], Shape.Insert(0, b.Size), Mapping.Behind());

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Mapping.Count != X.Rank) throw Error($"the mapping {Mapping} names {Mapping.Count} axes for an operand of rank {X.Rank}");
        for (var i = 0; i < X.Rank; i++)
        {
            if (Mapping[i] < 0 || Mapping[i] >= Shape.Rank || (i > 0 && Mapping[i] <= Mapping[i - 1]))
                throw Error($"the mapping {Mapping} does not ascend within the {Shape.Rank} axes of {Shape}");
            if (Shape[Mapping[i]] != X.Shape[i])
                throw Error($"axis {i} has extent {X.Shape[i]}, but axis {Mapping[i]} of {Shape}, where it goes, has {Shape[Mapping[i]]}");
        }
        return [X.Type with { Shape = Shape }];
    }
}

public static partial class Prelude
{
    /// <summary>Copies of x along new axes: axis i of x becomes axis mapping[i] of the result.</summary>
    public static Expr broadcast(Expr x, Shape shape, Axes mapping) =>
        shape == x.Shape && mapping.Count == x.Rank && mapping == Axes.Range(0, x.Rank) ? x : Expr.Of(new Broadcast(x, shape, mapping));

    /// <summary>Copies of a scalar at every index.</summary>
    public static Expr broadcast(Expr x, Shape shape) => broadcast(x, shape, []);

    /// <summary>x stretched to a shape by NumPy's rule: aligned at the last axes, extents of 1 and missing axes copied.</summary>
    public static Expr broadcastTo(Expr x, Shape shape)
    {
        if (x.Shape == shape) return x;
        var offset = shape.Rank - x.Rank;
        if (offset < 0) throw Unstretchable(x, shape);
        var (mapping, kept) = (new int[x.Rank], 0);
        for (var axis = 0; axis < x.Rank; axis++)
        {
            if (x.Shape[axis] == shape[axis + offset]) mapping[kept++] = axis + offset;
            else if (x.Shape[axis] != 1) throw Unstretchable(x, shape);
        }
        var into = Axes.Of(mapping.AsSpan(0, kept));
        return broadcast(reshape(x, shape.Pick(into)), shape, into);
    }

    private static ShapeError Unstretchable(Expr x, Shape shape) =>
        new("broadcastTo", [new(x.Label, x.Type)], [$"{x.Shape} does not stretch to {shape}: aligned at the last axis, each extent must be equal or 1"]);
}
