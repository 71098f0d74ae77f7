namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// How tiles divide an axis. Under windows dilated by d, elements whose places are equal modulo d are an axis of their own, with windows that are not
/// dilated: each tile is of one of these d axes, which lie between each other, and so do each d tiles that follow one another.
/// </summary>
/// <param name="Extent">The elements that are divided.</param>
/// <param name="Side">Those of a tile.</param>
/// <param name="Dilation">How far apart these are.</param>
internal readonly record struct WinogradAxis(int Extent, int Side, int Dilation)
{
    /// <summary>The tiles.</summary>
    public int Tiles
    {
        get
        {
            var (length, longer) = Math.DivRem(Extent, Dilation);
            return (longer * Blocks(length + 1, Side)) + ((Dilation - longer) * Blocks(length, Side));
        }
    }

    /// <summary>The first element of a tile.</summary>
    public int At(int tile) => (tile / Dilation * Side * Dilation) + (tile % Dilation);

    /// <summary>How many elements of a tile are not beyond the end.</summary>
    public int Inside(int tile) => Math.Min(Side, Blocks(Extent - At(tile), Dilation));

    /// <summary>The elements from the first tile's first to the last tile's last, where each has so many.</summary>
    public int Span(int elements) => At(Tiles - 1) + ((elements - 1) * Dilation) + 1;

    /// <summary>
    /// Whether a convolution's tiles are the quicker way in spite of their transforms. Under dilated windows there are more tiles, and more padding, which
    /// other ways leave out: so tiles must take at most three quarters of the multiplications of elements.
    /// </summary>
    public static bool Serve(ConvolutionShape shape, WinogradAxis first, WinogradAxis last) =>
        (first.Dilation, last.Dilation) is (1, 1) || 4L * WinogradTransforms.Elements * first.Tiles * last.Tiles <= 3L * shape.Axes[0].Meetings * shape.Last.Meetings;

    private static int Blocks(int extent, int each) => DirectConvolution<float>.Blocks(extent, each);
}
