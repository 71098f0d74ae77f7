namespace Functional;

/// <summary>How an image is padded before a window slides over it.</summary>
public readonly record struct Padding(int Low, int High, bool IsSame)
{
    /// <summary>None: the window stays within the image.</summary>
    public static Padding Valid => default;

    /// <summary>As much as makes the result ⌈extent / stride⌉ long, the odd element after (TensorFlow's SAME).</summary>
    public static Padding Same => new(0, 0, true);

    /// <summary>As many elements before as after.</summary>
    public static implicit operator Padding(int both) => new(both, both, false);

    /// <summary>The window along an axis of the given extent.</summary>
    public WindowDim Window(int extent, int size, int stride = 1, int dilation = 1)
    {
        if (!IsSame) return new(size, stride, Low, High, dilation);
        var total = Math.Max(0, ((extent + stride - 1) / stride - 1) * stride + (size - 1) * dilation + 1 - extent);
        return new(size, stride, total / 2, total - total / 2, dilation);
    }
}

public static partial class Prelude
{
    /// <summary>The convolution of images x [N, C, H, W] with filters w [O, C / groups, KH, KW]: [N, O, H′, W′]. See <see cref="Conv"/>.</summary>
    public static Expr conv2d(Expr x, Expr w, int stride = 1, Padding padding = default, int dilation = 1, int groups = 1)
    {
        if (x.Rank != 4 || w.Rank != 4)
            throw new ShapeError("conv2d", [new(x.Label, x.Type), new(w.Label, w.Type)], ["images must be [N, C, H, W] and filters [O, C / groups, KH, KW]"]);
        return conv(x, w, [.. Enumerable.Range(2, 2).Select(a => padding.Window(x.Shape[a], w.Shape[a], stride, dilation))], groups);
    }

    /// <summary>The greatest element of each window over images [N, C, H, W]; a tie gives its derivative to the first.</summary>
    public static Expr maxPool2d(Expr x, int size, int? stride = null, Padding padding = default) => windowMax(x, Square(x, size, stride, padding));

    /// <summary>The mean of each window over images [N, C, H, W], padding counted as zeros.</summary>
    public static Expr avgPool2d(Expr x, int size, int? stride = null, Padding padding = default) =>
        windowSum(x, Square(x, size, stride, padding)) / (size * (double)size);

    /// <summary>The mean of each channel of images [N, C, H, W]: [N, C].</summary>
    public static Expr globalAvgPool2d(Expr x) => mean(x, [2, 3]);

    private static ValueArray<WindowDim> Square(Expr x, int size, int? stride, Padding padding) =>
        [.. Enumerable.Range(x.Rank - 2, 2).Select(a => padding.Window(x.Shape[a], size, stride ?? size))];
}
