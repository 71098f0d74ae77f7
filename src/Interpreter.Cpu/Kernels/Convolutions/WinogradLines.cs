using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The transforms of a line, of which all elements are so many elements apart, for windows of one extent.</summary>
internal unsafe interface IWinogradLines
{
    /// <summary>The extent.</summary>
    static abstract int Window { get; }

    /// <summary>G.</summary>
    static abstract void Filter(float* from, nint fromNext, float* to, nint next);

    /// <summary>Aᵀ.</summary>
    static abstract void Output(float* from, nint fromNext, float* to, nint next);

    /// <summary>A.</summary>
    static abstract void Cotangent(float* from, nint fromNext, float* to, nint next);

    /// <summary>Gᵀ.</summary>
    static abstract void Gradient(float* from, nint fromNext, float* to, nint next);
}

/// <summary>Those of F(4, 3).</summary>
internal readonly unsafe struct ThreeTaps<V> : IWinogradLines where V : struct, ILanes<V, float>
{
    public static int Window => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* from, nint fromNext, float* to, nint next)
    {
        var (g0, g1, g2) = (V.Load(from), V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (ends, wide) = (g0 + g2, V.Fma(V.All(4), g2, g0));
        V.Store(g0 * V.All(1 / 4f), to);
        V.Store((ends + g1) * V.All(-1 / 6f), to + next);
        V.Store((ends - g1) * V.All(-1 / 6f), to + (2 * next));
        V.Store(V.Fma(V.All(2), g1, wide) * V.All(1 / 24f), to + (3 * next));
        V.Store(V.Fma(V.All(-2), g1, wide) * V.All(1 / 24f), to + (4 * next));
        V.Store(g2, to + (5 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* from, nint fromNext, float* to, nint next)
    {
        var (m1, m2) = (V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (m3, m4) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)));
        var (sum, difference) = (m1 + m2, m1 - m2);
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(V.Load(from) + sum + sum2, to);
        V.Store(V.Fma(V.All(2), difference2, difference), to + next);
        V.Store(V.Fma(V.All(4), sum2, sum), to + (2 * next));
        V.Store(V.Fma(V.All(8), difference2, difference) + V.Load(from + (5 * fromNext)), to + (3 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cotangent(float* from, nint fromNext, float* to, nint next)
    {
        var (y0, y1, y2, y3) = (V.Load(from), V.Load(from + fromNext), V.Load(from + (2 * fromNext)), V.Load(from + (3 * fromNext)));
        var (even, odd) = (y0 + y2, y1 + y3);
        var (even2, odd2) = (V.Fma(V.All(4), y2, y0), V.Fma(V.All(4), y3, y1));
        V.Store(y0, to);
        V.Store(even + odd, to + next);
        V.Store(even - odd, to + (2 * next));
        V.Store(V.Fma(V.All(2), odd2, even2), to + (3 * next));
        V.Store(V.Fma(V.All(-2), odd2, even2), to + (4 * next));
        V.Store(y3, to + (5 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gradient(float* from, nint fromNext, float* to, nint next)
    {
        var (m1, m2) = (V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (m3, m4) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)));
        var (sum, difference) = ((m1 + m2) * V.All(-1 / 6f), (m2 - m1) * V.All(1 / 6f));
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(V.Fma(V.All(1 / 4f), V.Load(from), V.Fma(V.All(1 / 24f), sum2, sum)), to);
        V.Store(V.Fma(V.All(1 / 12f), difference2, difference), to + next);
        V.Store(V.Fma(V.All(1 / 6f), sum2, sum) + V.Load(from + (5 * fromNext)), to + (2 * next));
    }
}

/// <summary>Those of F(2, 5).</summary>
internal readonly unsafe struct FiveTaps<V> : IWinogradLines where V : struct, ILanes<V, float>
{
    public static int Window => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* from, nint fromNext, float* to, nint next)
    {
        var (g0, g1, g2) = (V.Load(from), V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (g3, g4) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)));
        var (even, odd) = (g0 + g2 + g4, g1 + g3);
        var (even2, odd2) = (V.Fma(V.All(16), g4, V.Fma(V.All(4), g2, g0)), V.Fma(V.All(4), g3, g1));
        V.Store(g0 * V.All(1 / 4f), to);
        V.Store((even + odd) * V.All(-1 / 6f), to + next);
        V.Store((even - odd) * V.All(-1 / 6f), to + (2 * next));
        V.Store(V.Fma(V.All(2), odd2, even2) * V.All(1 / 24f), to + (3 * next));
        V.Store(V.Fma(V.All(-2), odd2, even2) * V.All(1 / 24f), to + (4 * next));
        V.Store(g4, to + (5 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* from, nint fromNext, float* to, nint next)
    {
        var (m1, m2) = (V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (m3, m4) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)));
        V.Store(V.Load(from) + (m1 + m2) + (m3 + m4), to);
        V.Store(V.Fma(V.All(2), m3 - m4, m1 - m2) + V.Load(from + (5 * fromNext)), to + next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cotangent(float* from, nint fromNext, float* to, nint next)
    {
        var (y0, y1) = (V.Load(from), V.Load(from + fromNext));
        V.Store(y0, to);
        V.Store(y0 + y1, to + next);
        V.Store(y0 - y1, to + (2 * next));
        V.Store(V.Fma(V.All(2), y1, y0), to + (3 * next));
        V.Store(V.Fma(V.All(-2), y1, y0), to + (4 * next));
        V.Store(y1, to + (5 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gradient(float* from, nint fromNext, float* to, nint next)
    {
        var (m1, m2) = (V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (m3, m4) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)));
        var (sum, difference) = ((m1 + m2) * V.All(-1 / 6f), (m2 - m1) * V.All(1 / 6f));
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(V.Fma(V.All(1 / 4f), V.Load(from), V.Fma(V.All(1 / 24f), sum2, sum)), to);
        V.Store(V.Fma(V.All(1 / 12f), difference2, difference), to + next);
        V.Store(V.Fma(V.All(1 / 6f), sum2, sum), to + (2 * next));
        V.Store(V.Fma(V.All(1 / 3f), difference2, difference), to + (3 * next));
        V.Store(V.Fma(V.All(2 / 3f), sum2, sum) + V.Load(from + (5 * fromNext)), to + (4 * next));
    }
}
