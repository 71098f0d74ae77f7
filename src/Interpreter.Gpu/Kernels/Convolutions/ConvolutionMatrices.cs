using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>What windows see of images: a line is a position of an image, the depth goes over channels and the window's elements.</summary>
/// <param name="memory">Where the images are.</param>
/// <param name="x">How they lie.</param>
/// <param name="op">The convolution.</param>
/// <param name="result">Its result's shape.</param>
internal sealed class ImageMatrix(Memory memory, Strided x, Conv op, Shape result) : IMatrix
{
    private readonly int perGroup = op.Y.Shape[1];

    public DType Type => memory.Type;

    public bool IsAlongDepth => false;

    /// <summary>Where the image's first channel begins, and where the window does, along each spatial axis.</summary>
    public Value[] Line(KernelBuilder k, Value batch, Value line)
    {
        var at = Coordinates.Of(line, Shape.Of([result[0]]).Concat(result[2..]));
        var (image, channel) = op.BatchGroups > 1 ? ((batch * result[0]) + at[0], 0) : (at[0], batch * perGroup);
        return [k.Let(Coordinates.Flat([image, channel], [x.Strides[0], x.Strides[1]], x.Start)), .. op.Window.Items.Select((w, d) => (Value)k.Let((at[1 + d] * w.Stride) - w.Low))];
    }

    public Value At(KernelBuilder k, Value[] line, Value depth)
    {
        var window = Coordinates.Of(depth, Shape.Of([perGroup]).Concat(op.Y.Shape[2..]));
        var (at, inside) = (line[0] + (window[0] * checked((int)x.Strides[1])), Value.True);
        for (var d = 0; d < op.Window.Count; d++)
        {
            var (w, extent) = (op.Window[d], x.Shape[2 + d]);
            var spread = k.Let(line[1 + d] + (window[1 + d] * w.Dilation));
            var source = k.Let(spread / w.BaseDilation);
            if (!IsAlwaysInside(w, extent, result[2 + d])) inside &= !(spread < 0) & (source < extent);
            if (w.BaseDilation > 1) inside &= (spread % w.BaseDilation).Is(0);
            at += source * checked((int)x.Strides[2 + d]);
        }
        if (inside is Number) return memory[at];
        var (element, isInside) = (k.Let(new Number(memory.Type, 0)), k.Let(inside));
        k.If(isInside, () => k.Set(element, memory[at]));
        return element;
    }

    private static bool IsAlwaysInside(WindowDim w, int extent, int positions) =>
        w.Low <= 0 && ((positions - 1) * w.Stride) + w.Dilated - 1 - w.Low < w.Base(extent);
}

/// <summary>A convolution's filters: a line is one of a group's, the depth goes over channels and the window's elements.</summary>
/// <param name="memory">Where they are.</param>
/// <param name="y">How they lie.</param>
/// <param name="size">The product's.</param>
internal sealed class FilterMatrix(Memory memory, Strided y, ProductSize size) : IMatrix
{
    public DType Type => memory.Type;

    public bool IsAlongDepth { get; } = y.Strides[^1] == 1 && y.Shape[^1] > 1;

    public Value[] Line(KernelBuilder k, Value batch, Value line) => [k.Let((((batch * size.Columns) + line) * checked((int)y.Strides[0])) + checked((int)y.Start))];

    public Value At(KernelBuilder k, Value[] line, Value depth) => memory[line[0] + Coordinates.Flat(Coordinates.Of(depth, y.Shape[1..]), [.. y.Strides.Items[1..]])];
}
