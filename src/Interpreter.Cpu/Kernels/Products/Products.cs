using System.Numerics;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Dots and convolutions, as matrix products.</summary>
internal static class Products
{
    private const int FlatRows = 4;
    private const int FlatDepth = 256;
    private const int LeastColumns = 64;

    /// <summary>The kernel of a dot or a convolution.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="node">The node.</param>
    /// <param name="to">The result's buffer.</param>
    /// <param name="scratch">The buffer that it works in, or −1.</param>
    /// <param name="kept">The buffer of what was made of fixed operands, or −1.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="finish">Told of each stretch of the result.</param>
    /// <param name="pooling">What alone reads the result, told so.</param>
    public static Kernel Kernel(Plan plan, Expr node, int to, int scratch, int kept, Target target, Finish? finish, Pooling? pooling) => node.DType switch
    {
        DType.F32 => Kernel<float>(plan, node, to, scratch, kept, target, finish, pooling),
        DType.F64 => Kernel<double>(plan, node, to, scratch, kept, target, finish, pooling),
        DType.I32 => Kernel<int>(plan, node, to, scratch, kept, target, finish, pooling),
        DType.I64 => Kernel<long>(plan, node, to, scratch, kept, target, finish, pooling),
        _ => Kernel<byte>(plan, node, to, scratch, kept, target, finish, pooling),
    };

    private static Kernel Kernel<T>(Plan plan, Expr node, int to, int scratch, int kept, Target target, Finish? finish, Pooling? pooling) where T : unmanaged, IBinaryNumber<T> => node.Op is Dot dot
        ? Kernel<T>(plan, dot, to, scratch, kept, target, finish)
        : Convolution<T>.Kernel(plan, (Conv)node.Op, node.Shape, to, scratch, target, finish, IsPassedOn(node, pooling));

    private static unsafe Kernel Kernel<T>(Plan plan, Dot op, int to, int scratch, int kept, Target target, Finish? finish) where T : unmanaged, IBinaryNumber<T>
    {
        var (product, left, right) = Of<T>(op, plan.IsVirtual, _ => kept >= 0, target, finish);
        var (x, y) = (plan.BufferOf(left), kept >= 0 ? kept : plan.BufferOf(right));
        return frame => product.Run(frame, scratch < 0 ? null : frame[scratch], (T*)frame[x], (T*)frame[y], (T*)frame[to]);
    }

    /// <summary>What a dot's kernel makes of its right operand where that is the same in all steps of a loop.</summary>
    public static Kernel Preparation(Plan plan, Dot op, int kept, Target target) => op.X.DType switch
    {
        DType.F32 => Preparation<float>(plan, op, kept, target),
        DType.F64 => Preparation<double>(plan, op, kept, target),
        DType.I32 => Preparation<int>(plan, op, kept, target),
        DType.I64 => Preparation<long>(plan, op, kept, target),
        _ => Preparation<byte>(plan, op, kept, target),
    };

    private static unsafe Kernel Preparation<T>(Plan plan, Dot op, int kept, Target target) where T : unmanaged, IBinaryNumber<T>
    {
        var (product, _, right) = Of<T>(op, plan.IsVirtual, _ => true, target, null);
        var y = plan.BufferOf(right);
        return frame => product.Keep(frame, (T*)frame[y], (T*)frame[kept]);
    }

    /// <summary>A dot, and its operands: the right one first where that has one column, so that its row of results runs along vectors.</summary>
    private static (IProduct<T>, Expr Left, Expr Right) Of<T>(Dot op, Func<Expr, bool> isVirtual, Func<Expr, bool> isFixed, Target target, Finish? finish) where T : unmanaged, IBinaryNumber<T>
    {
        var (x, y) = (Strided.Of(op.X, isVirtual), Strided.Of(op.Y, isVirtual));
        static long[] From(Strided operand, Axes batch) => [.. operand.Offsets(batch).Select(at => operand.Start + at)];
        var (freeX, freeY, batchX, batchY) = (x.Offsets(op.FreeX), y.Offsets(op.FreeY), From(x, op.BatchX), From(y, op.BatchY));
        var (depthX, depthY) = (x.Offsets(op.ContractX), y.Offsets(op.ContractY));
        return freeY.Length == 1 && freeX.Length > 1
            ? (Of(target, new(freeY, depthY), new(depthX, freeX), Source<T>.Of(y.Root.DType), Source<T>.Of(x.Root.DType), batchY, batchX, isFixed(x.Root), finish), y.Root, x.Root)
            : (Of(target, new(freeX, depthX), new(depthY, freeY), Source<T>.Of(x.Root.DType), Source<T>.Of(y.Root.DType), batchX, batchY, isFixed(y.Root), finish), x.Root, y.Root);
    }

    private static IProduct<T> Of<T>(Target target, Matrix a, Matrix b, Source<T> left, Source<T> right, long[] batchA, long[] batchB, bool isFixed, Finish? finish) where T : unmanaged, IBinaryNumber<T> => target.Width switch
    {
        _ when left.IsConverted || right.IsConverted || a.Rows.Length == 0 || a.ColumnStride != 1 || b.RowStride != 1 || a.Columns.Length < 2 || b.Columns.Length == 0 => new Gemm<T>(target, a, b, left, right, batchA, batchB, isFixed, finish),
        _ when a.Rows.Length > 1 && !IsFlat(a, b, target) => new Gemm<T>(target, a, b, left, right, batchA, batchB, isFixed, finish),
        VectorWidth.V512 => new RowProduct<T, V512<T>>(a, b, batchA, batchB, finish),
        VectorWidth.V256 => new RowProduct<T, V256<T>>(a, b, batchA, batchB, finish),
        _ => new RowProduct<T, V128<T>>(a, b, batchA, batchB, finish),
    };

    /// <summary>Whether a matrix of few rows is multiplied sooner by vectors along its rows than the other operand is copied; the registers must hold a tile of such vectors.</summary>
    private static bool IsFlat(Matrix a, Matrix b, Target target) => target.Width == VectorWidth.V512 && a.Rows.Length <= FlatRows && a.Columns.Length >= FlatDepth && b.Columns.Length >= LeastColumns;

    /// <summary>The memory of a dot or a convolution.</summary>
    public static KernelMemory Memory(Expr node, Pooling? pooling, Func<Expr, bool> isVirtual, Func<Expr, bool> isFixed, Target target) => node.DType switch
    {
        DType.F32 => Memory<float>(node, pooling, isVirtual, isFixed, target),
        DType.F64 => Memory<double>(node, pooling, isVirtual, isFixed, target),
        DType.I32 => Memory<int>(node, pooling, isVirtual, isFixed, target),
        DType.I64 => Memory<long>(node, pooling, isVirtual, isFixed, target),
        _ => Memory<byte>(node, pooling, isVirtual, isFixed, target),
    };

    private static KernelMemory Memory<T>(Expr node, Pooling? pooling, Func<Expr, bool> isVirtual, Func<Expr, bool> isFixed, Target target) where T : unmanaged, IBinaryNumber<T>
    {
        if (node.Shape.Size == 0) return default;
        if (node.Op is not Dot dot) return Convolution<T>.Memory((Conv)node.Op, node.Shape, isVirtual, target, IsPassedOn(node, pooling));
        var product = Of<T>(dot, isVirtual, isFixed, target, null).Item1;
        return new(product.Scratch(target.Threads), product.Kept);
    }

    /// <summary>Whether only a pooling reads a convolution's result, and from a group's channels of an image at a time.</summary>
    private static bool IsPassedOn(Expr node, Pooling? pooling) => pooling is not null && node.Op is Conv op
        && node.Shape[1..].Size / (op.FeatureGroups * op.BatchGroups) % pooling.Plane == 0;
}
