namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 3×3 windows at stride 1 by Winograd's F(4×4, 3×3): for each of the 36 elements of transformed tiles a matrix product, whose rows
/// are tiles, whose columns are channels out and whose depth is channels in. A task has some rows of tiles of some images, with channels side by
/// side from the first transform to the last.
/// </summary>
internal sealed unsafe class WinogradConvolution : IProduct<float>
{
    private const int Elements = 36;
    private const int Side = 4;
    private const int TilesToTask = 64;
    private const int DepthToBlock = 256;
    private const int ChannelsToBlock = 64;
    private const int ChannelsToCopy = 4;
    private const int Taps = 9;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Tiling<float> tiles;
    private readonly WinogradTransforms transforms;
    private readonly ChannelsLast planes;
    private readonly LoopBody task;
    private readonly TaskLoop loop;
    private readonly bool streams;
    private readonly long[] filterOffsets;
    private readonly int tileRows, tileColumns, rows, images, rowBlocks, imageBlocks;
    private readonly int width, depth, depthBlocks, panels, pixelPitch, inPitch, outPitch, roundedOut;
    private readonly long filterBytes, pixelBytes, inBytes, outBytes;

    public WinogradConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        tiles = new(target.Width, 0, Indexed.Neither);
        transforms = WinogradTransforms.Of(target.Width);
        planes = new(shape.Axes[0].Extent, shape.Last.Extent, shape.StridesX[0], shape.X.Strides[1]);
        (tileRows, tileColumns) = (Blocks(shape.Axes[0].Positions, Side), Blocks(shape.Last.Positions, Side));
        var most = Math.Clamp(tileRows * tileColumns * shape.Images / 2, 1, TilesToTask);
        rows = Even(tileRows, Math.Max(1, most / tileColumns));
        images = rows < tileRows ? 1 : Even(shape.Images, Math.Max(1, most / (tileRows * tileColumns)));
        (rowBlocks, imageBlocks) = (Blocks(tileRows, rows), Blocks(shape.Images, images));
        width = tiles.Columns(images * rows * tileColumns);
        (panels, roundedOut) = (Blocks(shape.Out, width), tiles.Rounded(shape.Out));
        depth = Even(shape.In, DepthToBlock);
        depthBlocks = Blocks(shape.In, depth);
        pixelPitch = Blocking.Pitch(tiles.Rounded(Math.Min(ChannelsToBlock, shape.In)), sizeof(float));
        (inPitch, outPitch) = (Blocking.Pitch(tiles.Rounded(shape.In), sizeof(float)), Blocking.Pitch(roundedOut, sizeof(float)));
        var taps = shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]);
        filterOffsets = [.. Enumerable.Range(0, ChannelsToCopy).SelectMany(c => taps.Select(tap => (c * shape.Y.Strides[1]) + tap))];
        filterBytes = Blocking.Aligned((long)shape.Groups * Elements * shape.In * roundedOut * sizeof(float));
        pixelBytes = Blocking.Aligned((long)PixelRows * PixelColumns * pixelPitch * sizeof(float));
        inBytes = Blocking.Aligned((long)Elements * Tiles * Math.Max(inPitch, ((Side * Side * outPitch) + Elements - 1) / Elements) * sizeof(float));
        outBytes = Blocking.Aligned(((((long)Elements * Tiles) - 1) * outPitch + roundedOut) * sizeof(float));
        streams = finish is null && shape.Overflows(sizeof(float));
        loop = new(shape.Groups * imageBlocks * rowBlocks, true, shape.Groups * depthBlocks * panels);
        task = Task;
    }

    /// <summary>Whether it can compute a convolution, and is quicker.</summary>
    public static bool Serves(ConvolutionShape shape) =>
        shape is { Axes.Length: 2, In: >= 32, Out: >= 32 } && shape.StridesX[1] == 1
        && shape.Axes.All(a => a is { Window: 3, Stride: 1, Step: 1, Positions: > Side } && a.Phases[0].Taps is [var first, var second, _] && second.Offset == first.Offset + 1);

    private struct Operands
    {
        public float* X;
        public float* Y;
        public float* Z;
        public byte* Scratch;
        public int Copied;
    }

    private int PixelRows => (Side * rows) + 2;

    private int PixelColumns => (Side * tileColumns) + 2;

    /// <summary>The tiles of a task.</summary>
    private int Tiles => images * rows * tileColumns;

    /// <inheritdoc/>
    public long Scratch(int threads) => filterBytes + (loop.Slots(threads) * (pixelBytes + inBytes + outBytes));

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, float* x, float* y, float* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        loop.Run(frame, task, &run);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        if (index < loop.Copies)
        {
            (index, var panel) = Math.DivRem(index, panels);
            Copy(run, index / depthBlocks, index % depthBlocks * depth, panel * width);
            TaskLoop.Count(ref run->Copied);
            return;
        }
        index -= loop.Copies;
        var slot = loop.Slot(frame, index, worker);
        (index, var row) = Math.DivRem(index, rowBlocks);
        var (group, image) = Math.DivRem(index, imageBlocks);
        var memory = run->Scratch + filterBytes + (slot * (pixelBytes + inBytes + outBytes));
        Block(frame, run, memory, group, image * images, row * rows);
    }

    /// <summary>Where the transformed filters of some channels begin, for an element, a panel and a block of the depth.</summary>
    private float* Transformed(Operands* run, int group, int element, int channel, int channelOut, int count) =>
        (float*)run->Scratch + (((((long)group * Elements) + element) * shape.In) + channel) * roundedOut + ((long)channelOut * count);

    private void Copy(Operands* run, int group, int channel, int channelOut)
    {
        var (outs, count) = (Math.Min(width, shape.Out - channelOut), Math.Min(depth, shape.In - channel));
        var rounded = tiles.Rounded(outs);
        var filter = stackalloc float[ChannelsToCopy * Taps * rounded];
        var to = Transformed(run, group, 0, channel, channelOut, count);
        for (int c = 0, channels; c < count; c += channels)
        {
            channels = Math.Min(ChannelsToCopy, count - c);
            Packing<float>.Gather(run->Y + shape.FilterAt(group, channelOut, channel + c), shape.Y.Strides[0], filterOffsets.AsSpan(0, channels * Taps), filter, rounded, outs);
            for (var i = 0; i < channels; i++, to += rounded) transforms.Filter(filter + (i * Taps * rounded), rounded, to, (nint)shape.In * roundedOut, rounded);
        }
    }

    private void Block(Frame frame, Operands* run, byte* memory, int group, int image, int row)
    {
        var (imageCount, rowCount) = (Math.Min(images, shape.Images - image), Math.Min(rows, tileRows - row));
        var (pixels, tile, product) = ((nint)memory, (nint)(memory + pixelBytes), (nint)(memory + pixelBytes + inBytes));
        var count = imageCount * rowCount * tileColumns;
        for (var i = 0; i < imageCount; i++)
            for (var channel = 0; channel < shape.In; channel += ChannelsToBlock)
            {
                var channels = Math.Min(ChannelsToBlock, shape.In - channel);
                planes.Fill(
                    run->X + shape.ImageAt(image + i, group) + (channel * shape.X.Strides[1]), (float*)pixels, pixelPitch, channels,
                    (row * Side) + shape.Axes[0].Low, shape.Last.Low, (Side * rowCount) + 2, PixelColumns);
                for (var r = 0; r < rowCount; r++)
                    for (var t = 0; t < tileColumns; t++)
                        transforms.Input(
                            (float*)pixels + ((((long)r * Side * PixelColumns) + (t * Side)) * pixelPitch), (nint)PixelColumns * pixelPitch, pixelPitch,
                            (float*)tile + ((((((long)i * rowCount) + r) * tileColumns) + t) * inPitch) + channel, (nint)count * inPitch, tiles.Rounded(channels));
            }
        loop.Await(ref run->Copied);
        for (var element = 0; element < Elements; element++) Multiply(run, group, element, count, (float*)tile + ((long)element * count * inPitch), (float*)product + ((long)element * count * outPitch));
        for (var i = 0; i < imageCount; i++) Finished(frame, run->Z, (float*)product, (float*)tile, group, image + i, i, row, rowCount, count);
    }

    private void Multiply(Operands* run, int group, int element, int count, float* tile, float* product)
    {
        for (var channel = 0; channel < shape.In; channel += depth)
        {
            var channels = Math.Min(depth, shape.In - channel);
            var left = new LeftOperand { Start = (byte*)(tile + channel), Row = inPitch * sizeof(float), Step = sizeof(float), Table = null };
            for (var o = 0; o < shape.Out; o += width)
            {
                var outs = Math.Min(width, shape.Out - o);
                tiles.Panel(
                    count, outs, channels, left, (byte*)Transformed(run, group, element, channel, o, channels), (nint)tiles.Rounded(outs) * sizeof(float),
                    (byte*)(product + o), (nint)outPitch * sizeof(float), channel > 0);
            }
        }
    }

    private void Finished(Frame frame, float* z, float* product, float* result, int group, int image, int index, int row, int rowCount, int count)
    {
        var (lineWidth, first) = (shape.Last.Positions, row * Side);
        var lines = Math.Min(rowCount * Side, shape.Axes[0].Positions - first);
        for (var r = 0; r < rowCount; r++)
            for (var t = 0; t < tileColumns; t++)
                transforms.Output(
                    product + ((((((long)index * rowCount) + r) * tileColumns) + t) * outPitch), (nint)count * outPitch,
                    result + ((((long)r * Side * lineWidth) + (t * Side)) * outPitch), (nint)lineWidth * outPitch, outPitch,
                    Math.Min(Side, lines - (r * Side)), Math.Min(Side, lineWidth - (t * Side)), roundedOut);
        var at = shape.ResultAt(image, group) + ((long)first * lineWidth);
        if (streams) Transposition<float>.Stream(result, outPitch, z + at, shape.Positions, lines * lineWidth, shape.Out);
        else Transposition<float>.Copy(result, outPitch, z + at, shape.Positions, lines * lineWidth, shape.Out);
        if (finish is null) return;
        for (var o = 0; o < shape.Out; o++, at += shape.Positions) finish(frame, at, at + (lines * lineWidth));
    }

    private static int Even(int extent, int most) => DirectConvolution<float>.Even(extent, most);

    private static int Blocks(int extent, int each) => DirectConvolution<float>.Blocks(extent, each);
}
