using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Convolution as an implicit matrix product: for each group, [channels out × (channels in · window)] times [(channels in · window) ×
/// (batch · positions)], the right operand packed from the image as it is needed and never stored whole.
/// </summary>
internal sealed unsafe class Convolution<T> where T : unmanaged, INumber<T>
{
    private readonly Conv op;
    private readonly Strided x;
    private readonly Shape positions;
    private readonly int spatial;
    private readonly long[] channelOf;
    private readonly int[] offsetOf;
    private readonly int[] positionOf;
    private readonly int positionCount;

    private Convolution(Plan plan, Conv op, Shape result)
    {
        this.op = op;
        x = Strided.Of(op.X, plan.IsVirtual);
        positions = Shape.Of(result.Span[2..]);
        (spatial, positionCount) = (positions.Rank, checked((int)positions.Size));
        var window = Shape.Of(op.Y.Shape.Span[2..]);
        var (perGroup, size) = (op.Y.Shape[1], checked((int)window.Size));
        channelOf = new long[perGroup * size];
        offsetOf = new int[perGroup * size * spatial];
        var k = 0;
        for (var c = 0; c < perGroup; c++)
            foreach (var index in Indices.Of(window))
            {
                channelOf[k] = c * x.Strides[1];
                for (var d = 0; d < spatial; d++) offsetOf[k * spatial + d] = index[d] * op.Window[d].Dilation - op.Window[d].Low;
                k++;
            }
        positionOf = [.. Indices.Of(positions).SelectMany(index => index.Select((p, d) => p * op.Window[d].Stride).ToArray())];
    }

    public static Kernel Kernel(Plan plan, Conv op, Shape result, int to, int scratch, Target target, Finish? finish)
    {
        var conv = new Convolution<T>(plan, op, result);
        var y = Strided.Of(op.Y, plan.IsVirtual);
        var (bufferX, bufferY) = (plan.BufferOf(conv.x.Root), plan.BufferOf(y.Root));
        var (groups, n, outs) = (op.FeatureGroups * op.BatchGroups, result[0], result[1]);
        var (m, columns, depth, p) = (outs / groups, n * conv.positionCount, conv.channelOf.Length, conv.positionCount);
        var depthY = y.Offsets(Axes.Range(1, y.Shape.Rank));
        return frame =>
        {
            var packed = scratch < 0 ? null : frame[scratch];
            for (var g = 0; g < groups; g++)
            {
                var image = (T*)frame[bufferX]
                    + (op.FeatureGroups > 1 ? (long)g * op.Y.Shape[1] * conv.x.Strides[1] : (long)g * n * conv.x.Strides[0]);
                ImplicitGemm<T>.Multiply(
                    frame, packed, m, columns, depth,
                    (T*)frame[bufferY] + (long)g * m * y.Strides[0], i => i * y.Strides[0], i => depthY[i],
                    (_, panel, k0, count, j0, width) => conv.Pack(image, panel, k0, count, j0, width),
                    (T*)frame[to] + (long)g * m * p, p, j => (long)(j / p) * outs * p + j % p);
            }
            finish?.Invoke(frame, 0, result.Size);
        };
    }

    public static long Scratch(Conv op, Shape result, Target target) =>
        ImplicitGemm<T>.Scratch(result[1] / (op.FeatureGroups * op.BatchGroups), result[0] * result[2..].Size, op.Y.Shape[1..].Size, target.Threads);

    private void Pack(T* image, T* panel, int k0, int depth, int j0, int columns)
    {
        var width = ImplicitGemm<T>.Columns;
        var simple = spatial > 0 && op.Window[spatial - 1] is { BaseDilation: 1, Stride: 1 } && x.Strides[^1] == 1;
        for (var k = k0; k < k0 + depth; k++, panel += width)
        {
            new Span<T>(panel, width).Clear();
            for (var j = 0; j < columns;)
            {
                var (n, position) = Math.DivRem(j0 + j, positionCount);
                var run = simple ? Math.Min(columns - j, positions[^1] - position % positions[^1]) : 1;
                if (Outer(k, position, out var offset)) Row(image + n * x.Strides[0] + channelOf[k] + offset, panel + j, k, position, run);
                j += run;
            }
        }
    }

    /// <summary>The offset of an element along all axes but the last; false where it is outside or in a gap.</summary>
    private bool Outer(int k, int position, out long offset)
    {
        offset = 0;
        for (var d = 0; d < spatial - 1; d++)
        {
            if (!Inside(d, positionOf[position * spatial + d] + offsetOf[k * spatial + d], out var at)) return false;
            offset += at * x.Strides[2 + d];
        }
        return true;
    }

    private bool Inside(int d, int at, out int element)
    {
        element = at;
        var gap = op.Window[d].BaseDilation;
        if (gap > 1)
        {
            (element, var between) = Math.DivRem(at, gap);
            if (between != 0) return false;
        }
        return (uint)element < (uint)x.Shape[2 + d];
    }

    /// <summary>Elements of adjacent positions along the last axis, those inside.</summary>
    private void Row(T* source, T* target, int k, int position, int run)
    {
        if (spatial == 0)
        {
            target[0] = source[0];
            return;
        }
        var (last, start) = (spatial - 1, positionOf[position * spatial + spatial - 1] + offsetOf[k * spatial + spatial - 1]);
        if (run == 1)
        {
            if (Inside(last, start, out var at)) target[0] = source[at * x.Strides[^1]];
            return;
        }
        var (from, until) = (Math.Max(0, -start), Math.Min(run, x.Shape[^1] - start));
        for (var i = from; i < until; i++) target[i] = source[start + i];
    }
}
