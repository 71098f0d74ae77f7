using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>The instructions of random programs: one or more for each op, which draw its operands and attributes.</summary>
internal static class OpCodes
{
    /// <summary>A name, and the nodes that it adds to a draft; null or none where nothing there fits.</summary>
    public readonly record struct OpCode(string Name, Func<Draft, IEnumerable<Expr>?> Make);

    public static ImmutableArray<OpCode> All { get; } =
    [
        Of("input", d => d.Input(new(d.Float, d.Dims()))),
        Of("integers", d => d.Input(new(d.Flip() ? DType.I64 : DType.I32, d.Dims()))),
        Of("constant", d => d.Literal(new(DTypes.All[d.Next(DTypes.All.Count)] is { IsFloat: false } t ? t : d.Float, d.Dims()), -2, 3)),
        Of("iota", d => Iotas(new(d.Flip() ? DType.I32 : d.Float, d.Dims(1)), d)),
        Of("random", d => convert(and(randomBits(key(d.Next(50)), d.Dims(), DType.I32), constant(7, DType.I32)), d.Float)),
        Of("random64", d => randomBits(split(key(d.Next(50))), d.Dims(), DType.I64)),
        Of("random of keys", d => d.Pick(x => x.DType == DType.I64) is { } keys ? randomBits(keys, d.Dims(), d.Flip() ? DType.I32 : DType.I64) : null),
        .. Enumerable.Repeat(Of("function", Applications.Of), 12),
        Of("sum of two", d => Applications.Pair(d, (x, y) => x + y)),
        Of("product of two", d => Applications.Pair(d, (x, y) => x * y)),
        Of("select", d => d.Real() is var x ? where(d.Like(new(DType.Bool, x.Shape)), x, d.Like(x.Type)) : null),
        Of("reshape", d => d.Real() is var x ? Expr.Of(new Reshape(x, d.Flip() ? Shape.Of([.. x.Shape, 1]) : [checked((int)x.Shape.Size)])) : null),
        Of("permute", d => d.Real() is var x ? Expr.Of(new Permute(x, d.Shuffled(x.Rank))) : null),
        Of("broadcast", d => d.Real() is var x ? Expr.Of(new Broadcast(x, x.Shape.Insert(d.Next(x.Rank + 1) is var at ? at : 0, d.Extent()), Axes.Of([.. Enumerable.Range(0, x.Rank).Select(a => a < at ? a : a + 1)]))) : null),
        Of("reverse", d => d.Real() is var x ? Expr.Of(new Reverse(x, d.Some(x.Rank))) : null),
        Of("slice", Slices),
        Of("pad", d => d.Real() is var x && x.Shape.Select(_ => new PadDim(d.Next(-1, 3), d.Next(-1, 3), d.Next(3))).ToImmutableArray() is var dims
            && dims.Zip(x.Shape, (dim, extent) => dim.Extent(extent)).All(extent => extent >= 0) ? Expr.Of(new Pad(x, dims)) : null),
        Of("concat", d => d.Real(1) is var x && d.Next(x.Rank) is var axis ? Expr.Of(new Concat([x, d.Like(x.Type with { Shape = x.Shape.With(axis, d.Extent()) }), x], axis)) : null),
        Of("convert", d => convert(d.Exact(), d.Flip() ? d.Float : d.Flip() ? DType.I32 : d.Flip() ? DType.U8 : DType.Bool)),
        Of("there and back", d => d.Pick(x => x.DType.IsFloat) is { } x && d.Numbers == Numbers.Integers ? convert(convert(x, x.DType == DType.F32 ? DType.F64 : DType.F32), x.DType) : null),
        Of("sum", d => d.Real() is var x ? Expr.Of(new Sum(x, d.Some(x.Rank))) : null),
        Of("window sum", d => d.Real() is var x ? windowSum(x, [.. Enumerable.Range(0, d.Next(x.Rank + 1)).Select(_ => d.Window())]) : null),
        Of("cumulative sum", d => d.Real(1) is var x ? cumulativeSum(x, d.Next(x.Rank), d.Flip()) : null),
        Of("gather", d => d.Real(1) is var x && d.Next(x.Rank) is var axis && d.Next(axis + 1) is var batch
            ? gather(x, d.Integers(x.Shape[..batch].Concat(Shape.Of([.. Enumerable.Range(0, d.Next(3)).Select(_ => d.Extent())])), -1, x.Shape[axis] + 1), axis, batch) : null),
        Of("scatter-add", Scatters),
        Of("dynamic slice", d => d.Real() is var x ? dynamicSlice(x, d.Integers([x.Rank], -1, 3), Within(d, x.Shape)) : null),
        Of("dynamic update slice", d => d.Real() is var x ? dynamicUpdateSlice(x, d.Like(x.Type with { Shape = Within(d, x.Shape) }), d.Integers([x.Rank], -1, 3)) : null),
        Of("all-reduce", d => allReduce(d.Real(), "data")),
        Of("barrier", d => barrier(d.Real(), "region", d.Real())),
        Of("tap", d => tap(d.Real(), "look")),
        Of("checkpoint name", d => checkpointName(d.Real(), "name")),
        Of("dot", Dots),
        Of("matmul", d => d.Real(1) is var x ? matmul(x, d.Operand(x.Type with { Shape = [x.Shape[^1], d.Extent()] })) : null),
        Of("conv", Convs),
        Of("conv of an operand", Convs),
        Of("arg max", d => d.Exact(1) is var x && d.Next(x.Rank) is var axis && x.Shape[axis] > 0 ? argmax(x, axis) : null),
        Of("arg min", d => d.Exact(1) is var x && d.Next(x.Rank) is var axis && x.Shape[axis] > 0 ? argmin(x, axis) : null),
        Of("max", d => d.Exact(1) is var x && x.Shape.Size > 0 ? max(x, d.Some(x.Rank)) : null),
        Of("sort order", d => d.Exact(1) is var x ? argsort(x, d.Next(x.Rank), d.Flip()) : null),
        Of("sort", d => d.Exact(1) is var x ? sort(x, d.Next(x.Rank), d.Flip()) : null),
        Of("window max", d => d.Exact() is var x ? windowMax(x, [.. Enumerable.Range(0, d.Next(x.Rank + 1)).Select(_ => d.Window())]) : null),
        Of("softmax", d => d.Numbers == Numbers.Smooth && d.Real(1) is var x && x.Shape[^1] > 0 ? exp(x - logSumExp(x, -1, keepDims: true)) : null),
        new("call", d => Bodies.Call(d)),
        new("composite", d => Bodies.Composite(d)),
        new("scan", d => Bodies.Scan(d)),
        new("while", d => Bodies.While(d)),
        new("switch", d => Bodies.Switch(d)),
        new("checkpoint", d => Bodies.Checkpoint(d)),
        new("custom vjp", d => Bodies.CustomVjp(d)),
        new("custom jvp", d => Bodies.CustomJvp(d)),
    ];

    private static OpCode Of(string name, Func<Draft, Expr?> make) => new(name, d => make(d) is { } made ? [made] : null);

    private static Expr? Iotas(TensorType type, Draft d) => iota(type, d.Next(type.Rank));

    private static Shape Within(Draft d, Shape shape) => Shape.Of([.. shape.Select(extent => d.Next(extent + 1))]);

    private static Expr? Slices(Draft d)
    {
        var x = d.Real();
        var start = x.Shape.Select(extent => d.Next(extent + 1)).ToImmutableArray();
        var limit = x.Shape.Select((extent, axis) => extent - d.Next(extent - start[axis] + 1)).ToImmutableArray();
        return Expr.Of(new Slice(x, start, limit, x.Shape.Select(_ => d.Next(1, 4)).ToImmutableArray()));
    }

    private static Expr? Scatters(Draft d)
    {
        var x = d.Real();
        var axis = d.Next(x.Rank + 1);
        var (batch, picks, extent) = (d.Next(axis + 1), d.Next(x.Rank - axis + 1), d.Extent());
        return scatterAdd(x, d.Integers(x.Shape[..batch].Concat(x.Shape[axis..(axis + picks)]), -1, extent + 1), extent, axis, batch);
    }

    private static Expr? Dots(Draft d)
    {
        var x = d.Real();
        var order = d.Shuffled(x.Rank);
        var batch = d.Next(x.Rank + 1);
        var contract = d.Next(x.Rank - batch + 1);
        var (batchX, contractX) = (Axes.Of(order.Span[..batch]), Axes.Of(order.Span[batch..(batch + contract)]));
        var shared = x.Shape.Pick(batchX.Concat(contractX));
        var places = d.Shuffled(shared.Rank + d.Next(2));
        var y = d.Operand(x.Type with { Shape = Shape.Of([.. places.Span.ToArray().Select((_, a) => places.IndexOf(a) is var i && i < shared.Rank ? shared[i] : d.Extent())]) });
        return dot(x, y, batchX, Axes.Of(places.Span[..batch]), contractX, Axes.Of(places.Span[batch..shared.Rank]));
    }

    private static Expr? Convs(Draft d)
    {
        var x = d.Real(2);
        var (features, batches) = d.Next(3) switch
        {
            0 => (1, 1),
            1 => (x.Shape[1] > 0 ? x.Shape[1] : 1, 1),
            _ => (1, x.Shape[0] > 0 ? x.Shape[0] : 1),
        };
        ImmutableArray<WindowDim> windows = [.. Enumerable.Range(2, x.Rank - 2).Select(_ => d.Window())];
        var filter = Shape.Of([features * batches * d.Next(1, 3), x.Shape[1] / features]).Concat(Shape.Of([.. windows.Select(w => w.Size)]));
        var y = d.Operand(x.Type with { Shape = filter });
        return conv(x, y, windows, features, batches);
    }
}
