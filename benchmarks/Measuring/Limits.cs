using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Benchmarks.Measuring;

/// <summary>
/// What binds kernels on this machine, as programs to be timed beside them: a machine that is shared, or that changes its clock, has other limits
/// from minute to minute.
/// </summary>
/// <param name="threads">How many threads share the work.</param>
public sealed class Limits(int threads)
{
    private const int CopyBytes = 256 << 20;
    private const int Chains = 12;
    private const int Multiplications = 10_000_000;
    private const int Line = 32;

    private readonly byte[] from = Written(), to = Written();

    /// <summary>The f32 operations of <see cref="MultiplyAdd"/>, a multiply-add being two.</summary>
    public double Flops { get; } = 2.0 * threads * Chains * Width * Multiplications;

    /// <summary>The bytes that <see cref="Copy"/> reads and writes, far beyond the caches.</summary>
    public double Bytes => 2.0 * CopyBytes;

    /// <summary>Fused multiply-adds on all threads, in chains that are many enough to hide their latency.</summary>
    public void MultiplyAdd() => OnAll(_ => Fma());

    /// <summary>One array copied to another, by all threads.</summary>
    public void Copy() => OnAll(t => from.AsSpan(Part(t)..Part(t + 1)).CopyTo(to.AsSpan(Part(t)..)));

    /// <summary>How often <see cref="Exchange"/> sends a number there and back.</summary>
    public int Exchanges => 50_000;

    /// <summary>Numbers there and back between two threads: the time in which a processor sees what another has written, which is long where they share no cache.</summary>
    public void Exchange()
    {
        var lines = new long[3 * Line];
        OnAll(t =>
        {
            for (var n = 1; n <= Exchanges && t < 2; n++)
            {
                if (t == 0) Volatile.Write(ref lines[Line], n);
                while (Volatile.Read(ref lines[t == 0 ? 2 * Line : Line]) < n) { }
                if (t == 1) Volatile.Write(ref lines[2 * Line], n);
            }
        });
    }

    /// <summary>Bytes that lie in memory: those that nobody has written are all read from one page of zeros, out of a cache.</summary>
    private static byte[] Written()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(CopyBytes);
        bytes.AsSpan().Fill(1);
        return bytes;
    }

    private int Part(int thread) => (int)((long)CopyBytes * thread / threads);

    private static int Width => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    private void OnAll(Action<int> work)
    {
        var workers = Enumerable.Range(1, threads - 1).Select(t => new Thread(() => work(t))).ToList();
        workers.ForEach(w => w.Start());
        work(0);
        workers.ForEach(w => w.Join());
    }

    private static void Fma()
    {
        if (Vector512.IsHardwareAccelerated) Fma512(Multiplications);
        else if (Vector256.IsHardwareAccelerated) Fma256(Multiplications);
        else Fma128(Multiplications);
    }

    // Twelve chains of dependent multiply-adds hide the latency of each; they are locals, so that they stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> Fma512(int n)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (; n > 0; n--)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y); b = Vector512.FusedMultiplyAdd(b, x, y); c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y); e = Vector512.FusedMultiplyAdd(e, x, y); f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y); h = Vector512.FusedMultiplyAdd(h, x, y); i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y); k = Vector512.FusedMultiplyAdd(k, x, y); l = Vector512.FusedMultiplyAdd(l, x, y);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector256<float> Fma256(int n)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(0.001f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (; n > 0; n--)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y); b = Vector256.FusedMultiplyAdd(b, x, y); c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y); e = Vector256.FusedMultiplyAdd(e, x, y); f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y); h = Vector256.FusedMultiplyAdd(h, x, y); i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y); k = Vector256.FusedMultiplyAdd(k, x, y); l = Vector256.FusedMultiplyAdd(l, x, y);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector128<float> Fma128(int n)
    {
        Vector128<float> x = Vector128.Create(0.999f), y = Vector128.Create(0.001f);
        Vector128<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (; n > 0; n--)
        {
            a = Vector128.FusedMultiplyAdd(a, x, y); b = Vector128.FusedMultiplyAdd(b, x, y); c = Vector128.FusedMultiplyAdd(c, x, y);
            d = Vector128.FusedMultiplyAdd(d, x, y); e = Vector128.FusedMultiplyAdd(e, x, y); f = Vector128.FusedMultiplyAdd(f, x, y);
            g = Vector128.FusedMultiplyAdd(g, x, y); h = Vector128.FusedMultiplyAdd(h, x, y); i = Vector128.FusedMultiplyAdd(i, x, y);
            j = Vector128.FusedMultiplyAdd(j, x, y); k = Vector128.FusedMultiplyAdd(k, x, y); l = Vector128.FusedMultiplyAdd(l, x, y);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }
}
