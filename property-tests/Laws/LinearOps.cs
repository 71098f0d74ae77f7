using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using static Functional.Prelude;
using Barrier = Functional.Barrier;
using Convert = Functional.Convert;

namespace PropertyTests;

/// <summary>For each linear and bilinear op, how to make a random one on new variables.</summary>
internal static class LinearOps
{
    public static ImmutableDictionary<Type, Func<Random, Op>> ByType { get; } = new Dictionary<Type, Func<Random, Op>>
    {
        [typeof(Convert)] = r => new Convert(X(Dims(r)), DType.F32),
        [typeof(Reshape)] = On((r, s) => new Reshape(X(s), Shape.Of([.. s.Reverse(), 1]))),
        [typeof(Permute)] = On((r, s) => new Permute(X(s), Shuffled(r, s.Rank))),
        [typeof(Broadcast)] = Broadcasts,
        [typeof(Reverse)] = On((r, s) => new Reverse(X(s), Some(r, s.Rank))),
        [typeof(Slice)] = Slices,
        [typeof(Pad)] = Pads,
        [typeof(Concat)] = Concats,
        [typeof(Sum)] = On((r, s) => new Sum(X(s), Some(r, s.Rank))),
        [typeof(WindowSum)] = WindowSums,
        [typeof(CumulativeSum)] = On((r, s) => new CumulativeSum(X(s), r.Next(s.Rank), r.Next(2) == 0), least: 1),
        [typeof(Gather)] = Gathers,
        [typeof(ScatterAdd)] = ScatterAdds,
        [typeof(DynamicSlice)] = On((r, s) => new DynamicSlice(X(s), Starts(r, s.Rank), Within(r, s))),
        [typeof(DynamicUpdateSlice)] = On((r, s) => new DynamicUpdateSlice(X(s), X(Within(r, s)), Starts(r, s.Rank))),
        [typeof(AllReduce)] = r => new AllReduce(X(Dims(r)), "data"),
        [typeof(Barrier)] = r => new Barrier(X(Dims(r)), "region"),
        [typeof(CheckpointName)] = r => new CheckpointName(X(Dims(r)), "name"),
        [typeof(Dot)] = Dots,
        [typeof(Conv)] = Convs,
    }.ToImmutableDictionary();

    /// <summary>Integers from −4 to 4.</summary>
    public static Tensor Values(TensorType type, Random random) =>
        Tensor.Of<double>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => (double)random.Next(-4, 5))]) is var x && type.DType == DType.F64
            ? x
            : Tensor.Of<float>(type.Shape, Array.ConvertAll(x.ToArray<double>(), v => (float)v));

    private static Func<Random, Op> On(Func<Random, Shape, Op> make, int least = 0) => r => make(r, Dims(r, least));

    private static Expr X(Shape shape) => variable("x", new TensorType(DType.F64, shape));

    /// <summary>A shape whose extents are mostly 1 to 4 and sometimes 0.</summary>
    private static Shape Dims(Random r, int least = 0) => Shape.Of(Enumerable.Range(0, r.Next(least, 5)).Select(_ => Extent(r)).ToArray());

    private static int Extent(Random r) => r.Next(12) == 0 ? 0 : r.Next(1, 5);

    private static Shape Within(Random r, Shape shape) => Shape.Of(shape.Select(d => r.Next(d + 1)).ToArray());

    private static Axes Shuffled(Random r, int rank)
    {
        var axes = Enumerable.Range(0, rank).ToArray();
        r.Shuffle(axes);
        return Axes.Of(axes);
    }

    private static Axes Some(Random r, int rank) => Axes.Of(Enumerable.Range(0, rank).Where(_ => r.Next(2) == 0).ToArray());

    private static Expr Ints(Random r, Shape shape, int from, int to)
    {
        var values = Enumerable.Range(0, (int)shape.Size).Select(_ => r.Next(from, to)).ToArray();
        return r.Next(2) == 0 ? constant<int>(shape, values) : constant<long>(shape, Array.ConvertAll(values, v => (long)v));
    }

    private static Expr Starts(Random r, int rank) => Ints(r, [rank], -2, 6);

    private static Broadcast Broadcasts(Random r)
    {
        var to = Dims(r);
        var mapping = Some(r, to.Rank);
        return new(X(to.Pick(mapping)), to, mapping);
    }

    private static Slice Slices(Random r)
    {
        var s = Dims(r);
        var start = s.Select(d => r.Next(d + 1)).ToImmutableArray();
        return new(X(s), start, s.Select((d, i) => r.Next(start[i], d + 1)).ToImmutableArray(), s.Select(_ => r.Next(1, 4)).ToImmutableArray());
    }

    private static Pad Pads(Random r)
    {
        var s = Dims(r);
        return new(X(s), s.Select(d =>
        {
            while (true)
                if (new PadDim(r.Next(-4, 4), r.Next(-4, 4), r.Next(3)) is var dim && dim.Extent(d) >= 0) return dim;
        }).ToImmutableArray());
    }

    private static Concat Concats(Random r)
    {
        var s = Dims(r, 1);
        var axis = r.Next(s.Rank);
        return new([.. Enumerable.Range(0, r.Next(1, 4)).Select(_ => X(s.With(axis, Extent(r))))], axis);
    }

    private static WindowDim Window(Random r) =>
        new(r.Next(1, 4), r.Next(1, 4), r.Next(-2, 4), r.Next(-2, 4), r.Next(1, 4), r.Next(1, 4));

    private static ImmutableArray<WindowDim> Windows(Random r, int count) => [.. Enumerable.Range(0, count).Select(_ => Window(r))];

    private static WindowSum WindowSums(Random r)
    {
        var s = Dims(r);
        return new(X(s), Windows(r, r.Next(s.Rank + 1)));
    }

    private static Gather Gathers(Random r)
    {
        var s = Dims(r, 1);
        var axis = r.Next(s.Rank);
        var batch = r.Next(axis + 1);
        return new(X(s), Ints(r, s[..batch].Concat(Shape.Of(Enumerable.Range(0, r.Next(3)).Select(_ => Extent(r)).ToArray())), -2, s[axis] + 2), axis, batch);
    }

    private static ScatterAdd ScatterAdds(Random r)
    {
        var s = Dims(r);
        var axis = r.Next(s.Rank + 1);
        var (batch, picks, extent) = (r.Next(axis + 1), r.Next(s.Rank - axis + 1), Extent(r));
        return new(X(s), Ints(r, s[..batch].Concat(s[axis..(axis + picks)]), -2, extent + 2), extent, axis, batch);
    }

    private static Dot Dots(Random r)
    {
        var (batch, contract) = (r.Next(3), r.Next(3));
        var shared = Enumerable.Range(0, batch + contract).Select(_ => Extent(r)).ToArray();
        var (x, y) = (Shuffled(r, shared.Length + r.Next(3)), Shuffled(r, shared.Length + r.Next(3)));
        Expr Operand(Axes places) => X(Shape.Of(Enumerable.Range(0, places.Count).Select(a => places.IndexOf(a) is var i && i < shared.Length ? shared[i] : Extent(r)).ToArray()));
        Axes Part(Axes places, int from, int to) => Axes.Of(places.Span[from..to]);
        return new(Operand(x), Operand(y), Part(x, 0, batch), Part(y, 0, batch), Part(x, batch, shared.Length), Part(y, batch, shared.Length));
    }

    private static Conv Convs(Random r)
    {
        var windows = Windows(r, r.Next(4));
        var (featureGroups, batchGroups) = r.Next(3) switch { 0 => (1, 1), 1 => (r.Next(1, 4), 1), _ => (1, r.Next(1, 4)) };
        var (perGroup, spatial) = (Extent(r), Shape.Of(windows.Select(_ => Extent(r)).ToArray()));
        var x = Shape.Of([batchGroups * (Extent(r)), featureGroups * perGroup]).Concat(spatial);
        var y = Shape.Of([featureGroups * batchGroups * (Extent(r)), perGroup]).Concat(Shape.Of(windows.Select(w => w.Size).ToArray()));
        return new(X(x), X(y), windows, featureGroups, batchGroups);
    }
}
