using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>An operand as it lies: a buffer, and the stride of each axis. A permutation that nothing else reads is only other strides.</summary>
internal readonly record struct Strided(int Buffer, Shape Shape, long[] Strides)
{
    public static Strided Of(Plan plan, Expr x) => plan.IsVirtual(x) && x.Op is Permute p
        ? new(plan.BufferOf(p.X), x.Shape, [.. p.Order.Select(axis => p.X.Shape.Strides[axis])])
        : new(plan.BufferOf(x), x.Shape, [.. x.Shape.Strides]);

    /// <summary>Where each index of some axes, flattened, begins.</summary>
    public long[] Offsets(Axes axes)
    {
        var (shape, offsets, at) = (Shape.Pick(axes), new long[checked((int)Shape.Pick(axes).Size)], 0);
        foreach (var index in Indices.Of(shape))
        {
            for (var i = 0; i < index.Length; i++) offsets[at] += index[i] * Strides[axes[i]];
            at++;
        }
        return offsets;
    }
}

/// <summary>Dots and convolutions, as matrix products.</summary>
internal static class Products
{
    public static Kernel Dot(Plan plan, Dot op, Expr node, int to, int scratch) => node.DType switch
    {
        DType.F32 => Dot<float>(plan, op, to, scratch),
        DType.F64 => Dot<double>(plan, op, to, scratch),
        DType.I32 => Dot<int>(plan, op, to, scratch),
        DType.I64 => Dot<long>(plan, op, to, scratch),
        _ => Dot<byte>(plan, op, to, scratch),
    };

    private static unsafe Kernel Dot<T>(Plan plan, Dot op, int to, int scratch) where T : unmanaged, INumber<T>
    {
        var (x, y) = (Strided.Of(plan, op.X), Strided.Of(plan, op.Y));
        var (batchX, batchY) = (x.Offsets(op.BatchX), y.Offsets(op.BatchY));
        var (rows, depthX) = (x.Offsets(op.FreeX), x.Offsets(op.ContractX));
        var (columns, depthY) = (y.Offsets(op.FreeY), y.Offsets(op.ContractY));
        var (m, n, k) = (rows.Length, columns.Length, depthX.Length);
        return frame =>
        {
            var packed = scratch < 0 ? null : frame[scratch];
            for (var batch = 0; batch < batchX.Length; batch++)
            {
                var right = (T*)frame[y.Buffer] + batchY[batch];
                Gemm<T>.Multiply(frame, packed, m, n, k, (T*)frame[x.Buffer] + batchX[batch], i => rows[i], i => depthX[i], Pack, (T*)frame[to] + (long)batch * m * n, n, j => j);

                void Pack(Frame _, T* panel, int k0, int depth, int j0, int count)
                {
                    var width = Gemm<T>.Columns;
                    var adjacent = Adjacent(columns.AsSpan(j0, count));
                    for (var i = 0; i < depth; i++, panel += width)
                    {
                        var source = right + depthY[k0 + i];
                        if (adjacent) new ReadOnlySpan<T>(source + columns[j0], count).CopyTo(new(panel, count));
                        else
                            for (var j = 0; j < count; j++) panel[j] = source[columns[j0 + j]];
                        if (count < width) new Span<T>(panel + count, width - count).Clear();
                    }
                }
            }
        };
    }

    /// <summary>Whether each begins one after the one before; the ends alone do not tell, for a permutation's offsets need not ascend.</summary>
    private static bool Adjacent(ReadOnlySpan<long> offsets)
    {
        for (var i = 1; i < offsets.Length; i++)
            if (offsets[i] != offsets[0] + i) return false;
        return true;
    }

    /// <summary>The bytes that a dot or a convolution packs its operands into.</summary>
    public static long Scratch(Expr node, Target target) => node.DType switch
    {
        DType.F32 => Scratch<float>(node, target.Threads),
        DType.F64 => Scratch<double>(node, target.Threads),
        DType.I32 => Scratch<int>(node, target.Threads),
        DType.I64 => Scratch<long>(node, target.Threads),
        _ => Scratch<byte>(node, target.Threads),
    };

    private static long Scratch<T>(Expr node, int threads) where T : unmanaged, INumber<T>
    {
        if (node.Op is Dot d) return node.Shape.Size == 0 ? 0 : Gemm<T>.Scratch(d.X.Shape.Pick(d.FreeX).Size, d.Y.Shape.Pick(d.FreeY).Size, d.X.Shape.Pick(d.ContractX).Size, threads);
        var (c, positions) = ((Conv)node.Op, node.Shape[2..].Size);
        return Gemm<T>.Scratch(node.Shape[1] / (c.FeatureGroups * c.BatchGroups), node.Shape[0] * positions, c.Y.Shape[1..].Size, threads);
    }

    public static Kernel Conv(Plan plan, Conv op, Expr node, int to, int scratch) => node.DType switch
    {
        DType.F32 => Convolution<float>.Kernel(plan, op, node.Shape, to, scratch),
        DType.F64 => Convolution<double>.Kernel(plan, op, node.Shape, to, scratch),
        DType.I32 => Convolution<int>.Kernel(plan, op, node.Shape, to, scratch),
        DType.I64 => Convolution<long>.Kernel(plan, op, node.Shape, to, scratch),
        _ => Convolution<byte>.Kernel(plan, op, node.Shape, to, scratch),
    };
}
