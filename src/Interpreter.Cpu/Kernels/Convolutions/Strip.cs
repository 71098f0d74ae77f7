using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A part of some channels of an image as windows want it: rows of the first spatial axis, all of the middle axes, columns of the last, with zeros
/// where windows reach over the edge, so that each element of a window is at an offset that does not depend on the position.
/// </summary>
internal sealed unsafe class Strip<T> where T : unmanaged, INumber<T>
{
    private readonly ConvolutionShape shape;
    private readonly int[] extents;

    /// <param name="shape">The convolution.</param>
    /// <param name="rows">Elements along the first axis.</param>
    /// <param name="columns">Along the last.</param>
    public Strip(ConvolutionShape shape, int rows, int columns)
    {
        this.shape = shape;
        extents = [.. shape.Axes.Select((axis, d) => d == 0 ? rows : d == shape.Axes.Length - 1 ? columns : axis.Under(axis.Count))];
        Pitches = new long[extents.Length];
        var size = 1L;
        for (var d = extents.Length - 1; d >= 0; d--) (Pitches[d], size) = (size, size * extents[d]);
        Size = size;
        Pitch = Blocking.Pitch(checked((int)size), sizeof(T));
    }

    /// <summary>From an element to the next along each axis.</summary>
    public long[] Pitches { get; }

    /// <summary>The elements of a channel.</summary>
    public long Size { get; }

    /// <summary>From channel to channel.</summary>
    public long Pitch { get; }

    /// <summary>Fills it from an element of the first axis, and one of the last, on.</summary>
    public void Fill(T* image, T* target, int channels, long channelStride, long channelPitch, int row, int column)
    {
        var (axes, last) = (shape.Axes, shape.Axes.Length - 1);
        var width = extents[last];
        var lines = width == 0 ? 0 : Size / width;
        var before = Math.Clamp(-column, 0, width);
        var until = Math.Clamp(axes[last].Extent - column, before, width);
        for (var c = 0; c < channels; c++)
        {
            var to = target + (c * channelPitch);
            for (var line = 0L; line < lines; line++, to += width)
            {
                var (rest, at, inside) = (line, c * channelStride, true);
                for (var d = last - 1; d >= 0; d--)
                {
                    (rest, var index) = Math.DivRem(rest, extents[d]);
                    index += d == 0 ? row : axes[d].Low;
                    inside &= (ulong)index < (ulong)axes[d].Extent;
                    at += index * shape.StridesX[d];
                }
                if (!inside)
                {
                    new Span<T>(to, width).Clear();
                    continue;
                }
                new Span<T>(to, before).Clear();
                Copy(image + at + ((column + before) * shape.StridesX[last]), shape.StridesX[last], to + before, until - before);
                new Span<T>(to + until, width - until).Clear();
            }
        }
    }

    private static void Copy(T* source, long stride, T* target, int count)
    {
        if (stride == 1) Packing<T>.Copy(target, source, count);
        else
            for (var i = 0; i < count; i++) target[i] = source[i * stride];
    }
}
