using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// Circular functions: x = n π/2 + r with |r| ≤ π/4, π/2 in three parts, and polynomials in r. Beyond |x| = 2¹⁷ (f32) or 2³⁰ (f64), where the
/// three parts no longer suffice, the framework's function of a double is taken, number by number.
/// </summary>
public static partial class Lanes
{
    /// <summary>sin x.</summary>
    [Computes("sin", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Sin<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var r = QuarterTurns<V, T>(x, out var n);
        var y = V.Select(Odd<V, T>(n), CosReduced<V, T>(r), SinReduced<V, T>(r)) ^ HalfTurn<V, T>(n);
        y = V.Select(V.Equal(x, V.All(T.Zero)), x, y);
        var large = Large<V, T>(x);
        return V.Any(large) ? V.Replace(large, x, y, Math.Sin) : y;
    }

    /// <summary>cos x.</summary>
    [Computes("cos", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Cos<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var r = QuarterTurns<V, T>(x, out var n);
        var next = V.AddBits(n, V.All(Scalar.OfBits<T>(1, 1)));
        var y = V.Select(Odd<V, T>(n), SinReduced<V, T>(r), CosReduced<V, T>(r)) ^ HalfTurn<V, T>(next);
        var large = Large<V, T>(x);
        return V.Any(large) ? V.Replace(large, x, y, Math.Cos) : y;
    }

    /// <summary>tan x, as sin r / cos r, or −cos r / sin r after a quarter turn.</summary>
    [Computes("tan", Single = 3.5, Double = 3.5)]
    [MethodImpl(Inline)]
    public static V Tan<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var r = QuarterTurns<V, T>(x, out var n);
        var (sine, cosine, odd) = (SinReduced<V, T>(r), CosReduced<V, T>(r), Odd<V, T>(n));
        var y = (V.Select(odd, cosine, sine) / V.Select(odd, sine, cosine)) ^ (odd & SignBit<V, T>());
        y = V.Select(V.Equal(x, V.All(T.Zero)), x, y);
        var large = Large<V, T>(x);
        return V.Any(large) ? V.Replace(large, x, y, Math.Tan) : y;
    }

    /// <summary>The remainder r, and bits of which the lowest two are n modulo 4.</summary>
    [MethodImpl(Inline)]
    private static V QuarterTurns<V, T>(V x, out V bits) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var rounded = V.Fma(x, V.Constant(0.6366197723675814f, 0.6366197723675814), Rounder<V, T>());
        var n = rounded - Rounder<V, T>();
        var first = V.Fma(n, V.Constant(-1.570796251296997f, -1.5707963267948966), x);
        var second = V.Fma(n, V.Constant(-7.549789415861596e-08f, -6.123233995736765e-17), first);
        return V.QuarterTurns(x, V.Fma(n, V.Constant(-5.390302529957765e-15f, -1.0828566739219139e-32), second), rounded, out bits);
    }

    [MethodImpl(Inline)]
    private static V Large<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Greater(V.Abs(x), V.Constant(131072f, 1073741824));

    /// <summary>The mask of odd n.</summary>
    [MethodImpl(Inline)]
    private static V Odd<V, T>(V n) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.ShiftRight(V.ShiftLeft(n, typeof(T) == typeof(float) ? 31 : 63), typeof(T) == typeof(float) ? 31 : 63);

    /// <summary>The sign bit where n is 2 or 3 modulo 4.</summary>
    [MethodImpl(Inline)]
    private static V HalfTurn<V, T>(V n) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.ShiftLeft(n, typeof(T) == typeof(float) ? 30 : 62) & SignBit<V, T>();

    /// <summary>sin r, for |r| ≤ π/4.</summary>
    [MethodImpl(Inline)]
    private static V SinReduced<V, T>(V r) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var z = r * r;
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, -0.16666655, 0.008332188, -0.00019518072)
            : Horner<V, T>(z, -0.1666666666666663, 0.00833333333332184, -0.00019841269829358503, 2.7557313538506475e-06, -2.5050734390455876e-08,
                1.5895433589375504e-10);
        return V.Fma(r * z, p, r);
    }

    /// <summary>cos r, for |r| ≤ π/4.</summary>
    [MethodImpl(Inline)]
    private static V CosReduced<V, T>(V r) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var z = r * r;
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, 0.041666646, -0.001388731, 2.4432327e-05)
            : Horner<V, T>(z, 0.041666666666666595, -0.0013888888888873325, 2.4801587288983638e-05, -2.7557314210041495e-07, 2.087570426265594e-09,
                -1.1358682675729696e-11);
        return V.Fma(z, V.Fma(z, p, V.Constant(-0.5f, -0.5)), V.Constant(1f, 1));
    }
}
