using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// X with the block that begins at Starts replaced by Update; a start is moved so that the block lies within. Linear in both.
/// StableHLO <c>dynamic_update_slice</c>.
/// </summary>
public sealed record DynamicUpdateSlice(Expr X, Expr Update, Expr Starts) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X, Update, Starts];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new DynamicUpdateSlice(inputs[0], inputs[1], inputs[2]);

    /// <inheritdoc/>
    public override int LinearInputs => 2;

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => input == 0
        ? Prelude.dynamicUpdateSlice(ct, Prelude.zerosLike(Update), Starts)
        : Prelude.dynamicSlice(ct, Starts, Update.Shape);

    /// <summary>Batching: the whole of the batch axis; where the starts differ, a selection between x and a <see cref="Gather"/> of the update
    /// (<see cref="Blocks"/>).</summary>
    internal override Expr Batched(Batching b) => b.Has(2)
        ? Blocks.Write(b.Full(0), b[1], b.Has(1), b[2], Update.Shape)
        : Prelude.dynamicUpdateSlice(b.Full(0), b.Full(1), Blocks.StartAtZero(b[2]));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Starts.DType is not (DType.I32 or DType.I64) || Starts.Shape != [X.Rank]) throw Error($"starts must be i32 or i64 of shape [{X.Rank}]");
        if (Update.DType != X.DType) throw Error($"element types {X.DType.Text} and {Update.DType.Text} differ: convert one of them");
        if (Update.Rank != X.Rank) throw Error($"the update has rank {Update.Rank}, the operand {X.Rank}");
        for (var axis = 0; axis < X.Rank; axis++)
            if (Update.Shape[axis] > X.Shape[axis]) throw Error($"the update's extent {Update.Shape[axis]} exceeds the operand's {X.Shape[axis]} at axis {axis}");
        return [X.Type];
    }
}

public static partial class Prelude
{
    /// <summary>x with the block that begins at a computed place replaced. See <see cref="DynamicUpdateSlice"/>.</summary>
    public static Expr dynamicUpdateSlice(Expr x, Expr update, Expr starts) => Expr.Of(new DynamicUpdateSlice(x, update, starts));
}
