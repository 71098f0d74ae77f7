using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Sums over axes. Where elements that are added lie side by side, a group adds a run of them, its threads every so many, their sums along a tree;
/// where they lie apart, a thread adds a run, beside those that read their neighbours. Where the results are too few to keep a device busy, there
/// are several runs for each, whose sums are left in scratch memory and added in their order. So results depend on shape and device alone, and no
/// number takes part in more than n/runs/threads + log₂ threads + runs roundings, of n numbers: the bound of adding one by one is n. See
/// <see cref="VectorSums"/> for processors.
/// </summary>
internal static class Sums
{
    private const int Short = 64;
    private const int Block = 64;
    private const int LeastRun = 16;

    public static Passes Of(Sum op, TensorType result, Geometry geometry)
    {
        var shape = op.X.Shape;
        if (result.Shape.Size == 0) return new();
        var (kept, strides, summed) = (op.Axes.Rest(shape.Rank), shape.Strides, shape.Pick(op.Axes));
        var (results, extent) = (checked((int)result.Shape.Size), checked((int)summed.Size));
        var isAdjacent = Enumerable.Range(0, shape.Rank).Where(axis => shape[axis] > 1).DefaultIfEmpty(-1).Last() is var last && op.Axes.Contains(last);
        Value Base(Value at) => Coordinates.Flat(Coordinates.Of(at, result.Shape), [.. kept.Select(a => strides[a])]);
        Value Next(Value n) => Coordinates.Flat(Coordinates.Of(n, summed), [.. op.Axes.Select(a => strides[a])]);
        var (isByGroup, runs) = (isAdjacent && extent >= Short, Runs(results, extent, isAdjacent, geometry));
        StridedOperand Lines() => new([new(1, 0)], [.. kept.Select(a => new Axis(shape[a], strides[a]))], [.. op.Axes.Select(a => new Axis(shape[a], strides[a]))], 0);
        if (runs == 1 && extent > 0 && geometry.IsProcessor && VectorSums.Code(result.DType, Lines(), geometry) is { } vectors) return Passes.Of(2, () => vectors);
        if (runs == 1) return Passes.Of(2, () => Kernel("sum", result.DType, results, extent, 1, isByGroup, Base, Next, geometry));
        var passes = new Passes();
        var parts = passes.Elements(result.DType, (long)runs * results);
        passes.Add(() => Kernel("sum", result.DType, results, extent, runs, isByGroup, Base, Next, geometry), 0, parts);
        passes.Add(() => OfRuns(result.DType, results, runs, geometry), parts, 1);
        return passes;
    }

    private static KernelCode OfRuns(DType type, int results, int runs, Geometry geometry)
    {
        var k = new KernelBuilder("sumOfRuns");
        var (parts, to) = (k.Argument(type), k.Argument(type));
        return PartSums.Code(k, parts, runs, results, (at, sum) => k.Put(to, at, sum), geometry);
    }

    /// <summary>The runs of each sum: enough to keep a device busy, each worth to start for.</summary>
    public static int Runs(long results, long extent, bool isByGroup, Geometry geometry)
    {
        if (geometry.IsProcessor) return results >= geometry.Processors ? 1 : geometry.Runs(extent, results);
        var (wanted, least) = isByGroup ? (geometry.Busy, LeastRun * geometry.Threads) : (geometry.Busy * (long)geometry.Threads, LeastRun);
        return (int)Math.Clamp(Math.Min(wanted / results, extent / least), 1, Math.Max(1, extent));
    }

    /// <summary>The sums of the runs of each result: those of the first runs of all results, then those of the second, and so on.</summary>
    private static KernelCode Kernel(string name, DType type, int results, int extent, int runs, bool isByGroup, Func<Value, Value> start, Func<Value, Value> next, Geometry geometry)
    {
        var k = new KernelBuilder(name);
        var (x, to, length) = (k.Argument(type), k.Argument(type), (extent + runs - 1) / runs);
        Local Partial(Value at, Value thread, int threads)
        {
            var (from, run) = (k.Let(start(runs == 1 ? at : at % results)), k.Let(runs == 1 ? 0 : at / results * length));
            var end = runs == 1 ? extent : (Value)k.Let(Coordinates.Least(run + length, extent));
            var sum = k.Let(new Number(type, 0));
            void Add(Local to, Value first, Value until) => k.For(first, until, threads, n => k.Set(to, to + x[from + next(n)]));
            if (length <= Block * threads) Add(sum, run + thread, end);
            else
            {
                k.For(run, end, Block * threads, block =>
                {
                    var part = k.Let(new Number(type, 0));
                    Add(part, block + thread, k.Let(Coordinates.Least(block + (Block * threads), end)));
                    k.Set(sum, sum + part);
                });
            }
            return sum;
        }
        var all = results * runs;
        if (!isByGroup) return k.ForEach(all, geometry, at => k.Put(to, at, Partial(at, 0, 1)), length);
        var (threads, groups) = (geometry.Halving(extent), Math.Min(all, geometry.Groups));
        var tree = new GroupTree(k, type, threads);
        k.For(KernelBuilder.Group, all, groups, at =>
        {
            var sum = tree.Of(Partial(at, KernelBuilder.Thread, threads), Reduction.Sum);
            k.If(KernelBuilder.Thread.Is(0), () => k.Put(to, at, sum));
        });
        return k.Build(groups, threads);
    }
}
