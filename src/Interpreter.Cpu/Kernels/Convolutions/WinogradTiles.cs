namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 3×3 or 5×5 windows at stride 1, dilated or not, as products of tiles of 36 elements: images and filters become such tiles, and their
/// products results. Channels lie side by side throughout.
/// </summary>
internal abstract unsafe class WinogradTiles
{
    private const int ChannelsToBlock = 64;
    private const int ChannelsToCopy = 4;

    private readonly WinogradTransforms.OfPixels input;
    private readonly ChannelsLast planes;
    private readonly int lanes;
    private readonly int pixelPitch;
    private readonly long[] filterOffsets;

    /// <summary>Tiles of a convolution.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="axes">What tiles divide.</param>
    /// <param name="input">From pixels to tiles.</param>
    /// <param name="taps">The elements of a filter in the order in which they are transformed.</param>
    protected WinogradTiles(ConvolutionShape shape, Target target, (WinogradAxis First, WinogradAxis Last) axes, WinogradTransforms.OfPixels input, long[] taps)
    {
        (Shape, Transforms, Side, this.input) = (shape, WinogradTransforms.Of(target.Width, shape.Last.Window), WinogradTransforms.Side(shape.Last.Window), input);
        ((First, Last), Rows, Columns) = (axes, axes.First.Tiles, axes.Last.Tiles);
        lanes = (int)target.Width / sizeof(float);
        planes = new(shape.Axes[0].Extent, shape.Last.Extent, shape.StridesX[0], shape.X.Strides[1]);
        Pitch = Blocking.Pitch(Rounded(shape.In), sizeof(float));
        pixelPitch = Blocking.Pitch(Rounded(Math.Min(ChannelsToBlock, shape.In)), sizeof(float));
        filterOffsets = [.. Enumerable.Range(0, ChannelsToCopy).SelectMany(c => taps.Select(tap => (c * shape.Y.Strides[1]) + tap))];
    }

    /// <summary>Those of the quickest way.</summary>
    public static WinogradTiles Of(ConvolutionShape shape, Target target) => SummedTiles.Serves(shape) ? new SummedTiles(shape, target) : new WindowTiles(shape, target);

    /// <summary>Whether a convolution has such windows, channels enough, and no more tiles than are the quicker way.</summary>
    public static bool Fit(ConvolutionShape shape) =>
        shape is { Axes.Length: 2, In: >= 32, Out: >= 32 } && shape.StridesX[1] == 1 && WinogradTransforms.Serve(shape.Last.Window)
        && shape.Axes.All(a => a is { Stride: 1, Step: 1, Positions: > 4 } && a.Window == shape.Last.Window && a.Phases[0].Taps.Length == a.Window)
        && WinogradAxis.Serve(shape, OfPositions(shape.Axes[0]), OfPositions(shape.Last));

    /// <summary>How tiles of results divide an axis.</summary>
    public static WinogradAxis OfPositions(WindowAxis axis) => new(axis.Positions, WinogradTransforms.Side(axis.Window), axis.Dilation);

    /// <summary>The lines of a tile of results, or of a tile of images where results are sums of tiles, and their elements.</summary>
    public int Side { get; }

    /// <summary>The rows of tiles of an image.</summary>
    public int Rows { get; }

    /// <summary>The rows of tiles whose lines lie between each other.</summary>
    public int RowsTogether => First.Dilation;

    /// <summary>The tiles of a row.</summary>
    public int Columns { get; }

    /// <summary>From the channels of an image's tile to those of the next.</summary>
    public int Pitch { get; }

    /// <summary>Whether all tiles of an image must be multiplied before its results are known.</summary>
    public abstract bool AreWhole { get; }

    /// <summary>The memory in which <see cref="Output"/> works on so many rows, in pixels.</summary>
    public abstract int ResultPixels(int rows);

    /// <summary>The memory in which <see cref="Input"/> works on so many rows.</summary>
    public long PixelBytes(int rows) => Blocking.Aligned((long)PixelRows(DirectConvolution<float>.Blocks(rows, RowsTogether)) * PixelColumns * pixelPitch * sizeof(float));

    protected ConvolutionShape Shape { get; }

    protected WinogradTransforms Transforms { get; }

    /// <summary>How tiles divide the lines of an image or of its results.</summary>
    protected WinogradAxis First { get; }

    /// <summary>How they divide the elements of a line.</summary>
    protected WinogradAxis Last { get; }

    /// <summary>The lines beyond its own, and their elements, that a tile shares with the next.</summary>
    protected int Overlap => Shape.Last.Window - 1;

    /// <summary>Where the pixels begin that are transformed.</summary>
    protected abstract (int Row, int Column) Low { get; }

    /// <summary>The lines of pixels of some rows of tiles, each of which goes on where the one before ends.</summary>
    protected abstract int PixelRows(int rows);

    /// <summary>The pixels of a row.</summary>
    protected abstract int PixelColumns { get; }

    /// <summary>Tiles of some rows of an image, each element so far from the one before. Rows are some of those together, or all of several times those together.</summary>
    public void Input(float* x, int group, int image, int row, int rows, float* pixels, float* tile, nint apart)
    {
        for (var channel = 0; channel < Shape.In; channel += ChannelsToBlock)
        {
            var channels = Math.Min(ChannelsToBlock, Shape.In - channel);
            for (var phase = 0; phase < Math.Min(rows, RowsTogether); phase++)
            {
                planes.Fill(
                    x + Shape.ImageAt(image, group) + (channel * Shape.X.Strides[1]), pixels, pixelPitch, channels,
                    First.At(row + phase) + Low.Row, Low.Column, PixelRows(DirectConvolution<float>.Blocks(rows - phase, RowsTogether)), PixelColumns, First.Dilation);
                for (var (r, line) = (phase, 0); r < rows; r += RowsTogether, line += Side)
                    for (var t = 0; t < Columns; t++)
                        input(
                            pixels + ((((long)line * PixelColumns) + Last.At(t)) * pixelPitch), (nint)PixelColumns * pixelPitch, (nint)Last.Dilation * pixelPitch,
                            tile + ((((long)r * Columns) + t) * Pitch) + channel, apart, Rounded(channels));
            }
        }
    }

    /// <summary>The filters from some channels in to some channels out, which are rounded up to vectors.</summary>
    public void Filters(float* y, int group, int channelOut, int outs, int channel, int count, float* to, nint apart)
    {
        var rounded = Rounded(outs);
        var filter = stackalloc float[ChannelsToCopy * Shape.Taps * rounded];
        for (int c = 0, channels; c < count; c += channels)
        {
            channels = Math.Min(ChannelsToCopy, count - c);
            Packing<float>.Gather(y + Shape.FilterAt(group, channelOut, channel + c), Shape.Y.Strides[0], filterOffsets.AsSpan(0, channels * Shape.Taps), filter, rounded, outs);
            for (var i = 0; i < channels; i++, to += rounded) Transforms.Filter(filter + (i * Shape.Taps * rounded), rounded, to, apart, rounded);
        }
    }

    /// <summary>From the products of some rows of tiles of an image to the results of some channels out: by way of memory for these, put where they are wanted.</summary>
    public abstract void Output(float* product, nint apart, int pitch, float* result, float* z, int row, int rows, int outs, bool streams);

    /// <summary>Tells of the results of some rows of tiles of some channels out, of which the first is at an index.</summary>
    public void Finish(Finish? finish, Frame frame, float* z, long at, int row, int rows, int outs)
    {
        if (finish is null) return;
        if (rows == Rows) finish(frame, (byte*)z, at, at + ((long)outs * Shape.Positions));
        else
            for (var o = 0; o < outs; o++, at += Shape.Positions)
                for (var i = 0; i < Stretches(row, rows); i++)
                {
                    var (line, lines) = Stretch(row, rows, i);
                    finish(frame, (byte*)z, at + ((long)line * Shape.Last.Positions), at + ((long)(line + lines) * Shape.Last.Positions));
                }
    }

    /// <summary>The stretches of lines that the results of some rows of tiles are: one, or one for each line of a tile where other rows' lines lie between these.</summary>
    protected int Stretches(int row, int rows) => rows < RowsTogether ? First.Inside(row) : 1;

    /// <summary>A stretch's first line, and how many it has.</summary>
    protected (int First, int Lines) Stretch(int row, int rows, int index)
    {
        var line = First.At(row) + (index * First.Dilation);
        return (line, Math.Min(rows < RowsTogether ? rows : First.At(row + rows) - line, First.Extent - line));
    }

    /// <summary>Channels rounded up to vectors.</summary>
    protected int Rounded(int channels) => (channels + lanes - 1) / lanes * lanes;

    /// <summary>The elements of a filter, the first first.</summary>
    protected static long[] Taps(ConvolutionShape shape) => shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]);
}
