using System.Numerics;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Which way a convolution is computed, by its shape.</summary>
internal static unsafe class Convolution<T> where T : unmanaged, IBinaryNumber<T>
{
    public static Kernel Kernel(Plan plan, Conv op, Shape result, int to, int scratch, Target target, Finish? finish, bool isPassedOn)
    {
        if (result.Size == 0) return _ => { };
        var shape = new ConvolutionShape(op, result, plan.IsVirtual) { IsPassedOn = isPassedOn };
        var convolution = Of(shape, target, finish);
        var (x, y) = (plan.BufferOf(shape.X.Root), plan.BufferOf(shape.Y.Root));
        return frame => convolution.Run(frame, scratch < 0 ? null : frame[scratch], (T*)frame[x], (T*)frame[y], (T*)frame[to]);
    }

    /// <summary>The memory that it works in, and that of its result.</summary>
    public static KernelMemory Memory(Conv op, Shape result, Func<Expr, bool> isVirtual, Target target, bool isPassedOn)
    {
        if (result.Size == 0) return default;
        var shape = new ConvolutionShape(op, result, isVirtual) { IsPassedOn = isPassedOn };
        var convolution = Of(shape, target, null);
        return new(convolution.Scratch(target.Threads), Result: (long)convolution.Places * shape.Out * shape.Positions * sizeof(T));
    }

    private static IProduct<T> Of(ConvolutionShape shape, Target target, Finish? finish) =>
        typeof(T) == typeof(float) && target.Winograd && WinogradTiles.Fit(shape)
            ? (IProduct<T>)(WinogradPanels.Serves(shape, target) ? new WinogradPanels(shape, target, finish) : (object)new WinogradConvolution(shape, target, finish))
        : typeof(T) == typeof(float) && target.Winograd && WinogradGradient.Serves(shape) ? (IProduct<T>)(object)new WinogradGradient(shape, target, finish)
        : PointwiseConvolution<T>.Serves(shape, target) ? new PointwiseConvolution<T>(shape, target, finish)
        : ServesLines(shape, target) ? Lines(shape, target, finish)
        : DeepConvolution<T>.Serves(shape) ? new DeepConvolution<T>(shape, target, finish)
        : BatchedConvolution<T>.Serves(shape, target) ? new BatchedConvolution<T>(shape, target, finish)
        : ServesPlanes(shape) ? Planes(shape, target, finish)
        : PlanarConvolution<T>.Serves(shape, target) ? new PlanarConvolution<T>(shape, target, finish) : new DirectConvolution<T>(shape, target, finish);

    /// <summary>Whether lines of the window fill vectors, and channels out do not.</summary>
    private static bool ServesLines(ConvolutionShape shape, Target target) =>
        shape.HasLines && shape.HasLinesOfWindows && shape.Out <= (int)target.Width / sizeof(T) / 2 && shape.Last.Window * sizeof(T) > (int)VectorWidth.V128 / 2 && DeepConvolution<T>.Serves(shape);

    /// <summary>Whether each plane has a filter of its own, and lines fill vectors.</summary>
    private static bool ServesPlanes(ConvolutionShape shape) => shape is { In: 1, Out: 1 } && shape.Last.Count * sizeof(T) > (int)VectorWidth.V128 / 2 && shape.HasLines;

    private static IProduct<T> Planes(ConvolutionShape shape, Target target, Finish? finish) => target.Width.Around((long)shape.Last.Count * sizeof(T)) switch
    {
        VectorWidth.V512 => new DepthwiseConvolution<T, V512<T>>(shape, finish),
        VectorWidth.V256 => new DepthwiseConvolution<T, V256<T>>(shape, finish),
        _ => new DepthwiseConvolution<T, V128<T>>(shape, finish),
    };

    private static IProduct<T> Lines(ConvolutionShape shape, Target target, Finish? finish) => target.Width.Around((long)shape.Last.Window * sizeof(T)) switch
    {
        VectorWidth.V512 => new LineConvolution<T, V512<T>>(shape, finish),
        VectorWidth.V256 => new LineConvolution<T, V256<T>>(shape, finish),
        _ => new LineConvolution<T, V128<T>>(shape, finish),
    };
}
