using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Picks along one axis by index: X is [batch…, before…, K, after…], with K at <see cref="Axis"/> and the first <see cref="Batch"/> axes
/// batch; Indices is [batch…, picks…]; the result is [batch…, before…, picks…, after…]. An index outside 0..K picks zero, which makes
/// <see cref="ScatterAdd"/> the exact adjoint. StableHLO <c>gather</c> with batching dimensions and one indexed axis (which there clamps).
/// </summary>
public sealed record Gather(Expr X, Expr Indices, int Axis, int Batch) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X, Indices];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], Indices = inputs[1] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axis", Axis), new("batch", Batch)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.scatterAdd(ct, Indices, X.Shape[Axis], Axis, Batch);

    /// <inheritdoc/>
    public override long BytesRead => X.Type.Bytes == 0 ? Indices.Type.Bytes : X.DType.Size * (X.Shape.Size / X.Shape[Axis] * Indices.Shape[Batch..].Size) + Indices.Type.Bytes;

    /// <summary>Batching: a batch axis more where both operands have it; where the indices alone have it, an axis of picks, which then moves to the front;
    /// where x alone has it, an axis before, or else (with batch axes, which must come first) the indices are copied.</summary>
    internal override Expr Batched(Batching b)
    {
        if (!b.Has(0)) return Prelude.moveAxis(Prelude.gather(b[0], Prelude.moveAxis(b[1], 0, Batch), Axis, Batch), Axis, 0);
        return !b.Has(1) && Batch == 0 ? Prelude.gather(b[0], b[1], Axis + 1) : Prelude.gather(b[0], b.Full(1), Axis + 1, Batch + 1);
    }

    /// <summary>It moves elements, but those that an extreme has found are read together with the comparison that finds them.</summary>
    public override bool Moves => Indices.Op is not (ArgMax or ArgMin or WindowArgMax);

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Indices.DType is not (DType.I32 or DType.I64)) throw Error($"indices are {Indices.DType.Text}: they must be i32 or i64");
        if (Batch < 0 || Axis < Batch || Axis >= X.Rank || Batch > Indices.Rank)
            throw Error($"axis {Axis} with {Batch} batch axes does not fit: needs 0 ≤ batch ≤ axis < {X.Rank}, and batch ≤ the indices' rank {Indices.Rank}");
        if (X.Shape[..Batch] != Indices.Shape[..Batch]) throw Error($"the batch extents {X.Shape[..Batch]} and {Indices.Shape[..Batch]} differ");
        return [X.Type with { Shape = X.Shape[..Axis].Concat(Indices.Shape[Batch..]).Concat(X.Shape[(Axis + 1)..]) }];
    }
}

public static partial class Prelude
{
    /// <summary>Picks along one axis by index, the first <paramref name="batch"/> axes of both operands going together. See <see cref="Gather"/>.</summary>
    public static Expr gather(Expr x, Expr indices, int axis = 0, int batch = 0) =>
        Expr.Of(new Gather(x, indices, axis < 0 ? axis + x.Rank : axis, batch));

    /// <summary>The sub-tensors at the given indices of an axis; the indices' axes take its place. NumPy's <c>take</c>.</summary>
    public static Expr take(Expr x, Expr indices, int axis = 0) => gather(x, indices, axis);

    /// <summary>Along the last axis, each row's own picks: x is [batch…, K], indices is [batch…, n].</summary>
    public static Expr takeAlongLast(Expr x, Expr indices) => gather(x, indices, x.Rank - 1, x.Rank - 1);
}
