namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Winograd's F(4×4, 3×3) and F(2×2, 5×5): the 6×6 elements of an image under a tile of 4×4 or 2×2 results are transformed, and products of tiles become these results.</summary>
internal sealed unsafe class WindowTiles(ConvolutionShape shape, Target target)
    : WinogradTiles(shape, target, (shape.Axes[0].Positions, shape.Last.Positions), WinogradTransforms.Of(target.Width, shape.Last.Window).Input, Taps(shape))
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
    protected override int PixelColumns => (Side * Columns) + Overlap;

    /// <inheritdoc/>
    public override void Output(float* product, nint apart, int pitch, float* result, float* z, int row, int rows, int outs, bool streams)
    {
        var (width, first) = (Shape.Last.Positions, row * Side);
        var lines = Math.Min(rows * Side, Shape.Axes[0].Positions - first);
        for (var r = 0; r < rows; r++)
            for (var t = 0; t < Columns; t++)
                Transforms.Output(
                    product + ((((long)r * Columns) + t) * pitch), apart, result + ((((long)r * Side * width) + (t * Side)) * pitch), (nint)width * pitch, pitch,
                    Math.Min(Side, lines - (r * Side)), Math.Min(Side, width - (t * Side)), Rounded(outs));
        z += (long)first * width;
        if (streams) Transposition<float>.Stream(result, pitch, z, Shape.Positions, lines * width, outs);
        else Transposition<float>.Copy(result, pitch, z, Shape.Positions, lines * width, outs);
    }
}
