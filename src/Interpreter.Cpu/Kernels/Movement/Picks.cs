using System.Numerics;
using System.Runtime.Intrinsics.X86;
using static System.Buffer;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Elements, or runs of them, read from the places that indices give.</summary>
internal static unsafe class Picks
{
    /// <summary>The kernel of a gather.</summary>
    public static Kernel Gather(Gather g, int from, int indices, int to, TensorType result) => (g.X.DType.Size, g.Indices.DType) switch
    {
        (1, DType.I32) => Gather<byte, int>(g, from, indices, to, result),
        (1, _) => Gather<byte, long>(g, from, indices, to, result),
        (2, DType.I32) => Gather<short, int>(g, from, indices, to, result),
        (2, _) => Gather<short, long>(g, from, indices, to, result),
        (4, DType.I32) => Gather<int, int>(g, from, indices, to, result),
        (4, _) => Gather<int, long>(g, from, indices, to, result),
        (_, DType.I32) => Gather<long, int>(g, from, indices, to, result),
        _ => Gather<long, long>(g, from, indices, to, result),
    };

    private static Kernel Gather<T, TIndex>(Gather g, int from, int indices, int to, TensorType result) where T : unmanaged where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        var (before, extent) = (g.X.Shape[g.Batch..g.Axis].Size, (ulong)g.X.Shape[g.Axis]);
        var (after, picks) = (g.X.Shape[(g.Axis + 1)..].Size, g.Indices.Shape[g.Batch..].Size);
        if (result.Shape.Size == 0) return _ => { };
        return Parts.Kernel(result.Shape.Size / after, result.Shape.Size, (frame, first, until, _) =>
        {
            while (first < until)
            {
                var (row, at) = Math.DivRem(first, picks);
                var count = Math.Min(picks - at, until - first);
                var x = (T*)frame[from] + row * (long)extent * after;
                var y = (T*)frame[to] + first * after;
                var index = (TIndex*)frame[indices] + row / before * picks + at;
                if (after == 1) Elements(x, extent, index, y, count);
                else Runs(x, extent, index, y, count, after);
                first += count;
            }
        });
    }

    private static void Elements<T, TIndex>(T* x, ulong extent, TIndex* index, T* y, long count) where T : unmanaged where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        for (var i = 0L; i < count; i++)
        {
            var pick = ulong.CreateTruncating(index[i]);
            y[i] = pick < extent ? x[pick] : default;
        }
    }

    private static void Runs<T, TIndex>(T* x, ulong extent, TIndex* index, T* y, long count, long length) where T : unmanaged where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        for (var i = 0L; i < count; i++, y += length)
        {
            var (pick, next) = (ulong.CreateTruncating(index[i]), i + 1 < count ? ulong.CreateTruncating(index[i + 1]) : extent);
            if (next < extent) Fetch(x + (long)next * length, length);
            if (pick < extent) MemoryCopy(x + (long)pick * length, y, length * sizeof(T), length * sizeof(T));
            else Clear(y, length);
        }
    }

    /// <summary>Asks for a run that is wanted next, which no pattern of addresses foretells.</summary>
    public static void Fetch<T>(T* x, long length) where T : unmanaged
    {
        for (var at = 0L; Sse.IsSupported && at < length * sizeof(T); at += 64) Sse.Prefetch0((byte*)x + at);
    }

    /// <summary>Zeros.</summary>
    public static void Clear<T>(T* y, long length) where T : unmanaged => new Span<T>(y, checked((int)length)).Clear();
}
