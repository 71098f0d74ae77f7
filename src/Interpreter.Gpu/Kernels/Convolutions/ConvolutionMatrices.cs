using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>What windows see of images: a line is a position of an image, the depth goes over channels and the window's elements.</summary>
/// <param name="memory">Where the images are: elements, or words of two.</param>
/// <param name="type">The type of their elements.</param>
/// <param name="x">How they lie.</param>
/// <param name="op">The convolution.</param>
/// <param name="result">Its result's shape.</param>
/// <param name="areChannelsInner">Whether the depth goes over channels for each of the window's elements, rather than the other way around.</param>
/// <param name="piece">How many steps of the depth are brought together.</param>
/// <param name="run">How many channels of a position one access can read.</param>
/// <param name="areRounded">Whether elements of f32 are numbers of TF32.</param>
internal sealed class ImageMatrix(Memory memory, DType type, Strided x, Conv op, Shape result, bool areChannelsInner, int piece, int run, bool areRounded) : IMatrix
{
    /// <summary>Of how many channels there must be a multiple for a piece of the depth to be, as a rule, of one element of the window.</summary>
    public const int LeastChannels = 32;

    private readonly int perGroup = PerGroup(x, op);
    private readonly bool isOfOneElement = areChannelsInner && PerGroup(x, op) % piece == 0;

    public DType Type => type;

    public bool IsAlongDepth => run > 1;

    public bool AreRounded => areRounded;

    public int Run => run;

    /// <summary>How many channels of an image a group's filters see.</summary>
    private static int PerGroup(Strided x, Conv op) => x.Shape[1] / op.FeatureGroups;

    /// <summary>How many channels of a position one access can read where the depth goes over them, as for <see cref="StridedMatrix.RunOf"/>.</summary>
    public static int RunOf(Strided x, Conv op)
    {
        var type = x.Root.DType;
        var run = type.Size == 1 || x.Strides[1] != 1 ? 1 : StridedMatrix.AccessBytes / type.Size;
        while (run > 1 && !(PerGroup(x, op) % run == 0 && x.Start % run == 0 && x.Strides.Where((_, axis) => axis != 1).All(s => s % run == 0))) run /= 2;
        return run;
    }

    /// <summary>How the images lie where windows see nothing but their elements; null where they reach beyond them, or the images have gaps.</summary>
    public static StridedOperand? Strided(Strided x, Conv op, Shape result)
    {
        var (start, lines, depth) = (x.Start, new List<Axis> { new(result[0], x.Strides[0]) }, new List<Axis> { new(PerGroup(x, op), x.Strides[1]) });
        foreach (var (d, w) in op.Window.Items.Index())
        {
            var (extent, stride) = (x.Shape[2 + d], x.Strides[2 + d]);
            if (w.BaseDilation > 1 || !IsAlwaysInside(w, extent, result[2 + d])) return null;
            start -= w.Low * stride;
            lines.Add(new(result[2 + d], w.Stride * stride));
            depth.Add(new(w.Size, w.Dilation * stride));
        }
        var group = op.BatchGroups > 1 ? result[0] * x.Strides[0] : PerGroup(x, op) * x.Strides[1];
        return new([new(op.FeatureGroups * op.BatchGroups, group)], [.. lines], [.. depth], start);
    }

    /// <summary>How the filters lie: a line is one of a group's, the depth goes over channels and the window's elements.</summary>
    public static StridedOperand Filters(Strided y, ProductSize size) =>
        new([new(size.Batch, size.Columns * y.Strides[0])], [new(size.Columns, y.Strides[0])], [.. Enumerable.Range(1, y.Shape.Rank - 1).Select(axis => new Axis(y.Shape[axis], y.Strides[axis]))], y.Start);

    /// <summary>Where the image's first channel begins, and where the window does, along each spatial axis.</summary>
    public Value[] Line(KernelBuilder k, Value batch, Value line)
    {
        var at = Coordinates.Of(line, Shape.Of([result[0]]).Concat(result[2..]));
        var (image, channel) = op.BatchGroups > 1 ? ((batch * result[0]) + at[0], 0) : (at[0], batch * perGroup);
        return [k.Let(Coordinates.Flat([image, channel], [x.Strides[0], x.Strides[1]], x.Start)), .. op.Window.Items.Select((w, d) => (Value)k.Let((at[1 + d] * w.Stride) - w.Low))];
    }

    /// <summary>Where the first channel of the piece is that an element of the window sees, and whether it sees any.</summary>
    public Value[] Within(KernelBuilder k, Value[] line, Value from)
    {
        if (!isOfOneElement) return line;
        var (place, inside) = Seen(k, line, from);
        return [k.Let(place), inside is Number ? inside : k.Let(inside)];
    }

    public Value At(KernelBuilder k, Value[] line, Value from, Value along) => Read(k, line, from, along, 1)[0];

    public Value[] Read(KernelBuilder k, Value[] line, Value from, Value along, int count)
    {
        var (place, inside) = isOfOneElement ? (line[0] + (along * checked((int)x.Strides[1])), line[1]) : Seen(k, line, k.Let(from + along));
        if (inside is Number) return k.Read(memory, type, place, count);
        var (at, isInside) = (k.Let(place), k.Let(inside));
        Local[] elements = [.. Enumerable.Range(0, memory.Type == type ? count : count / 2).Select(_ => k.Let(new Number(memory.Type, 0)))];
        k.If(isInside, () =>
        {
            foreach (var (element, value) in elements.Zip(k.Read(memory, type, at, count))) k.Set(element, value);
        });
        return elements;
    }

    /// <summary>Where an element is, and whether it is one of the image's.</summary>
    private (Value Place, Value IsInside) Seen(KernelBuilder k, Value[] line, Value depth)
    {
        var shape = areChannelsInner ? op.Y.Shape[2..].Concat(Shape.Of([perGroup])) : Shape.Of([perGroup]).Concat(op.Y.Shape[2..]);
        var window = Coordinates.Of(depth, shape);
        var (channel, first) = areChannelsInner ? (window[^1], 0) : (window[0], 1);
        var (at, inside) = (line[0] + (channel * checked((int)x.Strides[1])), Value.True);
        for (var d = 0; d < op.Window.Count; d++)
        {
            var (w, extent) = (op.Window[d], x.Shape[2 + d]);
            var spread = k.Let(line[1 + d] + (window[first + d] * w.Dilation));
            var source = k.Let(spread / w.BaseDilation);
            if (!IsAlwaysInside(w, extent, result[2 + d])) inside &= !(spread < 0) & (source < extent);
            if (w.BaseDilation > 1) inside &= (spread % w.BaseDilation).Is(0);
            at += source * checked((int)x.Strides[2 + d]);
        }
        return (at, inside);
    }

    private static bool IsAlwaysInside(WindowDim w, int extent, int positions) =>
        w.Low <= 0 && ((positions - 1) * w.Stride) + w.Dilated - 1 - w.Low < w.Base(extent);
}
