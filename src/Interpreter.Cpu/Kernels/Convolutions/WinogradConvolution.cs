namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 3×3 or 5×5 windows at stride 1, dilated or not, by Winograd's F(4×4, 3×3) or F(2×2, 5×5), or their adjoints: for each of the 36
/// elements of transformed tiles a matrix product, whose rows are tiles, whose columns are channels out and whose depth is channels in. A task has some
/// rows of tiles of some images, with channels side by side from the first transform to the last.
/// </summary>
internal sealed unsafe class WinogradConvolution : IProduct<float>
{
    private const int Elements = WinogradTransforms.Elements;
    private const int TilesToTask = 64;
    private const int DepthToBlock = 256;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly WinogradTiles tiles;
    private readonly Tiling<float> tiling;
    private readonly LoopBody task;
    private readonly TaskLoop loop;
    private readonly bool streams;
    private readonly int rows, rowsToRepeat, images, rowBlocks, imageBlocks;
    private readonly int width, depth, depthBlocks, panels, outPitch, roundedOut;
    private readonly long filterBytes, pixelBytes, inBytes, outBytes;

    public WinogradConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        (tiles, tiling) = (WinogradTiles.Of(shape, target), new(target.Width, 0, Indexed.Neither));
        var most = Math.Clamp(tiles.Rows * tiles.Columns * shape.Images / 2, 1, TilesToTask);
        var (together, mostRows) = (tiles.RowsTogether, Math.Max(1, most / tiles.Columns));
        rows = tiles.AreWhole ? tiles.Rows : mostRows < together ? Even(together, mostRows) : Math.Min(tiles.Rows, together * Even(Blocks(tiles.Rows, together), mostRows / together));
        rowsToRepeat = Math.Max(rows, together);
        images = rows < tiles.Rows ? 1 : Even(shape.Images, Math.Max(1, most / (tiles.Rows * tiles.Columns)));
        rowBlocks = (tiles.Rows / rowsToRepeat * Blocks(rowsToRepeat, rows)) + Blocks(tiles.Rows % rowsToRepeat, rows);
        imageBlocks = Blocks(shape.Images, images);
        var count = images * rows * tiles.Columns;
        width = tiling.Columns(count);
        (panels, roundedOut) = (Blocks(shape.Out, width), tiling.Rounded(shape.Out));
        depth = Even(shape.In, DepthToBlock);
        depthBlocks = Blocks(shape.In, depth);
        outPitch = Blocking.Pitch(roundedOut, sizeof(float));
        filterBytes = Blocking.Aligned((long)shape.Groups * Elements * shape.In * roundedOut * sizeof(float));
        pixelBytes = tiles.PixelBytes(rows);
        inBytes = Blocking.Aligned(Math.Max((long)Elements * count * tiles.Pitch, (long)tiles.ResultPixels(rows) * outPitch) * sizeof(float));
        outBytes = Blocking.Aligned(((((long)Elements * count) - 1) * outPitch + roundedOut) * sizeof(float));
        streams = finish is null && shape.Overflows(sizeof(float));
        loop = new(shape.Groups * imageBlocks * rowBlocks, true, shape.Groups * depthBlocks * panels);
        Places = rowBlocks == 1 ? shape.Places(loop, target) : 0;
        task = Task;
    }

    private struct Operands
    {
        public float* X;
        public float* Y;
        public float* Z;
        public byte* Scratch;
        public int Copied;
    }

    /// <inheritdoc/>
    public int Places { get; }

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
        Block(frame, run, slot, memory, group, image * images, RowsOf(row));
    }

    /// <summary>The rows of tiles of a task: some of those together, or all of several times those together.</summary>
    private (int Row, int Count) RowsOf(int index)
    {
        var (first, part) = Math.DivRem(index, Blocks(rowsToRepeat, rows));
        var row = (first * rowsToRepeat) + (part * rows);
        return (row, Math.Min(Math.Min(rows, rowsToRepeat - (part * rows)), tiles.Rows - row));
    }

    /// <summary>Where the transformed filters of some channels begin, for an element, a panel and a block of the depth.</summary>
    private float* Transformed(Operands* run, int group, int element, int channel, int channelOut, int count) =>
        (float*)run->Scratch + (((((long)group * Elements) + element) * shape.In) + channel) * roundedOut + ((long)channelOut * count);

    private void Copy(Operands* run, int group, int channel, int channelOut)
    {
        var count = Math.Min(depth, shape.In - channel);
        tiles.Filters(run->Y, group, channelOut, Math.Min(width, shape.Out - channelOut), channel, count, Transformed(run, group, 0, channel, channelOut, count), (nint)shape.In * roundedOut);
    }

    private void Block(Frame frame, Operands* run, int slot, byte* memory, int group, int image, (int Row, int Count) rowsOf)
    {
        var (row, rowCount) = rowsOf;
        var imageCount = Math.Min(images, shape.Images - image);
        var pixels = (float*)memory;
        var tile = (float*)(memory + pixelBytes);
        var product = (float*)(memory + pixelBytes + inBytes);
        var of = rowCount * tiles.Columns;
        var count = imageCount * of;
        for (var i = 0; i < imageCount; i++) tiles.Input(run->X, group, image + i, row, rowCount, pixels, tile + ((long)i * of * tiles.Pitch), (nint)count * tiles.Pitch);
        loop.Await(ref run->Copied);
        for (var element = 0; element < Elements; element++) Multiply(run, group, element, count, tile + ((long)element * count * tiles.Pitch), product + ((long)element * count * outPitch));
        for (var i = 0; i < imageCount; i++)
        {
            var at = shape.ResultAt(image + i, group);
            var z = run->Z + (Places > 0 ? shape.Moved(image + i, group, slot) : 0);
            tiles.Output(product + ((long)i * of * outPitch), (nint)count * outPitch, outPitch, tile, z + at, row, rowCount, shape.Out, streams);
            tiles.Finish(finish, frame, z, at, row, rowCount, shape.Out);
        }
    }

    private void Multiply(Operands* run, int group, int element, int count, float* tile, float* product)
    {
        for (var channel = 0; channel < shape.In; channel += depth)
        {
            var channels = Math.Min(depth, shape.In - channel);
            var left = new LeftOperand { Start = (byte*)(tile + channel), Row = tiles.Pitch * sizeof(float), Step = sizeof(float), Table = null };
            for (var o = 0; o < shape.Out; o += width)
            {
                var outs = Math.Min(width, shape.Out - o);
                tiling.Panel(
                    count, outs, channels, left, (byte*)Transformed(run, group, element, channel, o, channels), (nint)tiling.Rounded(outs) * sizeof(float),
                    (byte*)(product + o), (nint)outPitch * sizeof(float), channel > 0);
            }
        }
    }

    private static int Even(int extent, int most) => DirectConvolution<float>.Even(extent, most);

    private static int Blocks(int extent, int each) => DirectConvolution<float>.Blocks(extent, each);
}
