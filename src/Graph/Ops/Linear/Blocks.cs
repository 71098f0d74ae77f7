using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Blocks that begin at another place in each example, as <see cref="DynamicSlice"/> and <see cref="DynamicUpdateSlice"/> do under
/// <c>vmap</c>. A start is moved so that the block lies within, by the same rule.
/// </summary>
internal static class Blocks
{
    /// <summary>Starts for all examples as starts for a tensor with the batch in front.</summary>
    public static Expr StartAtZero(Expr starts) => concat(0, zeros(new(starts.DType, [1])), starts);

    /// <summary>
    /// Each example's block. The axes from the last that the block does not fill onward are whole, so that what is gathered is a sub-tensor of
    /// these at each place of the axes before.
    /// </summary>
    public static Expr Read(Expr x, bool batched, Expr starts, Shape shape, Shape sizes)
    {
        var lead = shape.Rank;
        while (lead > 0 && sizes[lead - 1] == shape[lead - 1]) lead--;
        var (outer, inner, rest) = (shape[..lead], sizes[..lead], shape[lead..]);
        var places = Column(sum(Clamped(slice(starts, 1, ..lead), outer, inner) * Vector(outer.Strides, starts.DType), 1), lead);
        for (var axis = 0; axis < lead; axis++) places += iota(new(starts.DType, inner), axis) * outer.Strides[axis];
        var rows = Shape.Of([checked((int)outer.Size)]).Concat(rest);
        return batched ? gather(reshape(x, rows.Insert(0, x.Shape[0])), places, 1, 1) : gather(reshape(x, rows), places);
    }

    /// <summary>x, with the batch in front, with each example's block replaced by its update: where an element lies within the block, the update's.</summary>
    public static Expr Write(Expr x, Expr update, bool batched, Expr starts, Shape sizes)
    {
        var shape = x.Shape[1..];
        var start = Clamped(starts, shape, sizes);
        var (within, places) = (ones(new(DType.Bool, x.Shape)), zeros(new(starts.DType, x.Shape)));
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var at = iota(new(starts.DType, x.Shape), axis + 1) - Column(index(start, 1, axis), shape.Rank);
            if (sizes[axis] < shape[axis]) within = and(within, and(greaterEqual(at, 0), less(at, sizes[axis])));
            places += at * sizes.Strides[axis];
        }
        var flat = Shape.Of([checked((int)sizes.Size)]);
        var picks = where(within, places, -1);
        var replaced = batched ? gather(reshape(update, flat.Insert(0, x.Shape[0])), picks, 1, 1) : gather(reshape(update, flat), picks);
        return where(within, replaced, x);
    }

    /// <summary>The starts, moved so that blocks of the given sizes lie within.</summary>
    private static Expr Clamped(Expr starts, Shape shape, Shape sizes) =>
        minimum(maximum(starts, zerosLike(starts)), Vector(shape.Zip(sizes, (extent, size) => (long)extent - size), starts.DType));

    private static Expr Vector(IEnumerable<long> values, DType type) => convert(vector<long>([.. values]), type);

    /// <summary>A number for each example, before as many axes of extent 1.</summary>
    private static Expr Column(Expr x, int axes) => reshape(x, Shape.Of([x.Shape[0], .. Enumerable.Repeat(1, axes)]));
}
