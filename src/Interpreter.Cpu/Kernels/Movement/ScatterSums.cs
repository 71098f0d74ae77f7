using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Sums into the places that indices give. Rows of the result with indices of their own are summed one after the other; long runs that all rows
/// pick alike are first ordered by their place, so that each place is filled once, whoever fills it.
/// </summary>
internal static unsafe class ScatterSums<T> where T : unmanaged, INumber<T>
{
    private const int LongRun = 16;

    private static bool IsOrdered(ScatterAdd op, Shape result) => result[..op.Batch].Size == 1 && result[(op.Axis + 1)..].Size >= LongRun && op.Extent > 0;

    /// <summary>The bytes for the updates' order: where each place's begin, and their numbers.</summary>
    public static long Scratch(ScatterAdd op, Shape result) => IsOrdered(op, result) ? sizeof(int) * (op.Extent + 2 + op.Indices.Shape.Size) : 0;

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(ScatterAdd op, int from, int indices, int to, int scratch, Shape result) => op.Indices.DType == DType.I32
        ? Kernel<int>(op, from, indices, to, scratch, result)
        : Kernel<long>(op, from, indices, to, scratch, result);

    private static Kernel Kernel<TIndex>(ScatterAdd op, int from, int indices, int to, int scratch, Shape result) where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        var (batch, before, extent) = (result[..op.Batch].Size, result[op.Batch..op.Axis].Size, op.Extent);
        var (after, picks) = (result[(op.Axis + 1)..].Size, op.Indices.Shape[op.Batch..].Size);
        var work = op.X.Shape.Size + result.Size;
        if (!IsOrdered(op, result))
        {
            return Parts.Kernel(batch * before, work, (frame, first, until, _) =>
            {
                for (var row = first; row < until; row++)
                    Sum((T*)frame[from] + row * picks * after, (TIndex*)frame[indices] + row / before * picks, picks, (T*)frame[to] + row * extent * after, extent, after);
            });
        }
        var fill = Parts.Kernel(before * extent, work, (frame, first, until, _) =>
        {
            var starts = (int*)frame[scratch];
            var order = starts + extent + 2;
            for (var place = first; place < until; place++)
            {
                var (row, at) = Math.DivRem(place, extent);
                var x = (T*)frame[from] + row * picks * after;
                var y = (T*)frame[to] + place * after;
                Picks.Clear(y, after);
                for (var i = starts[at]; i < starts[at + 1]; i++)
                {
                    if (i + 1 < picks) Picks.Fetch(x + order[i + 1] * after, after);
                    Sums<T>.AddTo(y, x + order[i] * after, after);
                }
            }
        });
        return frame =>
        {
            Order((TIndex*)frame[indices], (int)picks, extent, (int*)frame[scratch]);
            fill(frame);
        };
    }

    private static void Sum<TIndex>(T* x, TIndex* index, long picks, T* y, long extent, long after) where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Picks.Clear(y, extent * after);
        for (var i = 0L; i < picks; i++)
        {
            var pick = ulong.CreateTruncating(index[i]);
            if (pick >= (ulong)extent) continue;
            if (after == 1) y[pick] = unchecked(y[pick] + x[i]);
            else Sums<T>.AddTo(y + (long)pick * after, x + i * after, after);
        }
    }

    /// <summary>The numbers of the updates by their places, and in order at each; those of none at the end.</summary>
    private static void Order<TIndex>(TIndex* index, int picks, int extent, int* starts) where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        var order = starts + extent + 2;
        new Span<int>(starts, extent + 2).Clear();
        for (var i = 0; i < picks; i++) starts[Place(i) + 1]++;
        for (var place = 0; place <= extent; place++) starts[place + 1] += starts[place];
        for (var i = picks - 1; i >= 0; i--) order[--starts[Place(i) + 1]] = i;
        for (var place = 0; place <= extent; place++) starts[place] = starts[place + 1];
        starts[extent + 1] = picks;

        int Place(int i) => ulong.CreateTruncating(index[i]) is var place && place < (ulong)extent ? (int)place : extent;
    }
}
