namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 3×3 or 5×5 windows at stride 1 as Winograd's F(4×4, 3×3) or F(2×2, 5×5) sees it: images and filters become tiles of 36 elements,
/// and products of tiles become 4×4 or 2×2 results. Channels lie side by side throughout.
/// </summary>
internal sealed unsafe class WinogradTiles(ConvolutionShape shape, Target target)
{
    private const int ChannelsToBlock = 64;
    private const int ChannelsToCopy = 4;

    private readonly WinogradTransforms transforms = WinogradTransforms.Of(target.Width, shape.Last.Window);
    private readonly ChannelsLast planes = new(shape.Axes[0].Extent, shape.Last.Extent, shape.StridesX[0], shape.X.Strides[1]);
    private readonly int lanes = Lanes(target);
    private readonly int pixelPitch = Blocking.Pitch(Rounded(Math.Min(ChannelsToBlock, shape.In), Lanes(target)), sizeof(float));
    private readonly long[] filterOffsets =
        [.. Enumerable.Range(0, ChannelsToCopy).SelectMany(c => shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]).Select(tap => (c * shape.Y.Strides[1]) + tap))];

    /// <summary>Whether a convolution has such windows, and channels enough.</summary>
    public static bool Fit(ConvolutionShape shape) =>
        shape is { Axes.Length: 2, In: >= 32, Out: >= 32 } && shape.StridesX[1] == 1 && WinogradTransforms.Serve(shape.Last.Window)
        && shape.Axes.All(a => a is { Stride: 1, Step: 1, Positions: > 4 } && a.Window == shape.Last.Window && a.Phases[0].Taps.Length == a.Window && a.High - a.Low == a.Window - 1);

    /// <summary>The lines of a tile of results, and their elements.</summary>
    public int Side { get; } = WinogradTransforms.Side(shape.Last.Window);

    /// <summary>The rows of tiles of an image.</summary>
    public int Rows { get; } = DirectConvolution<float>.Blocks(shape.Axes[0].Positions, WinogradTransforms.Side(shape.Last.Window));

    /// <summary>The tiles of a row.</summary>
    public int Columns { get; } = DirectConvolution<float>.Blocks(shape.Last.Positions, WinogradTransforms.Side(shape.Last.Window));

    /// <summary>From the channels of an image's tile to those of the next.</summary>
    public int Pitch { get; } = Blocking.Pitch(Rounded(shape.In, Lanes(target)), sizeof(float));

    private int PixelColumns => (Side * Columns) + shape.Last.Window - 1;

    /// <summary>The memory in which <see cref="Input"/> works on so many rows.</summary>
    public long PixelBytes(int rows) => Blocking.Aligned((long)((Side * rows) + shape.Last.Window - 1) * PixelColumns * pixelPitch * sizeof(float));

    /// <summary>What lies under some rows of tiles of an image, each element so far from the one before.</summary>
    public void Input(float* x, int group, int image, int row, int rows, float* pixels, float* tile, nint apart)
    {
        for (var channel = 0; channel < shape.In; channel += ChannelsToBlock)
        {
            var channels = Math.Min(ChannelsToBlock, shape.In - channel);
            planes.Fill(
                x + shape.ImageAt(image, group) + (channel * shape.X.Strides[1]), pixels, pixelPitch, channels,
                (row * Side) + shape.Axes[0].Low, shape.Last.Low, (Side * rows) + shape.Last.Window - 1, PixelColumns);
            for (var r = 0; r < rows; r++)
                for (var t = 0; t < Columns; t++)
                    transforms.Input(
                        pixels + ((((long)r * Side * PixelColumns) + (t * Side)) * pixelPitch), (nint)PixelColumns * pixelPitch, pixelPitch,
                        tile + ((((long)r * Columns) + t) * Pitch) + channel, apart, Rounded(channels));
        }
    }

    /// <summary>The filters from some channels in to some channels out, which are rounded up to vectors.</summary>
    public void Filters(float* y, int group, int channelOut, int outs, int channel, int count, float* to, nint apart)
    {
        var rounded = Rounded(outs);
        var filter = stackalloc float[ChannelsToCopy * shape.Taps * rounded];
        for (int c = 0, channels; c < count; c += channels)
        {
            channels = Math.Min(ChannelsToCopy, count - c);
            Packing<float>.Gather(y + shape.FilterAt(group, channelOut, channel + c), shape.Y.Strides[0], filterOffsets.AsSpan(0, channels * shape.Taps), filter, rounded, outs);
            for (var i = 0; i < channels; i++, to += rounded) transforms.Filter(filter + (i * shape.Taps * rounded), rounded, to, apart, rounded);
        }
    }

    /// <summary>From the products of some rows of tiles of an image to the results of some channels out: by way of memory for these, put where they are wanted.</summary>
    public void Output(float* product, nint apart, int pitch, float* result, float* z, int row, int rows, int outs, bool streams)
    {
        var (width, first) = (shape.Last.Positions, row * Side);
        var lines = Math.Min(rows * Side, shape.Axes[0].Positions - first);
        for (var r = 0; r < rows; r++)
            for (var t = 0; t < Columns; t++)
                transforms.Output(
                    product + ((((long)r * Columns) + t) * pitch), apart, result + ((((long)r * Side * width) + (t * Side)) * pitch), (nint)width * pitch, pitch,
                    Math.Min(Side, lines - (r * Side)), Math.Min(Side, width - (t * Side)), Rounded(outs));
        z += (long)first * width;
        if (streams) Transposition<float>.Stream(result, pitch, z, shape.Positions, lines * width, outs);
        else Transposition<float>.Copy(result, pitch, z, shape.Positions, lines * width, outs);
    }

    /// <summary>Tells of the results of some rows of tiles of some channels out, of which the first is at an index.</summary>
    public void Finish(Finish? finish, Frame frame, long at, int row, int rows, int outs)
    {
        if (finish is null) return;
        var first = (long)row * Side * shape.Last.Positions;
        var until = Math.Min((long)(row + rows) * Side * shape.Last.Positions, shape.Positions);
        for (var o = 0; o < outs; o++, at += shape.Positions) finish(frame, at + first, at + until);
    }

    private static int Lanes(Target target) => (int)target.Width / sizeof(float);

    private int Rounded(int channels) => Rounded(channels, lanes);

    private static int Rounded(int channels, int lanes) => (channels + lanes - 1) / lanes * lanes;
}
