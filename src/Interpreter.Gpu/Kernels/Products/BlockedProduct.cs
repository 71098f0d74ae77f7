using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Where elements of some products are in the result.</summary>
/// <param name="At">Given which product, the row and the column.</param>
/// <param name="Apart">How far apart those of neighbouring columns are, or of neighbouring rows within runs of so many; null where it is not the same for all.</param>
internal sealed record ResultPlace(Func<Value, Value, Value, Value> At, Func<bool, int, int?> Apart)
{
    /// <summary>Those of one that lies by strides, of as few axes as may be.</summary>
    public static ResultPlace Of(StridedOperand result) => new(
        (batch, row, column) => result.Line(batch, row) + Axis.Offset(result.Depth, column),
        (isAcross, run) => (isAcross ? result.Depth : result.Lines) switch { [] => 0, [var only] => checked((int)only.Stride), [.., var last] => last.Extent % run == 0 ? checked((int)last.Stride) : null });
}

/// <summary>
/// Products of matrices by blocks, for processors: a group is a thread, which meets no others, and goes along the whole depth with the sums of a block
/// in registers. It is written so that compilers find its vectors: neighbours are read, multiplied by the same number, and in the end written side by side.
/// </summary>
internal static class BlockedProduct
{
    /// <summary>A group computes blocks of so many multiply-adds one after another, which take longer than a group's start.</summary>
    private const long MostTogether = 1 << 14;

    /// <summary>The kernel of some products, given where their elements lie and what is done with one of the result's.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="type">The element type, of operands and sums.</param>
    /// <param name="block">What a thread computes.</param>
    /// <param name="size">How large they are.</param>
    /// <param name="lanes">Where the operand is whose lines are those of vectors.</param>
    /// <param name="x">How it lies.</param>
    /// <param name="others">Where the other one is.</param>
    /// <param name="y">How it lies.</param>
    /// <param name="place">Where elements are in the result.</param>
    /// <param name="finish">What is done with an element, given where it is.</param>
    public static KernelCode Code(KernelBuilder k, DType type, Block block, ProductSize size, Memory lanes, StridedOperand x, Memory others, StridedOperand y, ResultPlace place, Action<Value, Value> finish)
    {
        var (across, down) = block.IsAcross ? (size.Columns, size.Rows) : (size.Rows, size.Columns);
        var (run, downBlocks) = (x.Run, Block.Count(down, block.Others));
        var inRun = Block.Count(run, block.Lanes);
        var all = checked(size.Batch * block.Along(x) * downBlocks);
        var length = (int)Math.Clamp(MostTogether / ((long)size.Depth * block.Lanes * block.Others), 1, all);
        if (length == 1) One(KernelBuilder.Group);
        else
        {
            var begin = k.Let(KernelBuilder.Group * length);
            k.For(begin, k.Let(Coordinates.Least(begin + length, all)), 1, One);
        }
        return k.Build(Block.Count(all, length), 1);

        void One(Value number)
        {
            var group = Coordinates.Of(number, Shape.Of([size.Batch, x.Count / run, inRun, downBlocks]));
            var (batch, firstOther) = (k.Let(group[0]), k.Let(group[3] * block.Others));

            // a run is read to its end, and no farther: its last block begins earlier, and leaves out what the one before does
            var (begin, first) = (k.Let(group[1] * run), k.Let(group[2] * block.Lanes));
            var within = run % block.Lanes == 0 ? first : k.Let(Coordinates.Least(first, run - block.Lanes));
            var start = k.Let(begin + within);
            var lane = k.Let(x.Line(batch, start));
            Value[] other = [.. Enumerable.Range(0, block.Others).Select(i => (Value)k.Let(y.Line(batch, down % block.Others == 0 ? firstOther + i : Coordinates.Least(firstOther + i, down - 1))))];

            var sums = new Local[block.Others, block.Lanes];
            for (var i = 0; i < block.Others; i++)
                for (var j = 0; j < block.Lanes; j++) sums[i, j] = k.Let(new Number(type, 0));
            new DepthLoops(x, y).Each(k, (alongLanes, alongOthers) =>
            {
                var vector = k.ReadRun(lanes, lane + alongLanes, block.Lanes);
                for (var i = 0; i < block.Others; i++)
                {
                    var factor = k.Let(others[other[i] + alongOthers]);
                    for (var j = 0; j < block.Lanes; j++) k.Set(sums[i, j], type.IsFloat ? Value.Fma(factor, vector[j], sums[i, j]) : (factor * vector[j]) + sums[i, j]);
                }
            });

            var done = k.Shared(type, block.Others * block.Lanes);
            for (var i = 0; i < block.Others; i++)
                for (var j = 0; j < block.Lanes; j++) k.Put(done, (i * block.Lanes) + j, sums[i, j]);
            var (skipped, until) = (k.Let(first - within), k.Let(Coordinates.Least(block.Lanes, across - start)));
            k.For(0, k.Let(Coordinates.Least(block.Others, down - firstOther)), 1, i =>
            {
                var line = k.Let(firstOther + i);
                Value At(Value lane) => k.Let(block.IsAcross ? place.At(batch, line, lane) : place.At(batch, lane, line));
                var (apart, at) = (place.Apart(block.IsAcross, run), At(start));
                k.For(skipped, until, 1, j => finish(apart is { } a ? at + (j * a) : At(start + j), k.Let(done[(i * block.Lanes) + j])));
            });
        }
    }
}
