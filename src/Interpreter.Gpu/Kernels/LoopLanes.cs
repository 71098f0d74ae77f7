using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// The instructions of a fused loop as a thread does them: what is computed for each column for so many neighbours at a time, its lanes, and what is
/// computed for a row once. Neighbours that lie side by side in memory are read and written by one access.
/// </summary>
internal sealed class LoopLanes
{
    private const int Most = 4, AccessBytes = 16;

    private readonly FusedLoop loop;
    private readonly KernelBuilder k;
    private readonly Argument?[] arguments;
    private readonly Value[][] values;

    /// <param name="loop">The loop.</param>
    /// <param name="k">The kernel, which is given the operands' memory next.</param>
    /// <param name="count">How many neighbours: a divisor of the loop's columns.</param>
    /// <param name="product">An operand that is no memory, for the kernel computes its elements itself.</param>
    public LoopLanes(FusedLoop loop, KernelBuilder k, int count = 1, Expr? product = null)
    {
        (this.loop, this.k) = (loop, k);
        arguments = [.. loop.Operands.Select(o => o.Value == product ? null : k.Argument(o.Value.DType))];
        values = [.. Enumerable.Range(0, count).Select(_ => new Value[loop.Types.Count])];
    }

    /// <summary>How many neighbours there are.</summary>
    public int Count => values.Length;

    /// <summary>
    /// How many neighbours a thread does at a time: so many that a device's threads still have something to do, and that they are in one row. Compilers
    /// for processors find them themselves.
    /// </summary>
    public static int CountOf(FusedLoop loop, Geometry geometry)
    {
        var count = geometry.IsProcessor ? 1 : Most;
        while (count > 1 && !(loop.Columns % count == 0 && loop.Size / count >= geometry.Processors * (long)geometry.Threads)) count /= 2;
        return count;
    }

    /// <summary>A value that is the same for all columns.</summary>
    public void Set(int value, Value to)
    {
        foreach (var lane in values) lane[value] = to;
    }

    /// <summary>A value of each of the neighbours.</summary>
    public IEnumerable<Value> Of(int value) => values.Select(lane => lane[value]);

    /// <summary>An instruction for a row.</summary>
    public void Do(Instruction i, Value row)
    {
        if (i is Store store) k.Put(arguments[store.Operand]!, Place(store.Operand, row, row), values[0][store.X]);
        else Set(i.Defines, i is Load load ? k.Let(arguments[load.Operand]![Place(load.Operand, row, row)]) : Computed(i, values[0]));
    }

    /// <summary>An instruction for neighbours, given where the first of them is and, where they come from a product, the elements.</summary>
    public void Do(Instruction i, Value row, Value at, ImmutableArray<Value> elements)
    {
        if (i is Load load) Read(load, row, at, elements);
        else if (i is Store store) Write(store, row, at);
        else
            foreach (var lane in values) lane[i.Defines] = Computed(i, lane);
    }

    private void Read(Load load, Value row, Value at, ImmutableArray<Value> elements)
    {
        if (arguments[load.Operand] is not { } from)
        {
            for (var n = 0; n < Count; n++) values[n][load.To] = elements[n];
            return;
        }
        if (IsOne(loop.Operands[load.Operand]))
        {
            Set(load.To, k.Let(from[Place(load.Operand, row, at)]));
            return;
        }
        var together = Together(loop.Operands[load.Operand]);
        for (var n = 0; n < Count; n += together)
        {
            var read = k.Read(from, Place(load.Operand, row, at + n), together);
            for (var m = 0; m < together; m++) values[n + m][load.To] = read[m];
        }
    }

    private void Write(Store store, Value row, Value at)
    {
        var together = Together(loop.Operands[store.Operand]);
        for (var n = 0; n < Count; n += together)
            k.Put(arguments[store.Operand]!, Place(store.Operand, row, at + n), [.. Enumerable.Range(n, together).Select(m => values[m][store.X])]);
    }

    /// <summary>Whether all neighbours see the same element.</summary>
    private bool IsOne(Operand o) => o.PerRow || (o.Access.Extent == 1 && o.Access.Stretch == 0) || (o.Access.Inner % Count == 0 && Count > 1);

    /// <summary>How many neighbours one access reads or writes, whose first lies at a multiple of them, as the operand itself does: see <see cref="StridedMatrix.RunOf"/>.</summary>
    private int Together(Operand o)
    {
        var (access, size) = (o.Access, o.Value.DType.Size);
        var together = o.PerRow || access.Inner != 1 ? 1 : Math.Min(Count, AccessBytes / size);
        while (together > 1 && !(access.Stretch == 0 ? access.Extent % together == 0 : access.Stretch % together == 0 && access.Pitch % together == 0 && access.Start % together == 0)) together /= 2;
        return together;
    }

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

    private Value Computed(Instruction i, Value[] lane) => i switch
    {
        Immediate m => Number.Of(m.Value),
        Apply a => k.Let(Operations.Of(a, [.. a.Args.Select(x => lane[x])])),
        Choose c => k.Let(Value.Select(lane[c.Predicate], lane[c.X], lane[c.Y])),
        Cast c => k.Let(Operations.Convert(lane[c.X], loop.Types[c.To])),
        _ => throw new NotSupportedException($"{i} has no code"),
    };
}
