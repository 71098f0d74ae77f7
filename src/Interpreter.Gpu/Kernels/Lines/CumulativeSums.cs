using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Cumulative sums. Short lines, and lines that are many and lie beside each other, are added one by one by a thread each. A longer line is cut into
/// tiles: each thread adds some adjacent elements one by one, the sums of the threads are added up in log₂ threads doublings, and what came before the
/// tile is added last. Where lines are too few to keep a device busy, groups share a line: each first adds up its run, and begins with the sum of
/// the runs before. Of the n-th element's n numbers none takes part in more than Each + log₂ threads + n/tile + runs roundings; the bound of adding one by one is n.
/// </summary>
internal static class CumulativeSums
{
    /// <summary>The adjacent elements of a thread.</summary>
    private const int Each = 4;

    public static Passes Of(CumulativeSum op, Geometry geometry)
    {
        var (shape, type) = (op.X.Shape, op.X.DType);
        if (shape.Size == 0) return new();
        var along = new Along(shape, op.Axis);
        Value At(Value line, Value n) => along.At(line, op.Reversed ? (along.Extent - 1) - n : n);
        if (along.IsThreads(geometry)) return Passes.Of(2, () => OneByOne(type, along, At, geometry));
        var tile = Each * geometry.Halving(along.Extent);
        var length = (((along.Extent + Sums.Runs(along.Count, along.Extent, true, geometry) - 1) / Sums.Runs(along.Count, along.Extent, true, geometry)) + tile - 1) / tile * tile;
        var runs = (along.Extent + length - 1) / length;
        if (runs == 1) return Passes.Of(2, () => Scan(type, along, At, length, runs, geometry));
        var passes = new Passes();
        var sums = passes.Elements(type, (long)along.Count * runs);
        passes.Add(() => OfRuns(type, along, At, length, runs, geometry), 0, sums);
        passes.Add(() => Scan(type, along, At, length, runs, geometry), 0, 1, sums);
        return passes;
    }

    private static KernelCode OneByOne(DType type, Along along, Func<Value, Value, Value> place, Geometry geometry)
    {
        var k = new KernelBuilder("cumulativeSum");
        var (x, to) = (k.Argument(type), k.Argument(type));
        return k.ForEach(along.Count, geometry, line =>
        {
            var sum = k.Let(new Number(type, 0));
            k.For(along.Extent, n =>
            {
                var at = k.Let(place(line, n));
                k.Set(sum, sum + x[at]);
                k.Put(to, at, sum);
            });
        }, along.Extent);
    }

    /// <summary>The sum of each run.</summary>
    private static KernelCode OfRuns(DType type, Along along, Func<Value, Value, Value> place, int length, int runs, Geometry geometry)
    {
        var k = new KernelBuilder("sumsOfRuns");
        var (x, to, threads) = (k.Argument(type), k.Argument(type), geometry.Halving(along.Extent));
        var (tree, groups) = (new GroupTree(k, type, threads), Math.Min(along.Count * runs, geometry.Groups));
        k.For(KernelBuilder.Group, along.Count * runs, groups, task =>
        {
            var (line, first, sum) = (k.Let(task / runs), k.Let(task % runs * length), k.Let(new Number(type, 0)));
            k.For(first + KernelBuilder.Thread, k.Let(Coordinates.Least(first + length, along.Extent)), threads, n => k.Set(sum, sum + x[place(line, n)]));
            var all = tree.Of(sum, Reduction.Sum);
            k.If(KernelBuilder.Thread.Is(0), () => k.Put(to, task, all));
        });
        return k.Build(groups, threads);
    }

    /// <summary>The cumulative sums of each run, which begin with the sum of the runs before it.</summary>
    private static KernelCode Scan(DType type, Along along, Func<Value, Value, Value> place, int length, int runs, Geometry geometry)
    {
        var k = new KernelBuilder("cumulativeSum");
        var (x, to, threads) = (k.Argument(type), k.Argument(type), geometry.Halving(along.Extent));
        var sums = runs > 1 ? k.Argument(type) : null;
        var (tree, shared, zero) = (new Lazy<GroupTree>(() => new(k, type, threads)), k.Shared(type, threads), new Number(type, 0));
        var (thread, groups) = (KernelBuilder.Thread, Math.Min(along.Count * runs, geometry.Groups));
        k.For(KernelBuilder.Group, along.Count * runs, groups, task =>
        {
            var (line, run, before) = (k.Let(task / runs), k.Let(task % runs), k.Let(zero));
            if (sums is not null)
            {
                k.For(thread, run, threads, r => k.Set(before, before + sums[(line * runs) + r]));
                k.Set(before, tree.Value.Of(before, Reduction.Sum));
            }
            k.For(run * length, k.Let(Coordinates.Least((run * length) + length, along.Extent)), Each * threads, tile =>
            {
                var (places, own) = (new Value[Each], new Value[Each]);
                for (var e = 0; e < Each; e++)
                {
                    places[e] = k.Let(tile + (thread * Each) + e);
                    var isThere = k.Let(places[e] < along.Extent);
                    var element = Value.Select(isThere, x[place(line, Value.Select(isThere, places[e], 0))], zero);
                    own[e] = k.Let(e == 0 ? element : own[e - 1] + element);
                }
                k.Put(shared, thread, own[^1]);
                k.Meet();
                for (var reach = 1; reach < threads; reach *= 2)
                {
                    var by = reach;
                    var further = k.Let(shared[Value.Select(thread < by, 0, thread - by)]);
                    k.Meet();
                    k.If(!(thread < by), () => k.Put(shared, thread, shared[thread] + further));
                    k.Meet();
                }
                var start = k.Let(before + Value.Select(thread.Is(0), zero, shared[Value.Select(thread.Is(0), 0, thread - 1)]));
                k.Set(before, before + shared[threads - 1]);
                for (var e = 0; e < Each; e++)
                {
                    var sum = e;
                    k.If(places[e] < along.Extent, () => k.Put(to, place(line, places[sum]), start + own[sum]));
                }
                k.Meet();
            });
        });
        return k.Build(groups, threads);
    }
}
