using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Dots and convolutions, as matrix products.</summary>
internal static class Products
{
    /// <summary>The kernel of a dot or a convolution.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="node">The node.</param>
    /// <param name="to">The result's buffer.</param>
    /// <param name="scratch">The buffer that it works in, or −1.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="finish">Told of each stretch of the result.</param>
    public static Kernel Kernel(Plan plan, Expr node, int to, int scratch, Target target, Finish? finish = null) => node.DType switch
    {
        DType.F32 => Kernel<float>(plan, node, to, scratch, target, finish),
        DType.F64 => Kernel<double>(plan, node, to, scratch, target, finish),
        DType.I32 => Kernel<int>(plan, node, to, scratch, target, finish),
        DType.I64 => Kernel<long>(plan, node, to, scratch, target, finish),
        _ => Kernel<byte>(plan, node, to, scratch, target, finish),
    };

    private static Kernel Kernel<T>(Plan plan, Expr node, int to, int scratch, Target target, Finish? finish) where T : unmanaged, IBinaryNumber<T> => node.Op is Dot dot
        ? Kernel(plan, Gemm<T>(dot, plan.IsVirtual, target, finish), dot, to, scratch)
        : Convolution<T>.Kernel(plan, (Conv)node.Op, node.Shape, to, scratch, target, finish);

    private static unsafe Kernel Kernel<T>(Plan plan, Gemm<T> gemm, Dot op, int to, int scratch) where T : unmanaged, IBinaryNumber<T>
    {
        var (x, y) = (plan.BufferOf(Strided.Of(op.X, plan.IsVirtual).Root), plan.BufferOf(Strided.Of(op.Y, plan.IsVirtual).Root));
        return frame => gemm.Multiply(frame, scratch < 0 ? null : frame[scratch], (T*)frame[x], (T*)frame[y], (T*)frame[to]);
    }

    private static Gemm<T> Gemm<T>(Dot op, Func<Expr, bool> isVirtual, Target target, Finish? finish) where T : unmanaged, IBinaryNumber<T>
    {
        var (x, y) = (Strided.Of(op.X, isVirtual), Strided.Of(op.Y, isVirtual));
        long[] From(Strided operand, Axes batch) => [.. operand.Offsets(batch).Select(at => operand.Start + at)];
        return new(target, new(x.Offsets(op.FreeX), x.Offsets(op.ContractX)), new(y.Offsets(op.ContractY), y.Offsets(op.FreeY)), From(x, op.BatchX), From(y, op.BatchY), finish);
    }

    /// <summary>The bytes that a dot or a convolution works in.</summary>
    public static long Scratch(Expr node, Func<Expr, bool> isVirtual, Target target) => node.DType switch
    {
        DType.F32 => Scratch<float>(node, isVirtual, target),
        DType.F64 => Scratch<double>(node, isVirtual, target),
        DType.I32 => Scratch<int>(node, isVirtual, target),
        DType.I64 => Scratch<long>(node, isVirtual, target),
        _ => Scratch<byte>(node, isVirtual, target),
    };

    private static long Scratch<T>(Expr node, Func<Expr, bool> isVirtual, Target target) where T : unmanaged, IBinaryNumber<T> =>
        node.Shape.Size == 0 ? 0
        : node.Op is Dot dot ? Gemm<T>(dot, isVirtual, target, null).Scratch(target.Threads)
        : Convolution<T>.Scratch((Conv)node.Op, node.Shape, isVirtual, target);
}
