using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution with 3×3 or 5×5 positions and a great window, as that which gives the cotangent of such a filter is, by the transpose of Winograd's
/// F(4×4, 3×3) or F(2×2, 5×5): the window is cut into tiles of 4×4 or 2×2, whose elements are as far apart as positions are, which is the dilation of
/// the filter; and for each of the 36 elements of transformed tiles there is a matrix product, whose rows are images, whose columns are channels out and
/// whose depth is all tiles of all channels in. Some lines of tiles are transformed and multiplied at a time, as many as the caches can hold beside the
/// products, which are transformed in the end. Where products are small, parts of the lines are tasks with products of their own, which are added up in
/// order; else all threads share each step. Where there is little to sum, products are made in blocks that stay in the caches until they are transformed.
/// </summary>
internal sealed unsafe class WinogradGradient : IProduct<float>
{
    private const int Elements = WinogradTransforms.Elements;
    private const int ChannelsToBlock = 64;
    private const int ImagesToMultiply = 96;
    private const int ImagesToBlock = 128;
    private const int MostDepth = 48;
    private const int LeastDepth = 64;
    private const int ImagesToFinish = 8;
    private const int LeastSummed = 256;
    private const int MostParts = 16;
    private const int LeastParts = 8;
    private const long PartsBytes = 24 << 20;
    private const long PartBytes = 1 << 20;
    private const long LeastBytes = 2 << 20;
    private const long MostBytes = 32 << 20;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Tiling<float> tiles;
    private readonly WinogradTransforms transforms;
    private readonly ChannelsLast images, filters;
    private readonly LoopBody part, transform, multiply, result, block;
    private readonly WinogradAxis rows, columns;
    private readonly int side, tileRows, tileColumns, lines, linesToRound, width, roundedOut, imagePitch, outPitch, pixelPitch;
    private readonly int imageBlocks, outBlocks, imagesToMultiply, imagesToFinish, imagesToBlock, parts;
    private readonly bool isAtOnce;
    private readonly nint toImages, toFilters, toProducts;
    private readonly long imageBytes, tileBytes, productBytes, slotBytes;

    public WinogradGradient(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        tiles = new(target.Width, 1, Indexed.Neither);
        transforms = WinogradTransforms.Of(target.Width, last.Positions);
        side = WinogradTransforms.Side(last.Positions);
        images = new(first.Extent, last.Extent, shape.StridesX[0], shape.X.Strides[0]);
        filters = new(first.Window, last.Window, shape.StridesY[0], shape.Y.Strides[0]);
        (rows, columns) = (OfWindow(first), OfWindow(last));
        (tileRows, tileColumns) = (rows.Tiles, columns.Tiles);
        (width, roundedOut) = (tiles.Columns(shape.Images), tiles.Rounded(shape.Out));
        (imagePitch, outPitch) = (Blocking.Pitch(tiles.Rounded(shape.Images), sizeof(float)), Blocking.Pitch(roundedOut, sizeof(float)));
        pixelPitch = Blocking.Pitch(ChannelsToBlock, sizeof(float));
        toProducts = Blocking.Pitch(shape.Images * outPitch, sizeof(float));
        productBytes = (long)Elements * toProducts * sizeof(float);
        lines = shape.In * tileRows;
        var lineBytes = (long)Elements * tileColumns * (imagePitch + roundedOut) * sizeof(float);
        parts = (int)Math.Min(Math.Min(lines, MostParts), PartsBytes / productBytes);
        parts = parts < LeastParts || Math.Min(Blocks(lines, parts), PartBytes / lineBytes) * tileColumns < LeastDepth ? 1 : parts;
        var most = parts > 1 ? PartBytes : Math.Clamp(2 * productBytes, LeastBytes, MostBytes);
        linesToRound = DirectConvolution<float>.Even(Blocks(lines, parts), (int)Math.Max(1, most / lineBytes));
        isAtOnce = parts == 1 && linesToRound == lines && lines * tileColumns <= MostDepth;
        imagesToBlock = DirectConvolution<float>.Even(shape.Images, ImagesToBlock);
        if (parts == 1 && linesToRound < lines) tiles = new(target.Width, 1, Indexed.Neither, fetches: true);
        if (isAtOnce)
        {
            toProducts = Blocking.Pitch(imagesToBlock * width, sizeof(float));
            productBytes = 0;
        }
        toImages = Blocking.Pitch(linesToRound * tileColumns * imagePitch, sizeof(float));
        toFilters = Blocking.Pitch(linesToRound * tileColumns * roundedOut, sizeof(float));
        imageBytes = (long)Elements * toImages * sizeof(float);
        tileBytes = imageBytes + ((long)Elements * toFilters * sizeof(float));
        var finished = isAtOnce ? (Elements * (long)toProducts) + (shape.Positions * width) : (long)shape.Positions * outPitch;
        slotBytes = Blocking.Aligned(Math.Max((long)WinogradTransforms.Under * columns.Span(WinogradTransforms.Under) * pixelPitch, finished) * sizeof(float));
        (imageBlocks, outBlocks) = (Blocks(shape.Images, ChannelsToBlock), Blocks(shape.Out, ChannelsToBlock));
        imagesToMultiply = DirectConvolution<float>.Even(shape.Images, ImagesToMultiply);
        imagesToFinish = DirectConvolution<float>.Even(shape.Images, ImagesToFinish);
        (part, transform, multiply, result, block) = (Part, Transform, Multiply, Result, Block);
    }

    /// <summary>Whether it can compute a convolution, and is quicker, as it is where enough is summed to outweigh that there are 36 products for 9 or 25 results.</summary>
    public static bool Serves(ConvolutionShape shape) =>
        shape is { Axes.Length: 2, Images: >= 32, Out: >= 32 } && (long)shape.In * shape.Taps >= LeastSummed && WinogradTransforms.Serve(shape.Last.Positions) && shape.HasLines && shape.HasLinesOfWindows
        && shape.Axes.All(a => a is { Step: 1, Dilation: 1, Window: > 4 } && a.Positions == shape.Last.Positions && a.Phases[0].Taps.Length == a.Window)
        && WinogradAxis.Serve(shape, OfWindow(shape.Axes[0]), OfWindow(shape.Last));

    private static WinogradAxis OfWindow(WindowAxis axis) => new(axis.Window, WinogradTransforms.Side(axis.Positions), axis.Stride);

    private struct Operands
    {
        public float* X;
        public float* Y;
        public float* Z;
        public byte* Scratch;
        public int Group;
    }

    /// <summary>Some lines, and where what is made of them is.</summary>
    private struct Round
    {
        public Operands* Run;
        public int Line;
        public int Lines;
        public bool Adds;
        public float* Images;
        public float* Filters;
        public float* Products;
    }

    /// <inheritdoc/>
    public long Scratch(int threads) => (parts * productBytes) + (Tiles(threads) * tileBytes) + (threads * slotBytes);

    /// <summary>Where tiles are kept: for each thread, or for all.</summary>
    private int Tiles(int threads) => parts > 1 ? Math.Min(threads, parts) : 1;

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, float* x, float* y, float* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        for (run.Group = 0; run.Group < shape.Groups; run.Group++)
        {
            if (isAtOnce)
            {
                var round = Of(&run, 0, lines, 0, 0, adds: false);
                frame.Pool.ForStretches(lines * (imageBlocks + outBlocks), frame, transform, &round);
                frame.Pool.ForStretches(Blocks(shape.Images, imagesToBlock) * Blocks(shape.Out, width), frame, block, &round);
                continue;
            }
            if (parts > 1) frame.Pool.ForStretches(parts, frame, part, &run);
            else
                for (var line = 0; line < lines; line += linesToRound)
                {
                    var round = Of(&run, line, Math.Min(linesToRound, lines - line), 0, 0, line > 0);
                    frame.Pool.ForStretches(round.Lines * (imageBlocks + outBlocks), frame, transform, &round);
                    frame.Pool.ForStretches(Elements * Blocks(shape.Images, imagesToMultiply), frame, multiply, &round);
                }
            frame.Pool.ForStretches(Blocks(shape.Images, imagesToFinish), frame, result, &run);
        }
    }

    /// <summary>Some of the lines, with products of their own.</summary>
    private void Part(Frame frame, void* arguments, int index, int worker)
    {
        var (from, until) = ((int)((long)lines * index / parts), (int)((long)lines * (index + 1) / parts));
        for (var line = from; line < until; line += linesToRound)
        {
            var round = Of((Operands*)arguments, line, Math.Min(linesToRound, until - line), index, parts <= frame.Pool.Threads ? index : worker, line > from);
            for (var i = 0; i < round.Lines * (imageBlocks + outBlocks); i++) Transform(frame, &round, i, worker);
            for (var i = 0; i < Elements * Blocks(shape.Images, imagesToMultiply); i++) Multiply(frame, &round, i, worker);
        }
    }

    private Round Of(Operands* run, int line, int count, int part, int slot, bool adds)
    {
        var tile = run->Scratch + (parts * productBytes) + (slot * tileBytes);
        return new() { Run = run, Line = line, Lines = count, Adds = adds, Images = (float*)tile, Filters = (float*)(tile + imageBytes), Products = Products(run, part) };
    }

    private float* Products(Operands* run, int part) => (float*)(run->Scratch + (part * productBytes));

    private float* Slot(Frame frame, Operands* run, int worker) => (float*)(run->Scratch + (parts * productBytes) + (Tiles(frame.Pool.Threads) * tileBytes) + (worker * slotBytes));

    /// <summary>A line of tiles of some images, or of some filters.</summary>
    private void Transform(Frame frame, void* arguments, int index, int worker)
    {
        var round = (Round*)arguments;
        var run = round->Run;
        var (line, block) = Math.DivRem(index, imageBlocks + outBlocks);
        var (channel, row) = Math.DivRem(round->Line + line, tileRows);
        var pixels = Slot(frame, run, worker);
        var count = round->Lines * tileColumns;
        var (tile, from) = (line * tileColumns, (block < imageBlocks ? block : block - imageBlocks) * ChannelsToBlock);
        var channels = Math.Min(ChannelsToBlock, (block < imageBlocks ? shape.Images : shape.Out) - from);
        if (block < imageBlocks)
        {
            var under = columns.Span(WinogradTransforms.Under);
            images.Fill(
                run->X + shape.ImageAt(from, run->Group) + (channel * shape.X.Strides[1]), pixels, pixelPitch, channels,
                rows.At(row) + shape.Axes[0].Low, shape.Last.Low, WinogradTransforms.Under, under, rows.Dilation);
            for (var t = 0; t < tileColumns; t++)
                transforms.Input(
                    pixels + ((long)columns.At(t) * pixelPitch), (nint)under * pixelPitch, (nint)columns.Dilation * pixelPitch,
                    round->Images + ((long)(tile + t) * imagePitch) + from, toImages, tiles.Rounded(channels));
            return;
        }
        var length = columns.Span(side);
        filters.Fill(run->Y + shape.FilterAt(run->Group, from, channel), pixels, pixelPitch, channels, rows.At(row), 0, side, length, rows.Dilation);
        for (var o = 0; o < channels; o += width)
        {
            var rounded = tiles.Rounded(Math.Min(width, shape.Out - from - o));
            for (var t = 0; t < tileColumns; t++)
                transforms.Cotangent(
                    pixels + ((long)columns.At(t) * pixelPitch) + o, (nint)length * pixelPitch, (nint)columns.Dilation * pixelPitch,
                    round->Filters + ((long)(from + o) * count) + ((long)(tile + t) * rounded), toFilters, rounded);
        }
    }

    /// <summary>An element's products of some images and all channels out.</summary>
    private void Multiply(Frame frame, void* arguments, int index, int worker)
    {
        var round = (Round*)arguments;
        var (element, image) = (index % Elements, index / Elements * imagesToMultiply);
        var count = round->Lines * tileColumns;
        var left = new LeftOperand
        {
            Start = (byte*)(round->Images + (element * toImages) + image),
            Row = sizeof(float),
            Step = (nint)imagePitch * sizeof(float),
        };
        var panels = round->Filters + (element * toFilters);
        var to = round->Products + (element * toProducts) + ((long)image * outPitch);
        for (var o = 0; o < shape.Out; o += width)
        {
            var rounded = tiles.Rounded(Math.Min(width, shape.Out - o));
            tiles.Panel(
                Math.Min(imagesToMultiply, shape.Images - image), rounded, count, left, (byte*)(panels + ((long)o * count)), (nint)rounded * sizeof(float),
                (byte*)(to + o), (nint)outPitch * sizeof(float), round->Adds);
        }
    }

    /// <summary>The products of some images and some channels out, and their results.</summary>
    private void Block(Frame frame, void* arguments, int index, int worker)
    {
        var round = (Round*)arguments;
        var (image, o) = (index / Blocks(shape.Out, width) * imagesToBlock, index % Blocks(shape.Out, width) * width);
        var (count, outs, depth) = (Math.Min(imagesToBlock, shape.Images - image), Math.Min(width, shape.Out - o), lines * tileColumns);
        var products = Slot(frame, round->Run, worker);
        var rounded = tiles.Rounded(outs);
        var gradient = products + (Elements * toProducts);
        for (var element = 0; element < Elements; element++)
        {
            var left = new LeftOperand { Start = (byte*)(round->Images + (element * toImages) + image), Row = sizeof(float), Step = (nint)imagePitch * sizeof(float) };
            tiles.Panel(
                count, rounded, depth, left, (byte*)(round->Filters + (element * toFilters) + ((long)o * depth)), (nint)rounded * sizeof(float),
                (byte*)(products + (element * toProducts)), (nint)rounded * sizeof(float), false);
        }
        for (var i = 0; i < count; i++)
        {
            transforms.Gradient(products + ((long)i * rounded), toProducts, gradient, rounded, rounded);
            var at = shape.ResultAt(image + i, round->Run->Group) + ((long)o * shape.Positions);
            Transposition<float>.Copy(gradient, rounded, round->Run->Z + at, shape.Positions, shape.Positions, outs);
            finish?.Invoke(frame, (byte*)round->Run->Z, at, at + ((long)outs * shape.Positions));
        }
    }

    /// <summary>The results of some images.</summary>
    private void Result(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var gradient = Slot(frame, run, worker);
        for (var image = index * imagesToFinish; image < Math.Min(shape.Images, (index + 1) * imagesToFinish); image++)
        {
            var products = Products(run, 0) + ((long)image * outPitch);
            for (var part = 1; part < parts; part++)
                for (var element = 0; element < Elements; element++) Add(products + (element * toProducts), Products(run, part) + ((long)image * outPitch) + (element * toProducts));
            transforms.Gradient(products, toProducts, gradient, outPitch, roundedOut);
            var at = shape.ResultAt(image, run->Group);
            Transposition<float>.Copy(gradient, outPitch, run->Z + at, shape.Positions, shape.Positions, shape.Out);
            finish?.Invoke(frame, (byte*)run->Z, at, at + ((long)shape.Out * shape.Positions));
        }
    }

    private void Add(float* sum, float* other)
    {
        for (var o = 0; o < roundedOut; o += Vector128<float>.Count) (Vector128.Load(sum + o) + Vector128.Load(other + o)).Store(sum + o);
    }

    private static int Blocks(int extent, int each) => DirectConvolution<float>.Blocks(extent, each);
}
