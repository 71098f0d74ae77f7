namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution by Winograd's F(4×4, 3×3) or F(2×2, 5×5) where there are few tiles and many filters: all tiles are transformed first; then each task has some
/// channels out, transforms their filters for some channels in at a time, and multiplies all tiles by these at once, so that transformed filters, of
/// four times as many numbers, stay in the caches.
/// </summary>
internal sealed unsafe class WinogradPanels : IProduct<float>
{
    private const int Elements = WinogradTransforms.Elements;
    private const int DepthToBlock = 64;
    private const int MostTiles = 128;
    private const int LeastPanels = 8;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly WinogradTiles tiles;
    private readonly Tiling<float> tiling;
    private readonly LoopBody input, panel;
    private readonly int count, width, panels, depth;
    private readonly nint toTiles, toFilters, toProducts;
    private readonly long tileBytes, filterBytes, productBytes, slotBytes;

    public WinogradPanels(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        (tiles, tiling) = (new WindowTiles(shape, target), new(target.Width, 0, Indexed.Neither));
        count = shape.Images * tiles.Rows * tiles.Columns;
        width = tiling.Columns(count);
        panels = DirectConvolution<float>.Blocks(shape.Out, width);
        depth = DirectConvolution<float>.Even(shape.In, DepthToBlock);
        toTiles = Blocking.Pitch(count * tiles.Pitch, sizeof(float));
        toFilters = Blocking.Pitch(depth * width, sizeof(float));
        toProducts = Blocking.Pitch(count * width, sizeof(float));
        (tileBytes, filterBytes, productBytes) = (Elements * toTiles * sizeof(float), Elements * toFilters * sizeof(float), Elements * toProducts * sizeof(float));
        var resultBytes = (long)shape.Positions * width * sizeof(float);
        slotBytes = Blocking.Aligned(Math.Max(tiles.PixelBytes(1), filterBytes + productBytes + resultBytes));
        (input, panel) = (Input, Panel);
    }

    /// <summary>Whether it is the quicker way.</summary>
    public static bool Serves(ConvolutionShape shape, Target target) =>
        !SummedTiles.Serves(shape) && shape.Out >= LeastPanels * 2 * (int)target.Width / sizeof(float)
        && shape.Axes.Aggregate((long)shape.Images, (n, axis) => n * WinogradTiles.OfPositions(axis).Tiles) <= MostTiles;

    private struct Operands
    {
        public float* X;
        public float* Y;
        public float* Z;
        public byte* Scratch;
        public int Group;
    }

    /// <inheritdoc/>
    public long Scratch(int threads) => tileBytes + (threads * slotBytes);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, float* x, float* y, float* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        for (run.Group = 0; run.Group < shape.Groups; run.Group++)
        {
            frame.Pool.ForStretches(shape.Images * tiles.Rows, frame, input, &run);
            frame.Pool.ForStretches(panels, frame, panel, &run);
        }
    }

    /// <summary>The tiles of a row.</summary>
    private void Input(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var tile = (float*)run->Scratch + ((long)index * tiles.Columns * tiles.Pitch);
        tiles.Input(run->X, run->Group, index / tiles.Rows, index % tiles.Rows, 1, (float*)(run->Scratch + tileBytes + (worker * slotBytes)), tile, toTiles);
    }

    /// <summary>Some channels out of all images.</summary>
    private void Panel(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var memory = run->Scratch + tileBytes + (worker * slotBytes);
        var filters = (float*)memory;
        var product = (float*)(memory + filterBytes);
        var result = (float*)(memory + filterBytes + productBytes);
        var (o, outs) = (index * width, Math.Min(width, shape.Out - (index * width)));
        var rounded = tiling.Rounded(outs);
        for (var channel = 0; channel < shape.In; channel += depth)
        {
            var channels = Math.Min(depth, shape.In - channel);
            tiles.Filters(run->Y, run->Group, o, outs, channel, channels, filters, toFilters);
            for (var element = 0; element < Elements; element++)
            {
                var left = new LeftOperand { Start = (byte*)((float*)run->Scratch + (element * toTiles) + channel), Row = (nint)tiles.Pitch * sizeof(float), Step = sizeof(float) };
                tiling.Panel(
                    count, rounded, channels, left, (byte*)(filters + (element * toFilters)), (nint)rounded * sizeof(float),
                    (byte*)(product + (element * toProducts)), (nint)rounded * sizeof(float), channel > 0);
            }
        }
        var tilesOfImage = tiles.Rows * tiles.Columns;
        for (var image = 0; image < shape.Images; image++)
        {
            var at = shape.ResultAt(image, run->Group) + ((long)o * shape.Positions);
            tiles.Output(product + ((long)image * tilesOfImage * rounded), toProducts, rounded, result, run->Z + at, 0, tiles.Rows, outs, streams: false);
            tiles.Finish(finish, frame, run->Z, at, 0, tiles.Rows, outs);
        }
    }
}
