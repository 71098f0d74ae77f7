namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The adjoints of F(4×4, 3×3) and F(2×2, 5×5), for what is padded so far that windows meet each element of an image at all their own, as in the
/// gradient by the input of a convolution without padding or dilation: 4×4 or 2×2 elements of an image times a filter are a tile of 6×6 results, and
/// the results the sum of these tiles, which overlap. No padding is transformed or multiplied.
/// </summary>
internal sealed unsafe class SummedTiles(ConvolutionShape shape, Target target)
    : WinogradTiles(shape, target, (OfPixels(shape.Axes[0]), OfPixels(shape.Last)), WinogradTransforms.Of(target.Width, shape.Last.Window).Cotangent, [.. Taps(shape).Reverse()])
{
    private const int MostTiles = 64;

    /// <summary>Whether there is so much padding, and tiles are at most half as many as those of results.</summary>
    public static bool Serves(ConvolutionShape shape)
    {
        int Tiles(Func<WindowAxis, WinogradAxis> of) => shape.Axes.Aggregate(1, (n, axis) => n * of(axis).Tiles);
        return shape.Axes.All(a => a.Dilation == 1 && a.Low == 1 - a.Window && a.Positions == a.Extent + a.Window - 1) && Tiles(OfPixels) <= MostTiles && 2 * Tiles(OfPixels) <= Tiles(OfPositions);
    }

    /// <inheritdoc/>
    public override bool AreWhole => true;

    /// <inheritdoc/>
    public override int ResultPixels(int rows) => Lines * Width;

    /// <inheritdoc/>
    protected override (int Row, int Column) Low => (0, 0);

    /// <inheritdoc/>
    protected override int PixelRows(int rows) => Side * rows;

    /// <inheritdoc/>
    protected override int PixelColumns => Side * Columns;

    private static WinogradAxis OfPixels(WindowAxis axis) => new(axis.Extent, WinogradTransforms.Side(axis.Window), 1);

    private int Lines => (Side * Rows) + Overlap;

    private int Width => (Side * Columns) + Overlap;

    /// <inheritdoc/>
    public override void Output(float* product, nint apart, int pitch, float* result, float* z, int row, int rows, int outs, bool streams)
    {
        new Span<float>(result, checked(Lines * Width * pitch)).Clear();
        for (var r = 0; r < Rows; r++)
            for (var t = 0; t < Columns; t++)
                Transforms.Sum(product + ((((long)r * Columns) + t) * pitch), apart, result + ((((long)r * Side * Width) + (t * Side)) * pitch), (nint)Width * pitch, pitch, Rounded(outs));
        for (var line = 0; line < Shape.Axes[0].Positions; line++)
            Transposition<float>.Copy(result + ((long)line * Width * pitch), pitch, z + ((long)line * Shape.Last.Positions), Shape.Positions, Shape.Last.Positions, outs);
    }
}
