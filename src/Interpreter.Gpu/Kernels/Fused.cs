using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// A fused loop. Where nothing is reduced, a thread computes an element; short rows are computed by a thread each, and longer ones by a group,
/// whose threads' partial results are put together along a tree in shared memory.
/// </summary>
internal sealed class Fused
{
    private const int ShortRow = 8;

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

    /// <summary>The kernel of a loop, given its operands' memory.</summary>
    public static KernelCode Code(FusedLoop loop, Geometry geometry)
    {
        var fused = new Fused(loop, new("fused"));
        if (loop.Rows * loop.Columns == 0 && loop.IsMap) return fused.k.Build(1, 1);
        return loop.IsMap ? fused.Map(geometry) : loop.Columns <= ShortRow ? fused.ShortRows(geometry) : fused.Rows(geometry);
    }

    /// <summary>What goes on with a product's elements, given the memory of the loop's other operands: from an element's place and the element.</summary>
    public static Action<Value, Value> Finish(KernelBuilder k, FusedLoop loop, Expr product)
    {
        var fused = new Fused(loop, k, product);
        return (at, element) => fused.Element(at, element);
    }

    private KernelCode Map(Geometry geometry) => k.ForEach(loop.Rows * loop.Columns, geometry, at => Element(at, null));

    private void Element(Value at, Value? product)
    {
        var (place, row) = (k.Let(at), k.Let(at / (int)loop.Columns));
        foreach (var stage in loop.Stages)
            foreach (var i in stage.Row.Concat(stage.Columns)) Do(i, row, place, product);
    }

    private KernelCode ShortRows(Geometry geometry) => k.ForEach(loop.Rows, geometry, row => Row(row, 0, 1, (partial, _) => partial, store => store()));

    private KernelCode Rows(Geometry geometry)
    {
        var threads = 1;
        while (threads < loop.Columns && threads < geometry.Threads) threads *= 2;
        var groups = (int)Math.Clamp(loop.Rows, 1, geometry.Groups);
        var trees = loop.Types.Select(t => t).Distinct().ToDictionary(t => t, t => new Lazy<GroupTree>(() => new(k, t, threads)));
        k.For(KernelBuilder.Group, (int)loop.Rows, groups, row => Row(row, KernelBuilder.Thread, threads,
            (partial, kind) => trees[partial.Type].Value.Of(partial, kind),
            store => k.If(KernelBuilder.Thread.Is(0), store)));
        return k.Build(groups, threads);
    }

    /// <summary>A row by threads that take columns in turn.</summary>
    private void Row(Value row, Value first, int step, Func<Local, Reduction, Value> together, Action<Action> once)
    {
        foreach (var stage in loop.Stages)
        {
            foreach (var i in stage.Row)
            {
                if (i is Store) once(() => Do(i, row, row));
                else Do(i, row, row);
            }
            if (stage.Columns.Count == 0) continue;
            Reduce[] reductions = [.. stage.Columns.OfType<Reduce>()];
            var partial = reductions.ToDictionary(r => r.To, r => k.Let(Combining.Neutral(r.Kind, loop.Types[r.To])));
            k.For(first, (int)loop.Columns, step, column =>
            {
                var at = k.Let((row * (int)loop.Columns) + column);
                foreach (var i in stage.Columns)
                {
                    if (i is Reduce r) k.Set(partial[r.To], Combining.Of(r.Kind, partial[r.To], values[r.X]));
                    else Do(i, row, at);
                }
            });
            foreach (var r in reductions) values[r.To] = together(partial[r.To], r.Kind);
        }
    }

    private Value Place(int operand, Value row, Value at)
    {
        var o = loop.Operands[operand];
        var (extent, inner, all) = (o.Access.Extent, o.Access.Inner, o.PerRow ? loop.Rows : loop.Rows * loop.Columns);
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
