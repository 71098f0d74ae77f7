namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Winograd's F(4×4, 3×3) and F(2×2, 5×5): the 6×6 elements of an image under a tile of 4×4 or 2×2 results are transformed, and products of tiles become
/// these results. Under dilated windows all of these are as far apart as the elements of a window.
/// </summary>
internal sealed unsafe class WindowTiles(ConvolutionShape shape, Target target)
    : WinogradTiles(shape, target, (OfPositions(shape.Axes[0]), OfPositions(shape.Last)), WinogradTransforms.Of(target.Width, shape.Last.Window).Input, Taps(shape))
{
    /// <inheritdoc/>
    public override bool AreWhole => false;

    /// <inheritdoc/>
    public override int ResultPixels(int rows) => rows * Side * Shape.Last.Positions;

    /// <inheritdoc/>
    protected override (int Row, int Column) Low => (Shape.Axes[0].Low, Shape.Last.Low);

    /// <inheritdoc/>
    protected override int PixelRows(int rows) => (Side * rows) + Overlap;

    /// <inheritdoc/>
    protected override int PixelColumns => Last.Span(WinogradTransforms.Under);

    /// <inheritdoc/>
    public override void Output(float* product, nint apart, int pitch, float* result, float* z, int row, int rows, int outs, bool streams)
    {
        var (width, together) = (Shape.Last.Positions, Math.Min(rows, RowsTogether));
        var lines = First with { Dilation = together };
        for (var r = 0; r < rows; r++)
            for (var t = 0; t < Columns; t++)
                Transforms.Output(
                    product + ((((long)r * Columns) + t) * pitch), apart, result + ((((long)lines.At(r) * width) + Last.At(t)) * pitch),
                    (nint)together * width * pitch, (nint)Last.Dilation * pitch, First.Inside(row + r), Last.Inside(t), Rounded(outs));
        for (var i = 0; i < Stretches(row, rows); i++, result += (long)rows * width * pitch)
        {
            var (line, count) = Stretch(row, rows, i);
            var to = z + ((long)line * width);
            if (streams) Transposition<float>.Stream(result, pitch, to, Shape.Positions, count * width, outs);
            else Transposition<float>.Copy(result, pitch, to, Shape.Positions, count * width, outs);
        }
    }
}
