using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of 1×1 windows: for each image and group a product of the filters, a matrix from channels in to channels out, and the planes, whose
/// rows are channels in and whose columns are positions. Neither filters nor results need be turned. For many channels out, which outweigh that
/// planes are copied; and, where filters lie turned, for many in. Positions that would fill no vector are joined to those of other images.
/// </summary>
internal sealed unsafe class PointwiseConvolution<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const double MostWaste = 1.1;
    private const int LeastOut = 128;

    private readonly Gemm<T>? product;
    private readonly JoinedColumns<T>? joined;

    public PointwiseConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        long[] Times(int count, long stride) => [.. Enumerable.Range(0, count).Select(i => i * stride)];
        long[] Each(Func<int, int, long> at) => [.. Enumerable.Range(0, shape.Images * shape.Groups).Select(i => at(i / shape.Groups, i % shape.Groups))];
        var filters = new Matrix(Times(shape.Out, shape.Y.Strides[0]), Times(shape.In, shape.Y.Strides[1]));
        long[] positions = [.. Indices.Of(Shape.Of(shape.Axes.Select(a => a.Extent))).Select(index => index.Zip(shape.StridesX, (i, stride) => i * stride).Sum())];
        var first = JoinedColumns<T>.First(shape, (int)target.Width / sizeof(T));
        joined = first < shape.Positions ? new(shape, target, first, positions, finish) : null;
        if (first == 0) return;
        product = new(
            target, filters, new(Times(shape.In, shape.X.Strides[1]), positions[..first]), new SameSource<T>(), new SameSource<T>(),
            Each((_, group) => shape.FilterAt(group, 0, 0)), Each(shape.ImageAt), isFixed: false, finish, shape.Positions);
    }

    /// <summary>Whether it can compute a convolution, and is quicker, as it is where planes lie as they are wanted and fill vectors.</summary>
    public static bool Serves(ConvolutionShape shape, Target target) =>
        (int)target.Width / sizeof(T) is var lanes && shape is { Out: >= LeastOut, In: > 1 } && (shape.In >= LeastOut || shape.Y.Strides[1] == 1) && shape.HasLines
        && shape.Axes.All(a => a is { Window: 1, Stride: 1, Step: 1, Low: 0 } && a.Positions == a.Extent && a.Phases[0].Taps.Length == 1)
        && (shape.StridesX[0] == shape.Last.Extent || shape.Axes[0].Extent == 1)
        && JoinedColumns<T>.Waste(shape, lanes) <= MostWaste;

    /// <inheritdoc/>
    public long Scratch(int threads) => Math.Max(product?.Scratch(threads) ?? 0, joined?.Scratch(threads) ?? 0);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        joined?.Run(frame, scratch, x, y, z);
        product?.Run(frame, scratch, y, x, z);
    }
}
