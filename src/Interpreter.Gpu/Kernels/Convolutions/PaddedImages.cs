using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>The images of a convolution as an operand by strides: as they are where windows see nothing else, or a copy with the zeros around and between elements.</summary>
internal sealed class PaddedImages
{
    private readonly Strided x;
    private readonly Conv op;
    private readonly ImmutableArray<int> extents;

    public PaddedImages(Strided x, Conv op, Shape result)
    {
        (this.x, this.op) = (x, op);
        extents = [.. op.Window.Items.Select((w, d) => ((result[2 + d] - 1) * w.Stride) + w.Dilated)];
        IsCopy = op.Window.Items.Where((w, d) => w.BaseDilation > 1 || w.Low > 0 || extents[d] - w.Low > x.Shape[2 + d]).Any();
        var copy = Shape.Of([x.Shape[0], x.Shape[1], .. extents]);
        ImmutableArray<long> strides = IsCopy ? copy.Strides : [.. x.Strides.Items];
        var start = IsCopy ? 0 : x.Start - op.Window.Items.Select((w, d) => w.Low * strides[2 + d]).Sum();
        var (groups, channels) = (op.FeatureGroups * op.BatchGroups, op.Y.Shape[1]);
        Operand = new(
            [new(groups, op.BatchGroups > 1 ? result[0] * strides[0] : channels * strides[1])],
            [new(result[0], strides[0]), .. op.Window.Items.Select((w, d) => new Axis(result[2 + d], w.Stride * strides[2 + d]))],
            [new(channels, strides[1]), .. op.Window.Items.Select((w, d) => new Axis(w.Size, w.Dilation * strides[2 + d]))],
            start);
        Elements = IsCopy ? copy.Size : 0;
    }

    /// <summary>Whether it is a copy.</summary>
    public bool IsCopy { get; }

    /// <summary>The copy's elements.</summary>
    public long Elements { get; }

    /// <summary>A line is a position of an image, the depth goes over channels and the window's elements.</summary>
    public StridedOperand Operand { get; }

    /// <summary>The kernel that makes the copy, line by line: zeros, and where there is one, a line of an image.</summary>
    public KernelCode Copy(DType from, DType to, Geometry geometry)
    {
        var k = new KernelBuilder("padImages");
        var (source, target) = (k.Argument(from), k.Argument(to));
        var (outer, last) = (Shape.Of([x.Shape[0], x.Shape[1], .. extents[..^1]]), extents.Length - 1);
        var (window, length, stride) = (op.Window[last], extents[^1], checked((int)x.Strides[^1]));
        var first = Math.Max(0, (window.BaseDilation - 1 - window.Low) / window.BaseDilation);
        var end = Math.Min(x.Shape[^1], Block.Count(length - window.Low, window.BaseDilation));
        return k.ForEach(outer.Size, geometry, line =>
        {
            var to0 = k.Let(line * length);
            k.For(length, i => k.Put(target, to0 + i, new Number(to, 0)));
            var (at, inside) = (Coordinates.Of(line, outer), Value.True);
            var of = (at[0] * checked((int)x.Strides[0])) + (at[1] * checked((int)x.Strides[1])) + checked((int)x.Start);
            for (var d = 0; d < last; d++)
            {
                var w = op.Window[d];
                var spread = k.Let(at[2 + d] - w.Low);
                inside &= !(spread < 0) & (spread < w.Base(x.Shape[2 + d]));
                if (w.BaseDilation > 1) inside &= (spread % w.BaseDilation).Is(0);
                of += spread / w.BaseDilation * checked((int)x.Strides[2 + d]);
            }
            var begin = k.Let(of);
            k.Where(inside, () => k.For(first, end, 1, i => k.Put(target, to0 + (i * window.BaseDilation) + window.Low, Operations.Convert(source[begin + (i * stride)], to))));
        });
    }
}
