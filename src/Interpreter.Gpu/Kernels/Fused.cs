using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// A fused loop. Where nothing is reduced, a thread computes an element; short rows are computed by a thread each, and longer ones by a group,
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
    private readonly Argument?[] arguments;
    private readonly Value[] values;

    private Fused(FusedLoop loop, KernelBuilder k, Expr? product = null)
    {
        (this.loop, this.k) = (loop, k);
        arguments = [.. loop.Operands.Select(o => o.Value == product ? null : k.Argument(o.Value.DType))];
        values = new Value[loop.Types.Count];
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
            passes.Add(() => new Fused(loop, new($"fusedStage{stage}")).Stage(stage, runs, geometry), [.. operands, .. parts]);
        }
        if (loop.Stages.Any(s => s.Row.Any(i => i is Store))) passes.Add(() => new Fused(loop, new("fusedRows")).Ends(runs, geometry), [.. operands, .. parts]);
        return passes;
    }

    private static KernelCode Code(FusedLoop loop, Geometry geometry)
    {
        var fused = new Fused(loop, new("fused"));
        if (loop.Size == 0 && loop.IsMap) return fused.k.Build(1, 1);
        return loop.IsMap ? fused.Map(geometry) : loop.Length <= ShortRow ? fused.ShortRows(geometry) : fused.Rows(geometry);
    }

    /// <summary>What goes on with a product's elements, given the memory of the loop's other operands: from an element's place and the element.</summary>
    public static Action<Value, Value> Finish(KernelBuilder k, FusedLoop loop, Expr product)
    {
        var fused = new Fused(loop, k, product);
        return (at, element) => fused.Element(at, element);
    }

    private KernelCode Map(Geometry geometry) => k.ForEach(loop.Size, geometry, at => Element(at, null));

    private void Element(Value at, Value? product)
    {
        var (place, row) = (k.Let(at), k.Let(at / (int)loop.Columns));
        foreach (var stage in loop.Stages)
        {
            OfRow(stage, row, (store, _) => k.If(place.Is(row * (int)loop.Columns), store));
            foreach (var i in stage.Columns) Do(i, row, place, product);
        }
    }

    private KernelCode ShortRows(Geometry geometry) => k.ForEach(loop.Rows, geometry, row => Row(row, 0, 1, (partial, _) => partial, (store, _) => store()), loop.Columns);

    private KernelCode Rows(Geometry geometry)
    {
        var (threads, most) = (1, loop.Rows < FewRows * geometry.Processors ? geometry.MostThreads : geometry.Threads);
        while (threads < loop.Length && (threads < geometry.Threads || (threads < most && LeastColumns * threads < loop.Length))) threads *= 2;
        var groups = (int)Math.Clamp(loop.Rows, 1, geometry.Groups);
        var trees = Trees(threads);
        k.For(KernelBuilder.Group, (int)loop.Rows, groups, row => Row(row, threads == 1 ? 0 : KernelBuilder.Thread, threads,
            (partial, kind) => trees[partial.Type].Value.Of(partial, kind), ByOne));
        return k.Build(groups, threads);
    }

    /// <summary>A stage by several groups for each row, given the parts of this and all former stages' reductions.</summary>
    private KernelCode Stage(int at, int runs, Geometry geometry)
    {
        var (length, last, parts) = ((int)((loop.Length + runs - 1) / runs), loop.Stages[at], Parts(at + 1));
        var threads = geometry.Halving(length);
        var (tasks, trees) = ((int)loop.Rows * runs, Trees(threads));
        var groups = Math.Min(tasks, geometry.Groups);
        k.For(KernelBuilder.Group, tasks, groups, task =>
        {
            var (row, run) = (k.Let(task / runs), k.Let(task % runs));
            Known(loop.Stages.Take(at), row, runs, threads, parts, trees, (_, _) => { });
            OfRow(last, row, (_, _) => { });
            var end = k.Let(Coordinates.Least((run * length) + length, (int)loop.Length));
            foreach (var (r, part) in OfColumns(last, row, (run * length) + KernelBuilder.Thread, end, threads))
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
        var (groups, trees) = ((int)Math.Min(loop.Rows, geometry.Groups), Trees(threads));
        k.For(KernelBuilder.Group, (int)loop.Rows, groups, row => Known(loop.Stages, row, runs, threads, parts, trees, ByOne));
        return k.Build(groups, threads);
    }

    private Dictionary<int, Argument> Parts(int stages) => loop.Stages.Take(stages).SelectMany(s => s.Columns).OfType<Reduce>().ToDictionary(r => r.To, r => k.Argument(loop.Types[r.To]));

    /// <summary>The numbers of a row after some stages, from the parts of their reductions.</summary>
    private void Known(IEnumerable<Stage> stages, Value row, int runs, int threads, Dictionary<int, Argument> parts, Dictionary<DType, Lazy<GroupTree>> trees, Once once)
    {
        foreach (var stage in stages)
        {
            OfRow(stage, row, once);
            foreach (var r in stage.Columns.OfType<Reduce>())
            {
                var whole = k.Let(Combining.Neutral(r.Kind, loop.Types[r.To]));
                k.For(KernelBuilder.Thread, runs, threads, part => k.Set(whole, Combining.Of(r.Kind, whole, parts[r.To][(row * runs) + part])));
                values[r.To] = trees[loop.Types[r.To]].Value.Of(whole, r.Kind);
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
            foreach (var (r, part) in OfColumns(stage, row, first, (int)loop.Length, step)) values[r.To] = together(part, r.Kind);
        }
    }

    /// <summary>What a stage computes once for a row.</summary>
    private void OfRow(Stage stage, Value row, Once once)
    {
        if (stage.Row.Count == 0) return;
        var isEnd = stage == loop.Stages[^1] && stage.Columns.Count == 0;
        if (isEnd) once(All, false);
        else All();

        void All()
        {
            foreach (var i in stage.Row)
            {
                if (i is Store store && !isEnd) once(() => Do(i, row, row), IsOverAnother(store, stage));
                else Do(i, row, row);
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
        if (step == 1 && loop.Length > ShortRow) ByLanes(stage, row, first, until, parts);
        else k.For(first, until, step, column => Each(stage, row, k.Let(At(row, column)), r => k.Set(parts[r], Combining.Of(r.Kind, parts[r], values[r.X]))));
        return [.. parts.Select(p => (p.Key, p.Value))];
    }

    /// <summary>The same by one thread: neighbours go to the lanes of a vector, each of which has a part of a reduction, and these are put together in their order.</summary>
    private void ByLanes(Stage stage, Value row, Value first, Value until, Dictionary<Reduce, Local> parts)
    {
        var lanes = parts.ToDictionary(p => p.Key, p => k.Shared(p.Value.Type, Lanes));
        foreach (var (r, lane) in lanes) k.For(Lanes, i => k.Put(lane, i, Combining.Neutral(r.Kind, lane.Type)));
        Pieces(row, first, until, (start, length) =>
        {
            var whole = lanes.Count == 0 ? (Value)0 : k.Let(length / Lanes * Lanes);
            if (lanes.Count > 0)
                k.For(0, whole, Lanes, block => k.For(Lanes, i => Each(stage, row, k.Let(start + block + i), r => k.Put(lanes[r], i, Combining.Of(r.Kind, lanes[r][i], values[r.X])))));
            k.For(whole, length, 1, column => Each(stage, row, k.Let(start + column), r => k.Set(parts[r], Combining.Of(r.Kind, parts[r], values[r.X]))));
        });
        foreach (var (r, lane) in lanes) k.For(Lanes, i => k.Set(parts[r], Combining.Of(r.Kind, parts[r], lane[i])));
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
            else Do(i, row, at);
        }
    }

    /// <summary>Where a column of a row is: all pieces of a row count as one after the other.</summary>
    private Value At(Value row, Value column) => ((loop.Batch == 1 ? row : (column / (int)loop.Columns * (int)(loop.Rows - 1)) + row) * (int)loop.Columns) + column;

    private Value Place(int operand, Value row, Value at)
    {
        var o = loop.Operands[operand];
        var (extent, inner, all) = (o.Access.Extent, o.Access.Inner, o.PerRow ? loop.Rows : loop.Size);
        if (extent == 1 && o.Access.Stretch == 0) return 0;
        var index = (o.PerRow ? row : at) / checked((int)inner);
        var element = extent * inner >= all ? index : index % checked((int)extent);
        if (o.Access.Stretch == 0) return element;
        var stretch = checked((int)o.Access.Stretch);
        return (element / stretch * checked((int)o.Access.Pitch)) + (element % stretch) + checked((int)o.Access.Start);
    }

    private void Do(Instruction i, Value row, Value at, Value? product = null)
    {
        switch (i)
        {
            case Load load: values[load.To] = arguments[load.Operand] is { } from ? k.Let(from[Place(load.Operand, row, at)]) : product!; break;
            case Store store: k.Put(arguments[store.Operand]!, Place(store.Operand, row, at), values[store.X]); break;
            case Immediate m: values[m.To] = Number.Of(m.Value); break;
            case Apply a: values[a.To] = k.Let(Operations.Of(a, [.. a.Args.Select(x => values[x])])); break;
            case Choose c: values[c.To] = k.Let(Value.Select(values[c.Predicate], values[c.X], values[c.Y])); break;
            case Cast c: values[c.To] = k.Let(Operations.Convert(values[c.X], loop.Types[c.To])); break;
            default: throw new NotSupportedException($"{i} has no code");
        }
    }
}
