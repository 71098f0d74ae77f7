using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>So many, each so many elements after the one before.</summary>
internal readonly record struct Axis(int Extent, long Stride)
{
    /// <summary>Some axes of a value as it lies in memory.</summary>
    public static ImmutableArray<Axis> Of(Strided x, Axes axes) => [.. axes.Select(a => new Axis(x.Shape[a], x.Strides[a]))];

    /// <summary>Where what has a place among some axes, in row-major order, lies.</summary>
    public static Value Offset(ImmutableArray<Axis> axes, Value flat) => Coordinates.Flat(Coordinates.Of(flat, Shape.Of(axes.Select(a => a.Extent))), [.. axes.Select(a => a.Stride)]);

    /// <summary>The same places by as few axes as may be: those without a second element are left out, and those along which one goes on as along the next are one with it.</summary>
    public static ImmutableArray<Axis> Merged(ImmutableArray<Axis> axes)
    {
        var merged = ImmutableArray.CreateBuilder<Axis>();
        foreach (var axis in axes.Where(a => a.Extent != 1))
        {
            if (merged is [.., var outer] && outer.Stride == axis.Extent * axis.Stride) merged[^1] = new(checked(outer.Extent * axis.Extent), axis.Stride);
            else merged.Add(axis);
        }
        return merged.ToImmutable();
    }
}

/// <summary>An operand of some products by strides alone: whatever the product, the line and the depth, there is an element.</summary>
/// <param name="Batch">The products.</param>
/// <param name="Lines">The lines.</param>
/// <param name="Depth">The depth.</param>
/// <param name="Start">Where the first element is.</param>
internal sealed record StridedOperand(ImmutableArray<Axis> Batch, ImmutableArray<Axis> Lines, ImmutableArray<Axis> Depth, long Start)
{
    /// <summary>An operand of a dot.</summary>
    public static StridedOperand Of(Strided x, Axes batch, Axes free, Axes contracted) => new(Axis.Of(x, batch), Axis.Of(x, free), Axis.Of(x, contracted), x.Start);

    /// <summary>The same with the first axis of the depth behind the others.</summary>
    public StridedOperand WithFirstDepthLast() => this with { Depth = [.. Depth[1..], Depth[0]] };

    /// <summary>The same places by as few axes as may be.</summary>
    public StridedOperand Merged() => new(Axis.Merged(Batch), Axis.Merged(Lines), Axis.Merged(Depth), Start);

    /// <summary>How many lines.</summary>
    public int Count => Lines.Aggregate(1, (n, a) => checked(n * a.Extent));

    /// <summary>How many lines, from each multiple of it on, lie side by side.</summary>
    public int Run
    {
        get
        {
            var run = 1;
            foreach (var axis in Lines.Reverse())
            {
                if (axis.Extent > 1 && axis.Stride != run) break;
                run *= axis.Extent;
            }
            return run;
        }
    }

    /// <summary>Where a line of a product begins.</summary>
    public Value Line(Value batch, Value line) => Axis.Offset(Batch, batch) + Axis.Offset(Lines, line) + checked((int)Start);
}

/// <summary>
/// The depth of two operands as loops, the innermost last: axes along which both go on as they would along one are one, and none has one element.
/// </summary>
internal sealed class DepthLoops
{
    private readonly List<(int Extent, int First, int Second)> loops = [];

    public DepthLoops(StridedOperand first, StridedOperand second)
    {
        for (var d = 0; d < first.Depth.Length; d++)
        {
            var (extent, x, y) = (first.Depth[d].Extent, checked((int)first.Depth[d].Stride), checked((int)second.Depth[d].Stride));
            if (extent == 1) continue;
            if (loops is [.., var outer] && outer.First == extent * x && outer.Second == extent * y) loops[^1] = (outer.Extent * extent, x, y);
            else loops.Add((extent, x, y));
        }
        if (loops.Count == 0) loops.Add((1, 0, 0));
    }

    /// <summary>How many steps the outermost loop has.</summary>
    public int Outermost => loops[0].Extent;

    /// <summary>How many steps there are in all.</summary>
    public long Steps => loops.Aggregate(1L, (n, l) => n * l.Extent);

    /// <summary>How many steps the innermost loop has, and how far apart elements are in either operand.</summary>
    public (int Extent, int First, int Second) Innermost => loops[^1];

    /// <summary>Statements for each element along the depth, given how far it is from where the lines of either operand begin.</summary>
    public void Each(KernelBuilder k, Action<Value, Value> body) => Each(k, 0, Outermost, body);

    /// <summary>The same for some steps of the outermost loop.</summary>
    public void Each(KernelBuilder k, Value from, Value until, Action<Value, Value> body) => Each(k, 0, loops.Count, from, until, 0, 0, body);

    /// <summary>Statements for each run of so many steps of the innermost loop, and others for each step that remains of it.</summary>
    public void Each(KernelBuilder k, int length, Action<Value, Value> run, Action<Value, Value> one) => Each(k, 0, loops.Count - 1, 0, Outermost, 0, 0, (first, second) =>
    {
        var ((extent, x, y), whole) = (Innermost, Innermost.Extent / length * length);
        k.For(0, whole, length, i => run(k.Let(first + (i * x)), k.Let(second + (i * y))));
        if (whole < extent) k.For(whole, extent, 1, i => one(k.Let(first + (i * x)), k.Let(second + (i * y))));
    });

    private void Each(KernelBuilder k, int at, int end, Value from, Value until, Value first, Value second, Action<Value, Value> body)
    {
        if (at == end) body(first, second);
        else k.For(from, until, 1, i => Each(k, at + 1, end, 0, at + 1 < loops.Count ? loops[at + 1].Extent : 0, k.Let(first + (i * loops[at].First)), k.Let(second + (i * loops[at].Second)), body));
    }
}
