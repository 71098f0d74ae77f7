using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution as a matrix product of which nothing is laid out: its rows are positions, its columns channels out, its depth channels in and
/// elements of the window. Micro-kernels read the image element by element, through a table of where each is under the window, and so at any
/// stride and dilation; the filters are copied once, channels out side by side. A task has some rows of some images, all channels out, and turns
/// its result to channels first in the end.
/// </summary>
internal sealed unsafe class DirectConvolution<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int PanelBytes = 32 << 10;
    private const int ResultBytes = 320 << 10;
    private const int PositionsToTask = 256;
    private const int ImagesToShare = 16;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Strip<T> strip;
    private readonly Tiling<T> tiles;
    private readonly Phase[] phases;
    private readonly LoopBody task;
    private readonly TaskLoop loop;
    private readonly bool readsInPlace, streams;
    private readonly int rows, columns, images, channels, width, pitch;
    private readonly int rowBlocks, columnBlocks, imageBlocks, depthBlocks, middle;
    private readonly int taps;
    private readonly long filterBytes, stripBytes, resultBytes;

    public DirectConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        middle = shape.Axes[1..^1].Aggregate(1, (n, axis) => n * axis.Positions);
        var most = Math.Max(shape.Images < ImagesToShare ? 0 : shape.Positions, Math.Max(PositionsToTask, 2 * last.Positions));
        most = Math.Clamp(ResultBytes / (shape.Out * sizeof(T)), 16, most);
        var toRow = first.Step * middle * last.Positions;
        rows = Even(first.Count, Math.Max(1, most / toRow));
        columns = first.Positions * middle == 1 ? Even(last.Count, Math.Max(1, most / last.Step)) : last.Count;
        images = rows < first.Count || columns < last.Count ? 1 : Even(shape.Images, Math.Max(1, most / (toRow * first.Count)));
        (rowBlocks, columnBlocks, imageBlocks) = (Blocks(first.Count, rows), Blocks(last.Count, columns), Blocks(shape.Images, images));
        tiles = new(target.Width, last.Stride, Indexed.Left);
        width = columns >= 6 ? tiles.Lanes * 2 : tiles.Columns(columns);
        channels = Math.Max(1, PanelBytes / (width * sizeof(T)) / Math.Max(1, shape.Taps / (first.Step * last.Step)));
        channels = Even(shape.In, channels);
        depthBlocks = Math.Max(1, Blocks(shape.In, channels));
        strip = new(shape, first.Under(rows), last.Under(columns), _ => 1);
        readsInPlace = shape.Axes.All(a => a.IsInside) && (shape.StridesX[^1] == 1 || last.Count == 1) && images == 1;
        phases = [.. shape.Phases().Select(p => new Phase(this, p))];
        foreach (var phase in phases) (phase.Before, taps) = (taps, taps + phase.Taps);
        pitch = Blocking.Pitch(shape.Out, sizeof(T));
        var positions = images * rows * first.Step * middle * Math.Min(last.Positions, columns * last.Step);
        positions = Math.Min(positions, images * shape.Positions);
        filterBytes = Blocking.Aligned((long)shape.Groups * shape.In * taps * tiles.Rounded(shape.Out) * sizeof(T));
        stripBytes = readsInPlace ? 0 : Blocking.Aligned(((((images * channels) - 1) * strip.Pitch) + strip.Size) * sizeof(T));
        resultBytes = Blocking.Aligned(((((long)positions - 1) * pitch) + shape.Out) * sizeof(T));
        var isShared = 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps >= FlopsToShare * first.Step * last.Step;
        loop = new(imageBlocks * shape.Groups * rowBlocks * columnBlocks, isShared, shape.Groups * depthBlocks);
        streams = finish is null && shape.Overflows(sizeof(T));
        Places = rowBlocks * columnBlocks == 1 ? shape.Places(loop, target) : 0;
        task = Task;
    }

    /// <summary>The positions that meet the same elements of the window.</summary>
    private sealed class Phase
    {
        private readonly WindowSteps all, rest;

        public Phase(DirectConvolution<T> of, AxisPhase[] axes)
        {
            Axes = axes;
            var pitches = of.readsInPlace ? of.shape.StridesX : of.strip.Pitches;
            var channel = of.readsInPlace ? of.shape.X.Strides[1] : of.strip.Pitch;
            (all, rest) = (new(of.shape, axes, of.channels, channel, pitches, sizeof(T)), new(of.shape, axes, of.shape.In % of.channels, channel, pitches, sizeof(T)));
            Middles = [.. Middle(of, axes, pitches)];
        }

        public AxisPhase[] Axes { get; }

        /// <summary>The elements of the windows of the phases before.</summary>
        public int Before { get; set; }

        /// <summary>The elements of the window.</summary>
        public int Taps => all.Filters.Length / all.Channels;

        /// <summary>The depth of a chunk of so many channels.</summary>
        public WindowSteps Steps(int channels) => channels == all.Channels ? all : rest;

        /// <summary>For each position along the middle axes, where it is in the strip, and its place in the result.</summary>
        public (long At, int Place)[] Middles { get; }

        private static IEnumerable<(long, int)> Middle(DirectConvolution<T> of, AxisPhase[] axes, long[] pitches)
        {
            foreach (var index in Indices.Of(Shape.Of(axes[1..^1].Select(a => a.Count))))
            {
                var (at, place) = (0L, 0);
                for (var d = 1; d < axes.Length - 1; d++)
                {
                    at += index[d - 1] * of.shape.Axes[d].Stride * pitches[d];
                    place = (place * of.shape.Axes[d].Positions) + axes[d].First + (index[d - 1] * axes[d].Step);
                }
                yield return (at, place);
            }
        }
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
        public int Copied;
    }

    /// <inheritdoc/>
    public int Places { get; }

    /// <inheritdoc/>
    public long Scratch(int threads) => filterBytes + (loop.Slots(threads) * (stripBytes + resultBytes));

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        loop.Run(frame, task, &run);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        if (index < loop.Copies)
        {
            Copy(run, index / depthBlocks, index % depthBlocks * channels);
            TaskLoop.Count(ref run->Copied);
            return;
        }
        index -= loop.Copies;
        loop.Await(ref run->Copied);
        var slot = loop.Slot(frame, index, worker);
        (index, var column) = Math.DivRem(index, columnBlocks);
        (index, var row) = Math.DivRem(index, rowBlocks);
        var (group, image) = Math.DivRem(index, imageBlocks);
        var block = run->Scratch + filterBytes + (slot * (stripBytes + resultBytes));
        Block(frame, run, slot, (T*)block, (T*)(block + stripBytes), group, image * images, row * rows, column * columns);
    }

    private T* Filters(Operands* run, int group, Phase phase, int channel) =>
        (T*)run->Scratch + (((((long)group * taps) + phase.Before) * shape.In) + ((long)channel * phase.Taps)) * tiles.Rounded(shape.Out);

    /// <summary>The filters of some channels in, in panels of channels out.</summary>
    private void Copy(Operands* run, int group, int channel)
    {
        var count = Math.Min(channels, shape.In - channel);
        foreach (var phase in phases)
        {
            var to = Filters(run, group, phase, channel);
            var depth = count * phase.Taps;
            if (depth == 0) continue;
            for (var o = 0; o < shape.Out; o += width)
            {
                var outs = Math.Min(width, shape.Out - o);
                var rounded = tiles.Rounded(outs);
                var from = run->Y + shape.FilterAt(group, o, channel);
                Packing<T>.Gather(from, shape.Y.Strides[0], phase.Steps(count).Filters, to, rounded, outs);
                if (outs < rounded)
                    for (var k = 0; k < depth; k++) new Span<T>(to + ((long)k * rounded) + outs, rounded - outs).Clear();
                to += (long)depth * rounded;
            }
        }
    }

    private void Block(Frame frame, Operands* run, int slot, T* padded, T* result, int group, int image, int row, int column)
    {
        var (first, last) = (shape.Axes[0], shape.Last);
        var imageCount = Math.Min(images, shape.Images - image);
        var lineWidth = Math.Min(last.Positions - (column * last.Step), columns * last.Step);
        var lines = Math.Min(first.Positions - (row * first.Step), rows * first.Step);
        var source = run->X + shape.ImageAt(image, group);
        for (var channel = 0; channel == 0 || channel < shape.In; channel += channels)
        {
            var count = Math.Min(channels, shape.In - channel);
            for (var i = 0; i < imageCount && !readsInPlace; i++)
                strip.Fill(source + (i * shape.X.Strides[0]) + (channel * shape.X.Strides[1]), padded + (i * channels * strip.Pitch), count, shape.X.Strides[1], strip.Pitch, (row * first.Stride) + first.Low, (column * last.Stride) + last.Low);
            foreach (var phase in phases)
            {
                var steps = phase.Steps(count);
                var filters = Filters(run, group, phase, channel);
                var (untilRow, untilColumn) = (Math.Min(phase.Axes[0].Count, row + rows), Math.Min(phase.Axes[^1].Count, column + columns));
                if (untilColumn <= column) continue;
                var left = new LeftOperand { Row = last.Stride * sizeof(T), Step = 0 };
                for (var o = 0; o < shape.Out; o += width)
                {
                    var outs = Math.Min(width, shape.Out - o);
                    var panel = filters + ((long)o * steps.Filters.Length);
                    var rounded = tiles.Rounded(outs);
                    for (var i = 0; i < imageCount; i++)
                        for (var r = row; r < untilRow; r++)
                        {
                            var (from, depth) = steps.Inside(r);
                            left.Table = steps.Table + from;
                            foreach (var (at, place) in phase.Middles)
                            {
                                left.Start = (byte*)(Window(source, padded, i, channel, row, column, r) + at);
                                var line = (((((long)i * lines) + ((r - row) * first.Step) + phase.Axes[0].First) * middle) + place) * lineWidth;
                                tiles.Panel(
                                    untilColumn - column, outs, depth, left, (byte*)(panel + ((long)from * rounded)), (nint)rounded * sizeof(T),
                                    (byte*)(result + ((line + phase.Axes[^1].First) * pitch) + o), (nint)last.Step * pitch * sizeof(T), channel > 0);
                            }
                        }
                }
            }
        }
        for (var i = 0; i < imageCount; i++)
        {
            var (place, positions) = ((((long)row * first.Step * middle) * last.Positions) + (column * last.Step), lines * middle * lineWidth);
            var at = shape.ResultAt(image + i, group) + place;
            var z = run->Z + (Places > 0 ? shape.Moved(image + i, group, slot) : 0);
            if (streams) Transposition<T>.Stream(result + ((long)i * positions * pitch), pitch, z + at, shape.Positions, positions, shape.Out);
            else Transposition<T>.Copy(result + ((long)i * positions * pitch), pitch, z + at, shape.Positions, positions, shape.Out);
            if (finish is null) continue;
            if (positions == shape.Positions) finish(frame, (byte*)z, at, at + ((long)shape.Out * positions));
            else
                for (var o = 0; o < shape.Out; o++, at += shape.Positions) finish(frame, (byte*)z, at, at + positions);
        }
    }

    /// <summary>The first element under the window at the first column, in a row.</summary>
    private T* Window(T* source, T* padded, int image, int channel, int row, int column, int at)
    {
        if (!readsInPlace) return padded + (image * channels * strip.Pitch) + ((at - row) * shape.Axes[0].Stride * strip.Pitches[0]);
        var window = source + (channel * shape.X.Strides[1]) + (at * shape.Axes[0].Stride * shape.StridesX[0]) + (column * shape.Last.Stride * shape.StridesX[^1]);
        for (var d = 0; d < shape.Axes.Length; d++) window += shape.Axes[d].Low * shape.StridesX[d];
        return window;
    }

    /// <summary>An extent divided evenly into blocks of at most so many.</summary>
    public static int Even(int extent, int most) => extent == 0 ? 1 : Blocks(extent, Blocks(extent, most));

    public static int Blocks(int extent, int each) => (extent + each - 1) / each;
}
