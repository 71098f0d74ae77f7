using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A block of the given sizes that begins at Starts, a vector of as many integers as X has axes; a start is moved so that the block lies
/// within. StableHLO <c>dynamic_slice</c>.
/// </summary>
public sealed record DynamicSlice(Expr X, Expr Starts, Shape Sizes) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X, Starts];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], Starts = inputs[1] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("sizes", Sizes)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.dynamicUpdateSlice(Prelude.zerosLike(X), ct, Starts);

    /// <inheritdoc/>
    public override long BytesRead => X.DType.Size * Sizes.Size + Starts.Type.Bytes;

    /// <summary>Batching: the whole of the batch axis; where the starts differ, a <see cref="Gather"/> of whole sub-tensors at the places within the blocks
    /// (<see cref="Blocks"/>).</summary>
    internal override Expr Batched(Batching b) => b.Has(1)
        ? Blocks.Read(b[0], b.Has(0), b[1], X.Shape, Sizes)
        : Prelude.dynamicSlice(b[0], Blocks.StartAtZero(b[1]), Sizes.Insert(0, b.Size));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Starts.DType is not (DType.I32 or DType.I64) || Starts.Shape != [X.Rank]) throw Error($"starts must be i32 or i64 of shape [{X.Rank}]");
        if (Sizes.Rank != X.Rank) throw Error($"sizes {Sizes} must name the {X.Rank} axes");
        for (var axis = 0; axis < X.Rank; axis++)
            if (Sizes[axis] > X.Shape[axis]) throw Error($"size {Sizes[axis]} exceeds the extent {X.Shape[axis]} of axis {axis}");
        return [X.Type with { Shape = Sizes }];
    }
}

public static partial class Prelude
{
    /// <summary>A block of the given sizes that begins at a computed place. See <see cref="DynamicSlice"/>.</summary>
    public static Expr dynamicSlice(Expr x, Expr starts, Shape sizes) => Expr.Of(new DynamicSlice(x, starts, sizes));
}
