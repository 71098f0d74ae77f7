using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The kernels of ops that add or compare, for each element type, and the bytes that they work in.</summary>
internal abstract class Numeric
{
    public static Numeric Of(DType type, VectorWidth width) => type switch
    {
        DType.F32 => new Numeric<float, ShortItem>(width),
        DType.F64 => new Numeric<double, LongItem>(width),
        DType.I32 => new Numeric<int, ShortItem>(width),
        DType.I64 => new Numeric<long, LongItem>(width),
        DType.F16 or DType.BF16 => throw new NotSupportedException($"{type.Text} is computed in f32: lower the program first"),
        _ => new Numeric<byte, ShortItem>(width),
    };

    public abstract Kernel Sum(Sum op, int from, int to, int scratch);

    public abstract long SumScratch(Sum op, int threads);

    /// <summary>The sum of adjacent elements.</summary>
    public abstract unsafe void Add(byte* from, long count, byte* to);

    public abstract Kernel CumulativeSum(CumulativeSum op, int from, int to);

    public abstract Kernel WindowSum(WindowSum op, int from, int to, int scratch, Shape result);

    public abstract long WindowSumScratch(WindowSum op, Shape result, int threads);

    /// <summary>The places of the greatest elements, and the elements; −1 for what nothing reads.</summary>
    public abstract Kernel WindowArgMax(WindowArgMax op, int from, int places, int values, int scratch, Shape result);

    public abstract long WindowArgMaxScratch(WindowArgMax op, Shape result, int threads);

    /// <summary>A pooling, block by block; −1 for places that nothing reads.</summary>
    public abstract IPooling Pooling(Pooling pooling, int places, int values);

    public abstract Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, int scratch, Shape result);

    public abstract long ScatterAddScratch(ScatterAdd op, Shape result);

    public abstract Kernel Arg(Shape shape, int axis, bool least, int from, int to);

    public abstract Kernel SortOrder(SortOrder op, int from, int to, int scratch);

    public abstract long SortOrderScratch(SortOrder op, int threads);

    public abstract Kernel Iota(Iota op, int to);
}

/// <inheritdoc/>
internal sealed unsafe class Numeric<T, TItem>(VectorWidth width) : Numeric where T : unmanaged, IBinaryNumber<T> where TItem : unmanaged, ISortItem<TItem>
{
    public override Kernel Sum(Sum op, int from, int to, int scratch) => Sums<T>.Kernel(op, from, to, scratch);

    public override long SumScratch(Sum op, int threads) => Sums<T>.Scratch(op, threads);

    public override void Add(byte* from, long count, byte* to) => *(T*)to = Sums<T>.Run((T*)from, count);

    public override Kernel CumulativeSum(CumulativeSum op, int from, int to) => CumulativeSums<T>.Kernel(op, width, from, to);

    public override Kernel WindowSum(WindowSum op, int from, int to, int scratch, Shape result) => WindowSums<T>.Kernel(op, result, width, from, to, scratch);

    public override long WindowSumScratch(WindowSum op, Shape result, int threads) => WindowSums<T>.Scratch(op, result, threads);

    public override Kernel WindowArgMax(WindowArgMax op, int from, int places, int values, int scratch, Shape result) => WindowMaxima<T>.Kernel(op, result, width, from, places, values, scratch);

    public override long WindowArgMaxScratch(WindowArgMax op, Shape result, int threads) => WindowMaxima<T>.Scratch(op, result, threads);

    public override IPooling Pooling(Pooling pooling, int places, int values) => pooling.Window is { Op: WindowArgMax w } window
        ? WindowMaxima<T>.Pooling(w, window.Shape, width, places, values)
        : WindowSums<T>.Pooling((WindowSum)pooling.Node.Op, pooling.Node.Shape, width, values);

    public override Kernel ScatterAdd(ScatterAdd op, int from, int indices, int to, int scratch, Shape result) => ScatterSums<T>.Kernel(op, from, indices, to, scratch, result);

    public override long ScatterAddScratch(ScatterAdd op, Shape result) => ScatterSums<T>.Scratch(op, result);

    public override Kernel Arg(Shape shape, int axis, bool least, int from, int to) => Extremes<T>.Kernel(shape, axis, least, width, from, to);

    public override Kernel SortOrder(SortOrder op, int from, int to, int scratch) => Sorting<T, TItem>.Kernel(op, from, to, scratch);

    public override long SortOrderScratch(SortOrder op, int threads) => Sorting<T, TItem>.Scratch(op, threads);

    public override Kernel Iota(Iota op, int to)
    {
        var lines = Lines.Along(op.Type.Shape, op.Axis);
        return Parts.Kernel(lines.Outer * lines.Extent, lines.Size, (frame, first, until, _) =>
        {
            var y = (T*)frame[to];
            for (var i = first; i < until; i++) new Span<T>(y + i * lines.Inner, checked((int)lines.Inner)).Fill(T.CreateTruncating(i % lines.Extent));
        });
    }
}
