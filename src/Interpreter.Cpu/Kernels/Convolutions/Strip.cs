using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A part of some channels of an image as windows want it: rows of the first spatial axis, all of the middle axes, columns of the last, with zeros
/// where windows reach over the edge, so that each element of a window is at an offset that does not depend on the position. Elements may be
/// parted by what is left when their index is divided by a number, so that neighbouring positions meet neighbouring elements at any stride, or
/// neighbouring elements of the window at any dilation.
/// </summary>
internal sealed unsafe class Strip<T> where T : unmanaged, IBinaryNumber<T>
{
    private readonly ConvolutionShape shape;
    private readonly int[] strides;
    private readonly int[][] remainders;
    private readonly long[] parts;
    private readonly Line[] lines;
    private readonly int width;

    /// <param name="shape">The convolution.</param>
    /// <param name="rows">Elements along the first axis.</param>
    /// <param name="columns">Along the last.</param>
    /// <param name="apart">Along each axis, by what the index of an element is divided.</param>
    public Strip(ConvolutionShape shape, int rows, int columns, Func<WindowAxis, int> apart)
    {
        this.shape = shape;
        var (axes, last) = (shape.Axes, shape.Axes.Length - 1);
        strides = [.. axes.Select(apart)];
        remainders = [.. axes.Select((axis, d) => Remainders(axis, strides[d]))];
        int[] extents = [.. axes.Select((axis, d) => ((d == 0 ? rows : d == last ? columns : axis.Under(axis.Count)) + strides[d] - 1) / strides[d])];
        Pitches = new long[extents.Length];
        parts = new long[extents.Length];
        var size = 1L;
        for (var d = last; d >= 0; d--) (Pitches[d], size) = (size, size * extents[d]);
        for (var d = 0; d <= last; d++) (parts[d], size) = (size, size * remainders[d].Length);
        Size = size;
        Pitch = Blocking.Pitch(checked((int)size), sizeof(T));
        width = extents[last];
        lines = [.. Lines(extents)];
    }

    /// <summary>A line of the strip along the last axis.</summary>
    /// <param name="Row">Its element of the first axis.</param>
    /// <param name="At">Where those of the middle axes are.</param>
    /// <param name="IsInside">Whether there are these.</param>
    private readonly record struct Line(int Row, long At, bool IsInside);

    /// <summary>From an element to the next along each axis.</summary>
    public long[] Pitches { get; }

    /// <summary>The elements of a channel.</summary>
    public long Size { get; }

    /// <summary>From channel to channel.</summary>
    public long Pitch { get; }

    /// <summary>How far an element is, along an axis, from the first.</summary>
    public long At(int axis, int element) => (Array.IndexOf(remainders[axis], element % strides[axis]) * parts[axis]) + (element / strides[axis] * Pitches[axis]);

    /// <summary>Fills it from an element of the first axis, and one of the last, on.</summary>
    public void Fill(T* image, T* target, int channels, long channelStride, long channelPitch, int row, int column)
    {
        var (extent, stride, step) = (shape.Axes[0].Extent, shape.StridesX[0], strides[^1] * shape.StridesX[^1]);
        for (var part = 0; part < remainders[^1].Length; part++)
        {
            var first = column + remainders[^1][part];
            var before = Math.Clamp((-first + strides[^1] - 1) / strides[^1], 0, width);
            var until = Math.Clamp((shape.Last.Extent - first + strides[^1] - 1) / strides[^1], before, width);
            var start = (first * shape.StridesX[^1]) + (before * step);
            for (var c = 0; c < channels; c++)
            {
                var from = image + (c * channelStride) + start;
                var to = target + (c * channelPitch) + (part * parts[^1]);
                foreach (ref readonly var line in lines.AsSpan())
                {
                    var at = row + line.Row;
                    if (line.IsInside && (uint)at < (uint)extent)
                    {
                        Clear(to, before);
                        if (step == 1) Packing<T>.Copy(to + before, from + (at * stride) + line.At, until - before);
                        else Interleaving.Gather(to + before, from + (at * stride) + line.At, step, until - before);
                        Clear(to + until, width - until);
                    }
                    else Clear(to, width);
                    to += width;
                }
            }
        }
    }

    private static int[] Remainders(WindowAxis axis, int by) => by == 1
        ? [0]
        : [.. axis.Phases.SelectMany(p => p.Taps).SelectMany(t => Enumerable.Range(0, Math.Min(by, axis.Count)).Select(i => (t.Offset - axis.Low + (i * axis.Stride)) % by)).Distinct().Order()];

    /// <summary>All lines of one part of the last axis, as they follow each other.</summary>
    private IEnumerable<Line> Lines(int[] extents)
    {
        var last = extents.Length - 1;
        foreach (var part in Indices.Of(Shape.Of(remainders.Take(last).Reverse().Select(r => r.Length))))
            foreach (var index in Indices.Of(Shape.Of(extents.Take(last))))
            {
                var (row, at, inside) = (0, 0L, true);
                for (var d = 0; d < last; d++)
                {
                    var element = (index[d] * strides[d]) + remainders[d][part[last - 1 - d]];
                    if (d == 0)
                    {
                        row = element;
                        continue;
                    }
                    element += shape.Axes[d].Low;
                    inside &= (uint)element < (uint)shape.Axes[d].Extent;
                    at += element * shape.StridesX[d];
                }
                yield return new(row, at, inside);
            }
    }

    private static void Clear(T* target, int count)
    {
        if (count > 16) new Span<T>(target, count).Clear();
        else
            for (var i = 0; i < count; i++) target[i] = T.Zero;
    }
}
