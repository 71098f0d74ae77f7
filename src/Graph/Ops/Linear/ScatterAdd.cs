using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The adjoint of <see cref="Gather"/>: zeros of shape [batch…, before…, Extent, after…], to which each update is added at its index along
/// <see cref="Axis"/>. X is [batch…, before…, picks…, after…], Indices is [batch…, picks…]. An index outside 0..Extent is dropped; equal
/// indices add up, in row-major order of the updates. StableHLO <c>scatter</c> with <c>add</c>.
/// </summary>
public sealed record ScatterAdd(Expr X, Expr Indices, int Extent, int Axis, int Batch) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X, Indices];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], Indices = inputs[1] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("extent", Extent), new("axis", Axis), new("batch", Batch)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.gather(ct, Indices, Axis, Batch);

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size;

    /// <summary>Batching: a batch axis more, for which the operand that lacks it is copied; where the updates alone have it and there are no batch axes,
    /// an axis before.</summary>
    internal override Expr Batched(Batching b) => !b.Has(1) && Batch == 0
        ? Prelude.scatterAdd(b[0], b[1], Extent, Axis + 1)
        : Prelude.scatterAdd(b.Full(0), b.Full(1), Extent, Axis + 1, Batch + 1);

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Indices.DType is not (DType.I32 or DType.I64)) throw Error($"indices are {Indices.DType.Text}: they must be i32 or i64");
        if (!X.DType.IsNumber) throw Error("a bool cannot be added: convert it to i32 first");
        var picks = Indices.Rank - Batch;
        if (Batch < 0 || picks < 0 || Axis < Batch || Axis + picks > X.Rank || Extent < 0)
            throw Error($"axis {Axis}, {Batch} batch axes and extent {Extent} do not fit updates of rank {X.Rank} and indices of rank {Indices.Rank}");
        if (X.Shape[..Batch] != Indices.Shape[..Batch]) throw Error($"the batch extents {X.Shape[..Batch]} and {Indices.Shape[..Batch]} differ");
        if (X.Shape[Axis..(Axis + picks)] != Indices.Shape[Batch..])
            throw Error($"the updates have {X.Shape[Axis..(Axis + picks)]} at axis {Axis}, but the indices pick {Indices.Shape[Batch..]}");
        return [X.Type with { Shape = X.Shape[..Axis].Concat([Extent]).Concat(X.Shape[(Axis + picks)..]) }];
    }
}

public static partial class Prelude
{
    /// <summary>Zeros of the given extent along an axis, with each update added at its index. See <see cref="ScatterAdd"/>.</summary>
    public static Expr scatterAdd(Expr updates, Expr indices, int extent, int axis = 0, int batch = 0) =>
        Expr.Of(new ScatterAdd(updates, indices, extent, axis, batch));
}
