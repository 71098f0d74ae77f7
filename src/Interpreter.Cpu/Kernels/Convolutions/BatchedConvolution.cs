using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of small images and much padding, as a matrix product for each position: its rows are images, its columns channels out, and its
/// depth channels in and those elements of the window that lie inside, so that nothing is multiplied with padding. A task has some images, which
/// it lays out side by side, and turns its result to channels first in the end; the filters are copied once.
/// </summary>
internal sealed unsafe class BatchedConvolution<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int MostImages = 12;
    private const int PanelBytes = 12 << 10;
    private const int TaskBytes = 512 << 10;
    private const double MostInside = 0.6;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Tiling<T> tiles;
    private readonly LoopBody copy, task;
    private readonly TaskLoop loop;
    private readonly int images, imageBlocks, channels, channelBlocks, width, side, pitch;
    private readonly long filterBytes, stripBytes, resultBytes;
    private readonly long[] taps, elements;
    private readonly (int Line, int Place)[][] lines;
    private readonly (int From, int Until, int Element)[] columns;

    public BatchedConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        images = DirectConvolution<T>.Even(shape.Images, MostImages);
        imageBlocks = DirectConvolution<T>.Blocks(shape.Images, images);
        tiles = new(target.Width, 1, Indexed.Neither);
        width = tiles.Columns(images);
        (side, pitch) = (tiles.Rounded(images), tiles.Rounded(shape.Out));
        channels = DirectConvolution<T>.Even(shape.In, Math.Max(1, PanelBytes / (width * shape.Last.Window * sizeof(T))));
        channelBlocks = DirectConvolution<T>.Blocks(shape.In, channels);
        taps = shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]);
        elements = [.. Indices.Of(Shape.Of(shape.Axes.Select(a => a.Extent))).Select(index => shape.StridesX.Select((stride, d) => index[d] * stride).Sum())];
        lines = [.. Indices.Of(Shape.Of(shape.Axes[..^1].Select(a => a.Window))).Select(tap => Lines(tap).ToArray())];
        columns = [.. Enumerable.Range(0, shape.Last.Positions).Select(Column)];
        filterBytes = Blocking.Aligned((long)shape.Groups * shape.In * shape.Taps * pitch * sizeof(T));
        stripBytes = Blocking.Aligned((long)elements.Length * channels * side * sizeof(T));
        resultBytes = Blocking.Aligned(Results(images) * sizeof(T));
        loop = new(shape.Groups * imageBlocks, 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps >= FlopsToShare);
        Places = shape.Places(loop, target);
        (copy, task) = (Copy, Task);
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
    }

    /// <summary>Whether most of what windows meet is padding, images fill a tile, and some of them with their results fit the caches.</summary>
    public static bool Serves(ConvolutionShape shape, Target target) =>
        shape.Images >= MostImages / 2 && shape.Out >= (int)target.Width / sizeof(T) && shape.Taps > 0
        && shape.Axes.All(a => a.Step == 1 && a.Phases[0].Taps.Length == a.Window) && shape.Last.High - shape.Last.Low == shape.Last.Window - 1
        && shape.Axes.Aggregate(1.0, (part, axis) => part * Inside(axis)) < MostInside
        && ((long)shape.Positions * shape.Out + shape.Axes.Aggregate((long)shape.In, (n, axis) => n * axis.Extent)) * MostImages * sizeof(T) <= TaskBytes;

    /// <inheritdoc/>
    public int Places { get; }

    /// <inheritdoc/>
    public long Scratch(int threads) => filterBytes + (loop.Slots(threads) * (stripBytes + resultBytes));

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        (loop with { Tasks = shape.Groups * channelBlocks }).Run(frame, copy, &run);
        loop.Run(frame, task, &run);
    }

    private T* Filters(Operands* run, int group, int channel) => (T*)run->Scratch + ((((long)group * shape.In) + channel) * shape.Taps * pitch);

    /// <summary>The filters of some channels in, in panels of channels out: element after element of the window, channel after channel in each.</summary>
    private void Copy(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var (group, channel) = (index / channelBlocks, index % channelBlocks * channels);
        var count = Math.Min(channels, shape.In - channel);
        var to = Filters(run, group, channel);
        for (var o = 0; o < shape.Out; o += width)
        {
            var outs = Math.Min(width, shape.Out - o);
            var rounded = tiles.Rounded(outs);
            for (var c = 0; c < count; c++)
                Packing<T>.Gather(run->Y + shape.FilterAt(group, o, channel + c), shape.Y.Strides[0], taps, to + (c * rounded), count * rounded, outs);
            for (var k = 0; k < count * taps.Length && outs < rounded; k++) new Span<T>(to + ((long)k * rounded) + outs, rounded - outs).Clear();
            to += (long)count * taps.Length * rounded;
        }
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var slot = loop.Slot(frame, index, worker);
        var strip = (T*)(run->Scratch + filterBytes + (slot * (stripBytes + resultBytes)));
        var result = (T*)((byte*)strip + stripBytes);
        var (group, image) = (index / imageBlocks, index % imageBlocks * images);
        var imageCount = Math.Min(images, shape.Images - image);
        new Span<T>(result, checked((int)Results(imageCount))).Clear();
        for (var channel = 0; channel < shape.In; channel += channels)
        {
            var count = Math.Min(channels, shape.In - channel);
            for (var c = 0; c < count; c++)
                Packing<T>.Gather(run->X + shape.ImageAt(image, group) + ((channel + c) * shape.X.Strides[1]), shape.X.Strides[0], elements, strip + (c * side), count * side, imageCount);
            for (var o = 0; o < shape.Out; o += width)
                Panel(strip, Filters(run, group, channel) + ((long)o * count * taps.Length), result + o, imageCount, count, Math.Min(width, shape.Out - o));
        }
        for (var i = 0; i < imageCount; i++)
        {
            var at = shape.ResultAt(image + i, group);
            var z = run->Z + (Places > 0 ? shape.Moved(image + i, group, slot) : 0);
            Transposition<T>.Copy(result + (i * pitch), images * pitch, z + at, shape.Positions, shape.Positions, shape.Out);
            finish?.Invoke(frame, (byte*)z, at, at + ((long)shape.Out * shape.Positions));
        }
    }

    /// <summary>What some channels in add to some channels out, a line of the window after the other.</summary>
    private void Panel(T* strip, T* filters, T* result, int imageCount, int count, int outs)
    {
        var (rounded, extent) = (tiles.Rounded(outs), shape.Last.Extent);
        var left = new LeftOperand { Row = sizeof(T), Step = (nint)side * sizeof(T) };
        foreach (var meetings in lines)
        {
            foreach (var (line, place) in meetings)
                for (var q = 0; q < columns.Length; q++)
                {
                    var (from, until, element) = columns[q];
                    if (from == until) continue;
                    left.Start = (byte*)(strip + (((long)line * extent) + element) * count * side);
                    tiles.Panel(
                        imageCount, outs, (until - from) * count, left, (byte*)(filters + (from * count * rounded)), (nint)rounded * sizeof(T),
                        (byte*)(result + ((((long)place * columns.Length) + q) * images * pitch)), (nint)pitch * sizeof(T), true);
                }
            filters += (long)shape.Last.Window * count * rounded;
        }
    }

    /// <summary>The elements from the first to the last of the results of some images.</summary>
    private long Results(int imageCount) => (((((long)shape.Positions - 1) * images) + imageCount - 1) * pitch) + shape.Out;

    /// <summary>Where an element of the window along all axes but the last is inside: the line that it meets, and the positions' place.</summary>
    private IEnumerable<(int Line, int Place)> Lines(int[] tap)
    {
        foreach (var position in Indices.Of(Shape.Of(shape.Axes[..^1].Select(a => a.Positions))))
        {
            var (line, place, isInside) = (0, 0, true);
            for (var d = 0; d < tap.Length; d++)
            {
                var axis = shape.Axes[d];
                var element = (position[d] * axis.Stride) + axis.Phases[0].Taps[tap[d]].Offset;
                isInside &= (uint)element < (uint)axis.Extent;
                (line, place) = ((line * axis.Extent) + element, (place * axis.Positions) + position[d]);
            }
            if (isInside) yield return (line, place);
        }
    }

    /// <summary>Which elements of the window's lines are inside at a position along the last axis, and what the first of them meets.</summary>
    private (int From, int Until, int Element) Column(int position)
    {
        var at = (position * shape.Last.Stride) + shape.Last.Phases[0].Taps[0].Offset;
        var from = Math.Min(Math.Max(0, -at), shape.Last.Window);
        return (from, Math.Clamp(shape.Last.Extent - at, from, shape.Last.Window), at + from);
    }

    /// <summary>The part of a window that lies inside an axis, in the mean of all positions.</summary>
    private static double Inside(WindowAxis axis) =>
        Enumerable.Range(0, axis.Positions).Average(p => axis.Phases[0].Taps.Count(t => (uint)((p * axis.Stride) + t.Offset) < (uint)axis.Extent) / (double)axis.Window);
}
