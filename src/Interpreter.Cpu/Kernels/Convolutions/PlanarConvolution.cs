using System.Numerics;
using System.Runtime.InteropServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution as a matrix product whose rows are channels out, whose columns are positions, and whose depth is channels in and elements of the
/// window. Neighbouring positions read neighbouring elements of a strip, each line of which goes on in the next: so vectors run over whole planes,
/// and what they compute between the lines is left out where results are copied to their places. A task has some rows of an image, or some whole
/// images. For few channels out.
/// </summary>
internal sealed unsafe class PlanarConvolution<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int PanelBytes = 32 << 10;
    private const int FilterBytes = 256 << 10;
    private const int ResultBytes = 320 << 10;
    private const int MostPositions = 8192;
    private const int LeastPositions = 128;
    private const int LeastTasks = 16;
    private const int ElementsToCopy = 32 << 10;
    private const long FlopsToTask = 400_000;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Strip<T> strip;
    private readonly Tiling<T> tiles;
    private readonly Phase[] phases;
    private readonly LoopBody task;
    private readonly TaskLoop loop;
    private readonly bool streams;
    private readonly int rows, columns, channels, outs, width, middle, pitch;
    private readonly int rowBlocks, columnBlocks, planes, rowsToCopy;
    private readonly long filterBytes, stripBytes, resultBytes;

    public PlanarConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        middle = shape.Axes[1..^1].Aggregate(1, (n, axis) => n * axis.Positions);
        var most = Math.Clamp(ResultBytes / (shape.Out * sizeof(T)), LeastPositions, MostPositions);
        most = (int)Math.Clamp((long)shape.Images * shape.Groups * shape.Positions / LeastTasks, LeastPositions, most);
        rows = Even(first.Count, Math.Max(1, most / (first.Step * middle * last.Positions)));
        columns = first.Positions * middle == 1 ? Even(last.Count, Math.Max(1, most / last.Step)) : last.Count;
        (rowBlocks, columnBlocks) = (Blocks(first.Count, rows), Blocks(last.Count, columns));
        tiles = new(target.Width, 0, Indexed.Right);
        width = tiles.Columns(shape.Out);
        strip = new(shape, first.Under(rows), last.Under(columns), axis => axis.Stride);
        phases = [.. shape.Phases().Select(p => new Phase(this, p))];
        var taps = phases.Max(p => p.Taps.Length);
        var lines = (taps + last.Window - 1) / last.Window;
        channels = Even(shape.In, Math.Max(1, PanelBytes / (Math.Max(1, lines) * (width + tiles.Lanes) * sizeof(T))));
        foreach (var phase in phases) phase.Fill(this);
        outs = Even(shape.Out, Math.Max(tiles.Rows, FilterBytes / (Math.Max(1, channels * taps) * sizeof(T)) / tiles.Rows * tiles.Rows));
        pitch = Blocking.Pitch(tiles.Rounded(phases.Max(p => p.Flat(this, rows, columns))), sizeof(T));
        filterBytes = phases.Sum(p => p.FilterBytes);
        stripBytes = Blocking.Aligned((((channels - 1) * strip.Pitch) + strip.Size + tiles.Lanes) * sizeof(T));
        resultBytes = Blocking.Aligned((long)phases.Length * shape.Out * pitch * sizeof(T));
        var flops = 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps / (first.Step * last.Step);
        var allPlanes = shape.Images * shape.Groups;
        planes = rowBlocks * columnBlocks > 1 ? 1 : Even(allPlanes, (int)Math.Clamp(FlopsToTask / Math.Max(1, flops / allPlanes), 1, Math.Max(1, allPlanes / LeastTasks)));
        rowsToCopy = Math.Max(1, ElementsToCopy / Math.Max(1, shape.In * shape.Taps));
        loop = new(Blocks(allPlanes, planes) * rowBlocks * columnBlocks, flops >= FlopsToShare, Blocks(shape.AllOut, rowsToCopy));
        streams = finish is null && shape.Overflows(sizeof(T));
        Places = rowBlocks * columnBlocks == 1 ? shape.Places(loop, target) : 0;
        task = Task;
    }

    /// <summary>The positions that meet the same elements of the window.</summary>
    private sealed class Phase
    {
        public Phase(PlanarConvolution<T> of, AxisPhase[] axes)
        {
            var shape = of.shape;
            Axes = axes;
            Taps = shape.TapsOf(axes);
            Pitch = Blocking.Pitch(Math.Max(1, shape.In * Taps.Length), sizeof(T));
            FilterBytes = Blocking.Aligned((long)shape.AllOut * Pitch * sizeof(T));
            Adjacent = shape.Y.Strides[1] == Taps.Length && Taps.Select((tap, i) => tap == i).All(same => same);
            Middles = [.. Middle(of)];
            Table = [];
        }

        public AxisPhase[] Axes { get; }

        /// <summary>Where each element of the window is in Y.</summary>
        public long[] Taps { get; }

        /// <summary>Whether those of all channels lie one after the other.</summary>
        public bool Adjacent { get; }

        /// <summary>From the copy of a channel out's filters to that of the next.</summary>
        public int Pitch { get; }

        /// <summary>For the copy of all filters.</summary>
        public long FilterBytes { get; }

        /// <summary>Where each element under the window is in the strip, in bytes.</summary>
        public int[] Table { get; private set; }

        /// <summary>For each position along the middle axes, where it is in the strip, and its place in the result.</summary>
        public (long At, int Place)[] Middles { get; }

        /// <summary>Makes the table.</summary>
        public void Fill(PlanarConvolution<T> of)
        {
            long[] offsets = [.. ConvolutionShape.Over(Axes, (d, t) => of.strip.At(d, t.Offset - of.shape.Axes[d].Low))];
            Table = GC.AllocateUninitializedArray<int>(Math.Max(1, of.channels * offsets.Length), pinned: true);
            for (var c = 0; c < of.channels; c++)
                for (var t = 0; t < offsets.Length; t++) Table[(c * offsets.Length) + t] = checked((int)(((c * of.strip.Pitch) + offsets[t]) * sizeof(T)));
        }

        /// <summary>The elements of the strip from the first position to the last.</summary>
        public int Flat(PlanarConvolution<T> of, int rows, int columns) => (int)(((rows - 1) * of.strip.Pitches[0]) + (Middles.Length == 0 ? 0 : Middles[^1].At) + columns);

        private IEnumerable<(long, int)> Middle(PlanarConvolution<T> of)
        {
            foreach (var index in Indices.Of(Shape.Of(Axes[1..^1].Select(a => a.Count))))
            {
                var (at, place) = (0L, 0);
                for (var d = 1; d < Axes.Length - 1; d++)
                {
                    at += index[d - 1] * of.strip.Pitches[d];
                    place = (place * of.shape.Axes[d].Positions) + Axes[d].First + (index[d - 1] * Axes[d].Step);
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

    /// <summary>Whether planes fill vectors, and channels out do not.</summary>
    public static bool Serves(ConvolutionShape shape, Target target) =>
        (int)target.Width / sizeof(T) is var lanes && shape.Out < lanes && shape.Axes.Aggregate(1L, (n, axis) => n * axis.Count) > lanes / 2;

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
            for (var o = index * rowsToCopy; o < Math.Min(shape.AllOut, (index + 1) * rowsToCopy); o++) Copy(run, o);
            TaskLoop.Count(ref run->Copied);
            return;
        }
        index -= loop.Copies;
        loop.Await(ref run->Copied);
        var slot = loop.Slot(frame, index, worker);
        (index, var column) = Math.DivRem(index, columnBlocks);
        (index, var row) = Math.DivRem(index, rowBlocks);
        var block = run->Scratch + filterBytes + (slot * (stripBytes + resultBytes));
        for (var plane = index * planes; plane < Math.Min(shape.Images * shape.Groups, (index + 1) * planes); plane++)
        {
            var (image, group) = Math.DivRem(plane, shape.Groups);
            Block(run, (T*)block, (T*)(block + stripBytes), group, image, row * rows, column * columns);
            Finished(frame, run->Z + (Places > 0 ? shape.Moved(image, group, slot) : 0), (T*)(block + stripBytes), group, image, row * rows, column * columns);
        }
    }

    /// <summary>The filters of a channel out, of all groups'.</summary>
    private void Copy(Operands* run, int channelOut)
    {
        var from = run->Y + shape.FilterAt(0, channelOut, 0);
        var to = run->Scratch;
        foreach (var phase in phases)
        {
            var target = (T*)to + ((long)channelOut * phase.Pitch);
            if (phase.Adjacent) Packing<T>.Copy(target, from, shape.In * phase.Taps.Length);
            else
                for (var c = 0; c < shape.In; c++)
                    foreach (var tap in phase.Taps) *target++ = from[(c * shape.Y.Strides[1]) + tap];
            to += phase.FilterBytes;
        }
    }

    private void Block(Operands* run, T* padded, T* result, int group, int image, int row, int column)
    {
        var (first, last) = (shape.Axes[0], shape.Last);
        var source = run->X + shape.ImageAt(image, group);
        for (var channel = 0; channel == 0 || channel < shape.In; channel += channels)
        {
            var count = Math.Min(channels, shape.In - channel);
            strip.Fill(source + (channel * shape.X.Strides[1]), padded, count, shape.X.Strides[1], strip.Pitch, (row * first.Stride) + first.Low, (column * last.Stride) + last.Low);
            var filters = run->Scratch;
            var to = result;
            foreach (var phase in phases)
            {
                var (rowCount, columnCount) = (Math.Min(rows, phase.Axes[0].Count - row), Math.Min(columns, phase.Axes[^1].Count - column));
                var flat = rowCount <= 0 || columnCount <= 0 ? 0 : phase.Flat(this, rowCount, columnCount);
                var left = new LeftOperand { Row = (nint)phase.Pitch * sizeof(T), Step = sizeof(T), Table = (int*)Marshal.UnsafeAddrOfPinnedArrayElement(phase.Table, 0) };
                for (var o = 0; o < shape.Out; o += outs)
                {
                    left.Start = filters + (((((long)group * shape.Out) + o) * phase.Pitch) + ((long)channel * phase.Taps.Length)) * sizeof(T);
                    for (var j = 0; j < flat; j += width)
                        tiles.Panel(
                            Math.Min(outs, shape.Out - o), tiles.Rounded(Math.Min(width, flat - j)), count * phase.Taps.Length, left, (byte*)(padded + j), 0,
                            (byte*)(to + ((long)o * pitch) + j), (nint)pitch * sizeof(T), channel > 0);
                }
                filters += phase.FilterBytes;
                to += (long)shape.Out * pitch;
            }
        }
    }

    /// <summary>Copies the lines of a result to their places.</summary>
    private void Finished(Frame frame, T* z, T* result, int group, int image, int row, int column)
    {
        var (first, last) = (shape.Axes[0], shape.Last);
        var place = ((long)row * first.Step * middle * last.Positions) + (column * last.Step);
        var lines = Math.Min(first.Positions - (row * first.Step), rows * first.Step);
        var length = lines * middle * Math.Min(last.Positions - (column * last.Step), columns * last.Step);
        var (at, all) = (shape.ResultAt(image, group) + place, length == shape.Positions);
        for (var o = 0; o < shape.Out; o++, at += shape.Positions, result += pitch)
        {
            var from = result;
            foreach (var phase in phases)
            {
                var (axis, rowCount, columnCount) = (phase.Axes[0], Math.Min(rows, phase.Axes[0].Count - row), Math.Min(columns, phase.Axes[^1].Count - column));
                for (var r = 0; r < rowCount; r++)
                    foreach (var (offset, line) in phase.Middles)
                    {
                        var to = z + at + (((((long)axis.First + (r * axis.Step)) * middle) + line) * last.Positions) + phase.Axes[^1].First;
                        if (last.Step > 1) Interleaving.Scatter(to, from + (r * strip.Pitches[0]) + offset, last.Step, columnCount);
                        else if (streams) Packing<T>.Stream(to, from + (r * strip.Pitches[0]) + offset, columnCount);
                        else Packing<T>.Copy(to, from + (r * strip.Pitches[0]) + offset, columnCount);
                    }
                from += (long)shape.Out * pitch;
            }
            if (!all) finish?.Invoke(frame, (byte*)z, at, at + length);
        }
        if (all) finish?.Invoke(frame, (byte*)z, at - ((long)shape.Out * length), at);
    }

    private static int Even(int extent, int most) => DirectConvolution<T>.Even(extent, most);

    private static int Blocks(int extent, int each) => DirectConvolution<T>.Blocks(extent, each);
}
