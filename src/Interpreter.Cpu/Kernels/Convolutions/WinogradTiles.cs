namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 3×3 or 5×5 windows at stride 1 as products of tiles of 36 elements: images and filters become such tiles, and their products
/// results. Channels lie side by side throughout.
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
    /// <param name="extents">The lines that tiles divide, and their elements.</param>
    /// <param name="input">From pixels to tiles.</param>
    /// <param name="taps">The elements of a filter in the order in which they are transformed.</param>
    protected WinogradTiles(ConvolutionShape shape, Target target, (int Rows, int Columns) extents, WinogradTransforms.OfPixels input, long[] taps)
    {
        (Shape, Transforms, Side, this.input) = (shape, WinogradTransforms.Of(target.Width, shape.Last.Window), WinogradTransforms.Side(shape.Last.Window), input);
        (Rows, Columns) = (DirectConvolution<float>.Blocks(extents.Rows, Side), DirectConvolution<float>.Blocks(extents.Columns, Side));
        lanes = (int)target.Width / sizeof(float);
        planes = new(shape.Axes[0].Extent, shape.Last.Extent, shape.StridesX[0], shape.X.Strides[1]);
        Pitch = Blocking.Pitch(Rounded(shape.In), sizeof(float));
        pixelPitch = Blocking.Pitch(Rounded(Math.Min(ChannelsToBlock, shape.In)), sizeof(float));
        filterOffsets = [.. Enumerable.Range(0, ChannelsToCopy).SelectMany(c => taps.Select(tap => (c * shape.Y.Strides[1]) + tap))];
    }

    /// <summary>Those of the quickest way.</summary>
    public static WinogradTiles Of(ConvolutionShape shape, Target target) => SummedTiles.Serves(shape) ? new SummedTiles(shape, target) : new WindowTiles(shape, target);

    /// <summary>Whether a convolution has such windows, and channels enough.</summary>
    public static bool Fit(ConvolutionShape shape) =>
        shape is { Axes.Length: 2, In: >= 32, Out: >= 32 } && shape.StridesX[1] == 1 && WinogradTransforms.Serve(shape.Last.Window)
        && shape.Axes.All(a => a is { Stride: 1, Step: 1, Positions: > 4 } && a.Window == shape.Last.Window && a.Phases[0].Taps.Length == a.Window && a.High - a.Low == a.Window - 1);

    /// <summary>The lines of a tile of results, or of a tile of images where results are sums of tiles, and their elements.</summary>
    public int Side { get; }

    /// <summary>The rows of tiles of an image.</summary>
    public int Rows { get; }

    /// <summary>The tiles of a row.</summary>
    public int Columns { get; }

    /// <summary>From the channels of an image's tile to those of the next.</summary>
    public int Pitch { get; }

    /// <summary>Whether all tiles of an image must be multiplied before its results are known.</summary>
    public abstract bool AreWhole { get; }

    /// <summary>The memory in which <see cref="Output"/> works on so many rows, in pixels.</summary>
    public abstract int ResultPixels(int rows);

    /// <summary>The memory in which <see cref="Input"/> works on so many rows.</summary>
    public long PixelBytes(int rows) => Blocking.Aligned((long)PixelRows(rows) * PixelColumns * pixelPitch * sizeof(float));

    protected ConvolutionShape Shape { get; }

    protected WinogradTransforms Transforms { get; }

    /// <summary>The lines beyond its own, and their elements, that a tile shares with the next.</summary>
    protected int Overlap => Shape.Last.Window - 1;

    /// <summary>Where the pixels begin that are transformed.</summary>
    protected abstract (int Row, int Column) Low { get; }

    /// <summary>The pixels of some rows of tiles.</summary>
    protected abstract int PixelRows(int rows);

    /// <summary>The pixels of a row.</summary>
    protected abstract int PixelColumns { get; }

    /// <summary>Tiles of some rows of an image, each element so far from the one before.</summary>
    public void Input(float* x, int group, int image, int row, int rows, float* pixels, float* tile, nint apart)
    {
        for (var channel = 0; channel < Shape.In; channel += ChannelsToBlock)
        {
            var channels = Math.Min(ChannelsToBlock, Shape.In - channel);
            planes.Fill(
                x + Shape.ImageAt(image, group) + (channel * Shape.X.Strides[1]), pixels, pixelPitch, channels,
                (row * Side) + Low.Row, Low.Column, PixelRows(rows), PixelColumns);
            for (var r = 0; r < rows; r++)
                for (var t = 0; t < Columns; t++)
                    input(
                        pixels + ((((long)r * Side * PixelColumns) + (t * Side)) * pixelPitch), (nint)PixelColumns * pixelPitch, pixelPitch,
                        tile + ((((long)r * Columns) + t) * Pitch) + channel, apart, Rounded(channels));
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
        var first = (long)row * Side * Shape.Last.Positions;
        var until = row + rows == Rows ? Shape.Positions : (long)(row + rows) * Side * Shape.Last.Positions;
        if (until - first == Shape.Positions) finish(frame, (byte*)z, at, at + ((long)outs * Shape.Positions));
        else
            for (var o = 0; o < outs; o++, at += Shape.Positions) finish(frame, (byte*)z, at + first, at + until);
    }

    /// <summary>Channels rounded up to vectors.</summary>
    protected int Rounded(int channels) => (channels + lanes - 1) / lanes * lanes;

    /// <summary>The elements of a filter, the first first.</summary>
    protected static long[] Taps(ConvolutionShape shape) => shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]);
}
