using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>Along each axis the elements from Start to Limit (excluded) in steps of Stride. StableHLO <c>slice</c>.</summary>
public sealed record Slice(Expr X, ValueArray<int> Start, ValueArray<int> Limit, ValueArray<int> Stride) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("start", Start), new("limit", Limit), new("stride", Stride)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.pad(ct, [.. Enumerable.Range(0, X.Rank).Select(axis =>
        ct.Shape[axis] == 0
            ? new PadDim(0, X.Shape[axis], 0)
            : new PadDim(Start[axis], X.Shape[axis] - Start[axis] - (ct.Shape[axis] - 1) * Stride[axis] - 1, Stride[axis] - 1))]);

    /// <inheritdoc/>
    public override long BytesRead => X.DType.Size * Infer()[0].Shape.Size;

    /// <summary>Batching: the whole of the batch axis.</summary>
    internal override Expr Batched(Batching b) => Prelude.slice(b[0], [0, .. Start], [b.Size, .. Limit], [1, .. Stride]);

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Start.Count != X.Rank || Limit.Count != X.Rank || Stride.Count != X.Rank)
            throw Error($"start {Start}, limit {Limit} and stride {Stride} must each name the {X.Rank} axes");
        var dims = new int[X.Rank];
        for (var axis = 0; axis < X.Rank; axis++)
        {
            if (Start[axis] < 0 || Limit[axis] < Start[axis] || Limit[axis] > X.Shape[axis] || Stride[axis] < 1)
                throw Error($"at axis {axis}, {Start[axis]}..{Limit[axis]} in steps of {Stride[axis]} does not lie within 0..{X.Shape[axis]}");
            dims[axis] = (Limit[axis] - Start[axis] + Stride[axis] - 1) / Stride[axis];
        }
        return [X.Type with { Shape = Shape.Of(dims) }];
    }
}

public static partial class Prelude
{
    /// <summary>Along each axis the elements from start to limit (excluded), in steps (of 1 where not given).</summary>
    public static Expr slice(Expr x, ValueArray<int> start, ValueArray<int> limit, ValueArray<int> stride = default) =>
        Expr.Of(new Slice(x, start, limit, stride.Count == 0 ? Each(1, x.Rank) : stride)) is var y && y.Shape == x.Shape ? x : y;

    /// <summary>The elements of a range along one axis: <c>slice(x, 0, 1..^1)</c>.</summary>
    public static Expr slice(Expr x, int axis, Range range, int stride = 1)
    {
        var along = ((Axes)axis).Resolve(x.Rank, "slice")[0];
        var (from, to) = (range.Start.GetOffset(x.Shape[along]), range.End.GetOffset(x.Shape[along]));
        return slice(x, Each(0, x.Rank).SetItem(along, from), ImmutableArray.Create(x.Shape.Span).SetItem(along, to), stride == 1 ? default(ValueArray<int>) : Each(1, x.Rank).SetItem(along, stride));
    }

    private static ImmutableArray<int> Each(int value, int count)
    {
        var values = new int[count];
        Array.Fill(values, value);
        return ImmutableCollectionsMarshal.AsImmutableArray(values);
    }

    /// <summary>The sub-tensor at one index of an axis, without that axis.</summary>
    public static Expr index(Expr x, int axis, Index at)
    {
        var along = ((Axes)axis).Resolve(x.Rank, "index")[0];
        var i = at.GetOffset(x.Shape[along]);
        return squeeze(slice(x, along, i..(i + 1)), along);
    }
}
