using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>What goes along axes: sums, cumulative sums, extremes and orders.</summary>
internal static class Lines
{
    private const int LongLine = 64;

    /// <summary>A sum over axes: a thread's, or, where much is summed, a group's.</summary>
    public static KernelCode Sum(Sum op, TensorType result, Geometry geometry)
    {
        var (k, shape) = (new KernelBuilder("sum"), op.X.Shape);
        var (x, to) = (k.Argument(result.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var (kept, strides, summed) = (op.Axes.Rest(shape.Rank), shape.Strides, shape.Pick(op.Axes));
        Value At(Value base_, Value n) => base_ + Coordinates.Flat(Coordinates.Of(n, summed), [.. op.Axes.Select(a => strides[a])]);
        Value Base(Value at) => Coordinates.Flat(Coordinates.Of(at, result.Shape), [.. kept.Select(a => strides[a])]);
        Local Partial(Value at, Value first, int step)
        {
            var (start, sum) = (k.Let(Base(at)), k.Let(new Number(result.DType, 0)));
            k.For(first, (int)summed.Size, step, n => k.Set(sum, sum + x[At(start, n)]));
            return sum;
        }
        if (summed.Size < LongLine) return k.ForEach(result.Shape.Size, geometry, at => k.Put(to, at, Partial(at, 0, 1)));
        var threads = 1;
        while (threads < summed.Size && threads < geometry.Threads) threads *= 2;
        var (groups, tree) = ((int)Math.Min(result.Shape.Size, geometry.Groups), new GroupTree(k, result.DType, threads));
        k.For(KernelBuilder.Group, (int)result.Shape.Size, groups, at =>
        {
            var sum = tree.Of(Partial(at, KernelBuilder.Thread, threads), Reduction.Sum);
            k.If(KernelBuilder.Thread.Is(0), () => k.Put(to, at, sum));
        });
        return k.Build(groups, threads);
    }

    /// <summary>From the number of a line along an axis to where it begins, and how far apart its elements are.</summary>
    private static (Func<Value, Value> First, int Stride, int Count) Along(Shape shape, int axis)
    {
        var (stride, extent) = ((int)shape.Strides[axis], shape[axis]);
        return (line => (line / stride * (stride * extent)) + (line % stride), stride, checked((int)shape.Without(axis).Size));
    }

    public static KernelCode CumulativeSum(CumulativeSum op, Geometry geometry)
    {
        var (k, shape, type) = (new KernelBuilder("cumulativeSum"), op.X.Shape, op.X.DType);
        var (x, to) = (k.Argument(type), k.Argument(type));
        if (shape.Size == 0) return k.Build(1, 1);
        var (first, stride, count) = Along(shape, op.Axis);
        return k.ForEach(count, geometry, line =>
        {
            var (start, sum, extent) = (k.Let(first(line)), k.Let(new Number(type, 0)), shape[op.Axis]);
            k.For(extent, n =>
            {
                var at = k.Let(start + ((op.Reversed ? extent - 1 - n : n) * stride));
                k.Set(sum, sum + x[at]);
                k.Put(to, at, sum);
            });
        });
    }

    /// <summary>Whether a later element is better than an earlier one: NaN beats numbers, nothing beats NaN.</summary>
    public static Value Beats(Value later, Value earlier, bool greatest)
    {
        var better = greatest ? later > earlier : later < earlier;
        return later.Type.IsFloat ? earlier.Is(earlier) & (!later.Is(later) | better) : better;
    }

    public static KernelCode Arg(string name, TensorType of, int axis, bool greatest, Geometry geometry)
    {
        var k = new KernelBuilder(name);
        var (x, to) = (k.Argument(of.DType), k.Argument(DType.I32));
        var (first, stride, count) = Along(of.Shape, axis);
        if (count == 0) return k.Build(1, 1);
        return k.ForEach(count, geometry, line =>
        {
            var start = k.Let(first(line));
            var (best, place) = (k.Let(x[start]), k.Let(0));
            k.For(1, of.Shape[axis], 1, n =>
            {
                var next = k.Let(x[start + (n * stride)]);
                k.If(Beats(next, best, greatest), () =>
                {
                    k.Set(best, next);
                    k.Set(place, n);
                });
            });
            k.Put(to, line, place);
        });
    }

    /// <summary>An element's place in the order is the number of those before it.</summary>
    public static KernelCode SortOrder(SortOrder op, Geometry geometry)
    {
        var (k, shape, type) = (new KernelBuilder("sortOrder"), op.X.Shape, op.X.DType);
        var (x, to) = (k.Argument(type), k.Argument(DType.I32));
        if (shape.Size == 0) return k.Build(1, 1);
        var (stride, extent) = ((int)shape.Strides[op.Axis], shape[op.Axis]);
        return k.ForEach(shape.Size, geometry, at =>
        {
            var own = k.Let((at / stride) % extent);
            var (start, mine, before) = (k.Let(at - (own * stride)), k.Let(x[at]), k.Let(0));
            k.For(extent, n =>
            {
                var other = k.Let(x[start + (n * stride)]);
                k.If(Precedes(other, mine, op.Descending) | (!Precedes(mine, other, op.Descending) & (n < own)), () => k.Set(before, before + 1));
            });
            k.Put(to, start + (before * stride), own);
        });
    }

    /// <summary>Whether x comes before y wherever they stand; NaN comes after all numbers.</summary>
    private static Value Precedes(Value x, Value y, bool descending)
    {
        var less = descending ? x > y : x < y;
        return x.Type.IsFloat ? x.Is(x) & (less | !y.Is(y)) : less;
    }
}
