using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Of a convolution of 1×1 windows the last positions of planes, which fill no vector, or all of small planes: those of all images beside each other,
/// as columns of one product, from which the results go to their images.
/// </summary>
internal sealed unsafe class JoinedColumns<T> where T : unmanaged, IBinaryNumber<T>
{
    private const double LeastGain = 1.02;
    private const int FewVectors = 4;
    private const int PanelBytes = 32 << 10;
    private const int RowsToTask = 128;
    private const int Workers = 8;
    private const int ChannelsToCopy = 64;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Matrix planes;
    private readonly Tiling<T> tiles;
    private readonly LoopBody task;
    private readonly TaskLoop loop;
    private readonly int first, count, width, depth, panels, rows, rowBlocks, channels, channelBlocks;
    private readonly long groupBytes, resultBytes;

    /// <summary>The product of these positions.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="first">The first position of a plane that is one of them.</param>
    /// <param name="positions">Where each position lies in a plane.</param>
    /// <param name="finish">Told of each stretch of the result, where that is all joined.</param>
    public JoinedColumns(ConvolutionShape shape, Target target, int first, long[] positions, Finish? finish)
    {
        (this.shape, this.finish, this.first, count) = (shape, finish, first, shape.Positions - first);
        planes = new(
            [.. Enumerable.Range(0, shape.In).Select(channel => channel * shape.X.Strides[1])],
            [.. Enumerable.Range(0, shape.Images).SelectMany(image => positions[first..].Select(at => (image * shape.X.Strides[0]) + at))]);
        tiles = new(target.Width, shape.Y.Strides[0] == 1 ? 1 : 0, Indexed.Neither);
        rows = DirectConvolution<T>.Blocks(shape.Out, DirectConvolution<T>.Blocks(shape.Out, Workers * RowsToTask) * Workers);
        rowBlocks = DirectConvolution<T>.Blocks(shape.Out, rows);
        width = Math.Min(tiles.Columns(rows), tiles.Rounded(planes.Columns.Length));
        depth = DirectConvolution<T>.Even(shape.In, Math.Max(1, PanelBytes / (width * sizeof(T))));
        channels = DirectConvolution<T>.Even(shape.In, ChannelsToCopy);
        channelBlocks = DirectConvolution<T>.Blocks(shape.In, channels);
        panels = DirectConvolution<T>.Blocks(planes.Columns.Length, width);
        groupBytes = Blocking.Aligned((long)shape.In * tiles.Rounded(planes.Columns.Length) * sizeof(T));
        resultBytes = Blocking.Aligned((long)rows * width * sizeof(T));
        loop = new(shape.Groups * rowBlocks, 2L * shape.AllOut * shape.In * planes.Columns.Length >= FlopsToShare, shape.Groups * panels * channelBlocks);
        task = Task;
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
        public int Copied;
    }

    /// <summary>
    /// The first position that is joined to those of other images: that after the last whole vector, or, of planes of few vectors, for each of which
    /// filters would be fetched again, the first of all; one past the last where that is no gain.
    /// </summary>
    public static int First(ConvolutionShape shape, int lanes)
    {
        var whole = shape.Positions / lanes;
        var first = whole < FewVectors ? 0 : whole * lanes;
        return whole > 0 && Vectors(shape, shape.Positions, lanes) >= LeastGain * Vectors(shape, first, lanes) ? first : shape.Positions;
    }

    /// <summary>The vectors in which positions lie, as a multiple of those that they would fill.</summary>
    public static double Waste(ConvolutionShape shape, int lanes) => Vectors(shape, First(shape, lanes), lanes) * (double)lanes / ((long)shape.Images * shape.Positions);

    /// <summary>The vectors of all images, whose positions are joined from one on.</summary>
    private static long Vectors(ConvolutionShape shape, int first, int lanes)
    {
        long Of(long positions) => (positions + lanes - 1) / lanes;
        return (shape.Images * Of(first)) + Of((long)shape.Images * (shape.Positions - first));
    }

    /// <summary>The memory that it works in.</summary>
    public long Scratch(int threads) => StripBytes + (loop.Slots(threads) * resultBytes);

    /// <summary>Puts their results where they belong.</summary>
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
            Copy(run, index / channelBlocks, index % channelBlocks * channels);
            TaskLoop.Count(ref run->Copied);
            return;
        }
        index -= loop.Copies;
        var result = (T*)(run->Scratch + StripBytes + (loop.Slot(frame, index, worker) * resultBytes));
        loop.Await(ref run->Copied);
        var (group, row) = (index / rowBlocks, index % rowBlocks * rows);
        for (var panel = group * panels; panel < (group + 1) * panels; panel++)
        {
            Multiply(run, panel, row, result);
            Scatter(run->Z, panel, row, result);
        }
        for (var image = 0; image < shape.Images && first == 0; image++)
        {
            var at = shape.ResultAt(image, group) + ((long)row * shape.Positions);
            finish?.Invoke(frame, (byte*)run->Z, at, at + ((long)RowsFrom(row) * shape.Positions));
        }
    }

    private long StripBytes => shape.Groups * groupBytes;

    private T* Strip(Operands* run, int panel) => (T*)(run->Scratch + (panel / panels * groupBytes)) + ((long)(panel % panels) * shape.In * width);

    private int ColumnsOf(int panel) => Math.Min(width, planes.Columns.Length - (panel % panels * width));

    /// <summary>Some channels of a panel of one of the groups.</summary>
    private void Copy(Operands* run, int panel, int channel)
    {
        var pitch = tiles.Rounded(ColumnsOf(panel));
        Packing<T>.Panel(
            Strip(run, panel) + ((long)channel * pitch), pitch, run->X + shape.ImageAt(0, panel / panels), planes, channel, Math.Min(channels, shape.In - channel), panel % panels * width, ColumnsOf(panel));
    }

    private int RowsFrom(int row) => Math.Min(rows, shape.Out - row);

    private void Multiply(Operands* run, int panel, int row, T* result)
    {
        var pitch = tiles.Rounded(ColumnsOf(panel));
        for (var channel = 0; channel < shape.In; channel += depth)
        {
            var left = new LeftOperand
            {
                Start = (byte*)(run->Y + shape.FilterAt(panel / panels, row, channel)),
                Row = (nint)shape.Y.Strides[0] * sizeof(T),
                Step = (nint)shape.Y.Strides[1] * sizeof(T),
            };
            tiles.Panel(
                RowsFrom(row), pitch, Math.Min(depth, shape.In - channel), left, (byte*)(Strip(run, panel) + ((long)channel * pitch)), (nint)pitch * sizeof(T),
                (byte*)result, (nint)pitch * sizeof(T), channel > 0);
        }
    }

    /// <summary>Some rows of a panel's product to where the images have them.</summary>
    private void Scatter(T* z, int panel, int row, T* result)
    {
        var (group, columns) = (panel / panels, ColumnsOf(panel));
        var pitch = tiles.Rounded(columns);
        for (int j = 0, some; j < columns; j += some)
        {
            var (image, at) = Math.DivRem((panel % panels * width) + j, count);
            some = Math.Min(count - at, columns - j);
            var to = z + shape.ResultAt(image, group) + ((long)row * shape.Positions) + first + at;
            for (var r = 0; r < RowsFrom(row); r++) Packing<T>.Copy(to + ((long)r * shape.Positions), result + ((long)r * pitch) + j, some);
        }
    }
}
