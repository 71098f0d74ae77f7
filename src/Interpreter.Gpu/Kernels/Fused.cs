using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// A fused loop. Where nothing is reduced, a thread computes an element, or some neighbours; short rows are computed by a thread each, and longer ones by a group,
/// whose threads' partial results are put together along a tree in shared memory. Where rows are too few to keep a device busy, several groups reduce
/// a row, a kernel for each stage: the parts that they leave in scratch memory are put together, along a tree, by all that read the whole. The last of
/// these kernels stores the rows' own numbers, which all before it compute again.
/// </summary>
internal sealed class Fused
{
    private const int ShortRow = 8;
    private const int Lanes = 16;

    /// <summary>Groups are larger where a multiprocessor has fewer rows than this, and a thread no fewer columns than that.</summary>
    private const int FewRows = 2, LeastColumns = 4;

    /// <summary>What one thread does for a row.</summary>
    /// <param name="store">It.</param>
    /// <param name="isLast">Whether it waits for what the others read.</param>
    private delegate void Once(Action store, bool isLast);

    private readonly FusedLoop loop;
    private readonly KernelBuilder k;
    private readonly LoopLanes lanes;

    private Fused(KernelBuilder k, FusedLoop loop, LoopLanes lanes) => (this.k, this.loop, this.lanes) = (k, loop, lanes);

    private static Fused Of(string name, FusedLoop loop, int neighbours)
    {
        var k = new KernelBuilder(name);
        return new(k, loop, new(loop, k, neighbours));
    }

    /// <summary>The kernels of a loop, given its operands' memory.</summary>
    public static Passes Passes(FusedLoop loop, Geometry geometry)
    {
        var runs = loop is { IsMap: false, Rows: > 0 } ? Sums.Runs(loop.Rows, loop.Length, true, geometry) : 1;
        if (runs == 1) return Kernels.Passes.Of(loop.Operands.Count, () => Code(loop, geometry));
        var (passes, parts) = (new Passes(), new List<Piece>());
        Piece[] operands = [.. Enumerable.Range(0, loop.Operands.Count).Select(o => (Piece)o)];
        foreach (var stage in Enumerable.Range(0, loop.Stages.Count).Where(s => loop.Stages[s].Columns.Count > 0))
        {
            parts.AddRange(loop.Stages[stage].Columns.OfType<Reduce>().Select(r => passes.Elements(loop.Types[r.To], loop.Rows * runs)));
            passes.Add(() => Of($"fusedStage{stage}", loop, LoopLanes.CountOf(loop, geometry)).Stage(stage, runs, geometry), [.. operands, .. parts]);
        }
        if (loop.Stages.Any(s => s.Row.Any(i => i is Store))) passes.Add(() => Of("fusedRows", loop, 1).Ends(runs, geometry), [.. operands, .. parts]);
        return passes;
    }

    private static KernelCode Code(FusedLoop loop, Geometry geometry)
    {
        var isShort = !loop.IsMap && loop.Length <= ShortRow;
        var fused = Of("fused", loop, isShort ? 1 : LoopLanes.CountOf(loop, geometry));
        if (loop.Size == 0 && loop.IsMap) return fused.k.Build(1, 1);
        return loop.IsMap ? fused.Map(geometry) : isShort ? fused.ShortRows(geometry) : fused.Rows(geometry);
    }

    /// <summary>What goes on with neighbouring elements of a product, given the memory of the loop's other operands: from the first one's place and the elements.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="product">What it goes on with.</param>
    /// <param name="neighbours">How many elements: a divisor of the loop's columns, as <see cref="Neighbours"/> finds it.</param>
    public static Action<Value, ImmutableArray<Value>> Finish(KernelBuilder k, FusedLoop loop, Expr product, int neighbours) =>
        new Fused(k, loop, new(loop, k, neighbours, product)).Elements;

    /// <summary>How many of some neighbours a loop goes on with at a time: those of one row.</summary>
    public static int Neighbours(FusedLoop loop, int most)
    {
        while (loop.Columns % most != 0) most /= 2;
        return most;
    }

    private KernelCode Map(Geometry geometry) => k.ForEach(loop.Size / lanes.Count, geometry, at => Elements(at * lanes.Count, []));

    private void Elements(Value at, ImmutableArray<Value> elements)
    {
        var (place, row) = (k.Let(at), k.Let(at / (int)loop.Columns));
        foreach (var stage in loop.Stages)
        {
            OfRow(stage, row, (store, _) => k.If(place.Is(row * (int)loop.Columns), store));
            foreach (var i in stage.Columns) lanes.Do(i, row, place, elements);
        }
    }

    private KernelCode ShortRows(Geometry geometry) => k.ForEach(loop.Rows, geometry, row => Row(row, 0, 1, (partial, _) => partial, (store, _) => store()), loop.Columns);

    private KernelCode Rows(Geometry geometry)
    {
        var (threads, most) = (1, loop.Rows < FewRows * geometry.Processors ? geometry.MostThreads : geometry.Threads);
        var columns = loop.Length / lanes.Count;
        while (threads < columns && (threads < geometry.Threads || (threads < most && LeastColumns * threads < loop.Length))) threads *= 2;
        var groups = (int)Math.Clamp(loop.Rows, 1, geometry.Groups);
        var trees = Trees(threads);
        k.For(KernelBuilder.Group, (int)loop.Rows, groups, row => Row(row, threads == 1 ? 0 : KernelBuilder.Thread * lanes.Count, threads,
            (partial, kind) => trees[partial.Type].Value.Of(partial, kind), ByOne));
        return k.Build(groups, threads);
    }

    /// <summary>A stage by several groups for each row, given the parts of this and all former stages' reductions.</summary>
    private KernelCode Stage(int at, int runs, Geometry geometry)
    {
        var (length, last, parts) = (lanes.Count * (int)((loop.Length / lanes.Count + runs - 1) / runs), loop.Stages[at], Parts(at + 1));
        var threads = geometry.Halving(length / lanes.Count);
        var (tasks, trees) = ((int)loop.Rows * runs, Trees(threads));
        var groups = Math.Min(tasks, geometry.Groups);
        k.For(KernelBuilder.Group, tasks, groups, task =>
        {
            var (row, run) = (k.Let(task / runs), k.Let(task % runs));
            var needed = Needed(at + 1, last.Columns.SelectMany(i => i.Reads));
            Known(at, needed, row, runs, threads, parts, trees, (_, _) => { });
            OfRow(last, row, (_, _) => { }, needed);
            var end = k.Let(Coordinates.Least((run * length) + length, (int)loop.Length));
            foreach (var (r, part) in OfColumns(last, row, (run * length) + (KernelBuilder.Thread * lanes.Count), end, threads))
            {
                var whole = trees[part.Type].Value.Of(part, r.Kind);
                k.If(KernelBuilder.Thread.Is(0), () => k.Put(parts[r.To], task, whole));
            }
        });
        return k.Build(groups, threads);
    }

    /// <summary>What is stored for each row, by a group, given the parts of all reductions.</summary>
    private KernelCode Ends(int runs, Geometry geometry)
    {
        var (parts, threads) = (Parts(loop.Stages.Count), geometry.Halving(runs));
        var needed = Needed(loop.Stages.Count, loop.Stages.SelectMany(s => s.Row).OfType<Store>().Select(s => s.X));
        var (groups, trees) = ((int)Math.Min(loop.Rows, geometry.Groups), Trees(threads));
        k.For(KernelBuilder.Group, (int)loop.Rows, groups, row => Known(loop.Stages.Count, needed, row, runs, threads, parts, trees, ByOne));
        return k.Build(groups, threads);
    }

    private Dictionary<int, Argument> Parts(int stages) => loop.Stages.Take(stages).SelectMany(s => s.Columns).OfType<Reduce>().ToDictionary(r => r.To, r => k.Argument(loop.Types[r.To]));

    /// <summary>Those values of rows that some others are made of, after some stages: a kernel that does not store what the rest is for leaves it out.</summary>
    private HashSet<int> Needed(int stages, IEnumerable<int> others)
    {
        var needed = others.ToHashSet();
        foreach (var i in loop.Stages.Take(stages).SelectMany(s => s.Row).Reverse())
            if (needed.Contains(i.Defines)) needed.UnionWith(i.Reads);
        return needed;
    }

    /// <summary>The needed numbers of a row after some stages, from the parts of their reductions.</summary>
    private void Known(int stages, HashSet<int> needed, Value row, int runs, int threads, Dictionary<int, Argument> parts, Dictionary<DType, Lazy<GroupTree>> trees, Once once)
    {
        foreach (var stage in loop.Stages.Take(stages))
        {
            OfRow(stage, row, once, needed);
            foreach (var r in stage.Columns.OfType<Reduce>().Where(r => needed.Contains(r.To)))
            {
                var whole = k.Let(Combining.Neutral(r.Kind, loop.Types[r.To]));
                k.For(KernelBuilder.Thread, runs, threads, part => k.Set(whole, Combining.Of(r.Kind, whole, parts[r.To][(row * runs) + part])));
                lanes.Set(r.To, trees[loop.Types[r.To]].Value.Of(whole, r.Kind));
            }
        }
    }

    /// <summary>What one thread of a group does, when the others have read where they must.</summary>
    private void ByOne(Action store, bool isLast)
    {
        if (isLast) k.Meet();
        k.If(KernelBuilder.Thread.Is(0), store);
    }

    private Dictionary<DType, Lazy<GroupTree>> Trees(int threads) => loop.Types.Distinct().ToDictionary(t => t, t => new Lazy<GroupTree>(() => new(k, t, threads)));

    /// <summary>A row by threads that take columns in turn.</summary>
    private void Row(Value row, Value first, int step, Func<Local, Reduction, Value> together, Once once)
    {
        foreach (var stage in loop.Stages)
        {
            OfRow(stage, row, once);
            foreach (var (r, part) in OfColumns(stage, row, first, (int)loop.Length, step)) lanes.Set(r.To, together(part, r.Kind));
        }
    }

    /// <summary>What a stage computes once for a row: all, or the needed.</summary>
    private void OfRow(Stage stage, Value row, Once once, HashSet<int>? needed = null)
    {
        if (stage.Row.Count == 0) return;
        var isEnd = stage == loop.Stages[^1] && stage.Columns.Count == 0;
        if (isEnd) once(All, false);
        else All();

        void All()
        {
            foreach (var i in stage.Row.Where(i => i is Store || needed?.Contains(i.Defines) != false))
            {
                if (i is Store store && !isEnd) once(() => lanes.Do(i, row), IsOverAnother(store, stage));
                else lanes.Do(i, row);
            }
        }
    }

    /// <summary>Whether what a row stores may lie where all threads have read in the same stage.</summary>
    private bool IsOverAnother(Store store, Stage stage) =>
        stage.Row.OfType<Load>().Any(load => loop.MayOverwrite(loop.Operands[load.Operand].Value, loop.Operands[store.Operand].Value));

    /// <summary>What a stage computes for some columns, and what its reductions make of them.</summary>
    private (Reduce Reduction, Local Part)[] OfColumns(Stage stage, Value row, Value first, Value until, int step)
    {
        if (stage.Columns.Count == 0) return [];
        var parts = stage.Columns.OfType<Reduce>().ToDictionary(r => r, r => k.Let(Combining.Neutral(r.Kind, loop.Types[r.To])));
        if (step == 1 && loop.Length > ShortRow) ByVectors(stage, row, first, until, parts);
        else k.For(first, until, step * lanes.Count, column => Each(stage, row, k.Let(At(row, column)), r => Add(r, parts[r])));
        return [.. parts.Select(p => (p.Key, p.Value))];
    }

    /// <summary>A part of a reduction and what columns have of it, one after another.</summary>
    private void Add(Reduce r, Local part)
    {
        foreach (var value in lanes.Of(r.X)) k.Set(part, Combining.Of(r.Kind, part, value));
    }

    /// <summary>The same by one thread: neighbours go to the lanes of a vector, each of which has a part of a reduction, and these are put together in their order.</summary>
    private void ByVectors(Stage stage, Value row, Value first, Value until, Dictionary<Reduce, Local> parts)
    {
        var vectors = parts.ToDictionary(p => p.Key, p => k.Shared(p.Value.Type, Lanes));
        foreach (var (r, lane) in vectors) k.For(Lanes, i => k.Put(lane, i, Combining.Neutral(r.Kind, lane.Type)));
        Pieces(row, first, until, (start, length) =>
        {
            var whole = vectors.Count == 0 ? (Value)0 : k.Let(length / Lanes * Lanes);
            if (vectors.Count > 0)
                k.For(0, whole, Lanes, block => k.For(Lanes, i => Each(stage, row, k.Let(start + block + i), r => k.Put(vectors[r], i, Combining.Of(r.Kind, vectors[r][i], lanes.Of(r.X).Single())))));
            k.For(whole, length, 1, column => Each(stage, row, k.Let(start + column), r => Add(r, parts[r])));
        });
        foreach (var (r, lane) in vectors) k.For(Lanes, i => k.Set(parts[r], Combining.Of(r.Kind, parts[r], lane[i])));
    }

    /// <summary>Some columns as runs of neighbours: where each begins, and how long it is.</summary>
    private void Pieces(Value row, Value first, Value until, Action<Value, Value> piece)
    {
        if (loop.Batch == 1) piece(k.Let(At(row, first)), k.Let(until - first));
        else if (first is Number) k.For((int)loop.Batch, b => piece(k.Let(((b * (int)loop.Rows) + row) * (int)loop.Columns), (int)loop.Columns));
        else k.For(first, until, 1, column => piece(k.Let(At(row, column)), 1));
    }

    private void Each(Stage stage, Value row, Value at, Action<Reduce> reduce)
    {
        foreach (var i in stage.Columns)
        {
            if (i is Reduce r) reduce(r);
            else lanes.Do(i, row, at, []);
        }
    }

    /// <summary>Where a column of a row is: all pieces of a row count as one after the other.</summary>
    private Value At(Value row, Value column) => ((loop.Batch == 1 ? row : (column / (int)loop.Columns * (int)(loop.Rows - 1)) + row) * (int)loop.Columns) + column;
}
