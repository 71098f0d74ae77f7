using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Functions made of ln x: x = 2ᵉ (1 + f) with −¼ ≤ f &lt; ½, so that e = 0 around 1, and a polynomial in f (f32) or f / (2 + f) (f64).</summary>
public static partial class Lanes
{
    /// <summary>ln x.</summary>
    [Computes("log", Single = 1.5, Double = 1.5)]
    [MethodImpl(Inline)]
    public static V Log<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var f = V.Decompose(x, out var e) - V.Constant(1f, 1);
        return LogOf<V, T>(f, e, V.All(T.Zero));
    }

    /// <summary>log₂ x.</summary>
    [Computes("log2", Single = 2, Double = 1.5)]
    [MethodImpl(Inline)]
    public static V Log2<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var f = V.Decompose(x, out var e) - V.Constant(1f, 1);
        var high = V.Constant(1.4426950408889634f, 1.4426950408889634);
        var low = f * V.Constant(1.925963033500011e-08f, 2.0355273740931033e-17);
        return V.Fma(f, high, e) + V.Fma(LogTail<V, T>(f), high, low);
    }

    /// <summary>ln(1 + x).</summary>
    [Computes("log1p", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Log1p<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var u = OnePlus<V, T>(x, out var rest);
        return V.CopySign(LogOfSum<V, T>(u, rest, V.All(T.Zero)), x);
    }

    /// <summary>ln(1 + eˣ), as max(x, 0) + ln(1 + e^−|x|).</summary>
    [Computes("softplus", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Softplus<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Max(x, V.All(T.Zero)) + Log1p<V, T>(Exp<V, T>(-V.Abs(x)));

    /// <summary>ln(eˣ + eʸ), as max(x, y) + ln(1 + e^−|x − y|), the difference in two parts: in ulps of the greater of |max(x, y)| and the result.</summary>
    [Computes("logAddExp", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V LogAddExp<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var infinity = V.Constant(float.PositiveInfinity, double.PositiveInfinity);
        var (max, min) = (V.Max(x, y), V.Min(x, y));
        var d = max - min;
        var t = max - d;
        var rest = ((max - (d + t)) + (t - min)) & V.Less(d, infinity);
        var e = Exp<V, T>(-d);
        var sum = max + Log1p<V, T>(V.Fma(-rest, e, e));
        return V.Select(V.Less(V.Abs(max), infinity), sum, max);
    }

    /// <summary>arsinh x, as ln(1 + a + a² / (1 + √(1 + a²))), a = |x|; where a² overwhelms 1, as ln 2a.</summary>
    [Computes("asinh", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Asinh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.Abs(x);
        var one = V.Constant(1f, 1);
        var square = a * a;
        var u = OnePlus<V, T>(a + (square / (one + V.Sqrt(one + square))), out var rest);
        return V.CopySign(LogOfSumOrTwice<V, T>(u, rest, a), x);
    }

    /// <summary>arcosh x, as ln(1 + t + √(t (t + 2))), t = x − 1; where x² overwhelms 1, as ln 2x.</summary>
    [Computes("acosh", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Acosh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var t = x - V.Constant(1f, 1);
        var u = OnePlus<V, T>(t + V.Sqrt(V.Fma(t, t, t + t)), out var rest);
        return V.Select(V.Less(x, V.Constant(1f, 1)), V.Constant(float.NaN, double.NaN), LogOfSumOrTwice<V, T>(u, rest, x));
    }

    /// <summary>artanh x, as ½ ln(1 + 2a / (1 − a)), a = |x|.</summary>
    [Computes("atanh", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Atanh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.Abs(x);
        var u = OnePlus<V, T>((a + a) / (V.Constant(1f, 1) - a), out var rest);
        return V.CopySign(LogOfSum<V, T>(u, rest, V.All(T.Zero)) * V.Constant(0.5f, 0.5), x);
    }

    /// <summary>1 + x rounded, and what the rounding left; 0 where x is infinite.</summary>
    [MethodImpl(Inline)]
    private static V OnePlus<V, T>(V x, out V rest) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var one = V.Constant(1f, 1);
        var u = one + x;
        var t = u - one;
        var error = (one - (u - t)) + (x - t);
        rest = error & V.Less(u, V.Constant(float.PositiveInfinity, double.PositiveInfinity));
        return u;
    }

    /// <summary>ln(u + rest), plus as many ln 2 as said, for a rest below an ulp of u.</summary>
    [MethodImpl(Inline)]
    private static V LogOfSum<V, T>(V u, V rest, V twos) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var f = V.Decompose(u, out var e) - V.Constant(1f, 1);
        var scaled = rest * V.Scale(V.Constant(1f, 1), V.AtMost(-e, V.Constant(100f, 100)));
        return LogOf<V, T>(f, e + twos, V.Fma(-f, scaled, scaled));
    }

    /// <summary>ln(u + rest); for great a, ln 2a.</summary>
    [MethodImpl(Inline)]
    private static V LogOfSumOrTwice<V, T>(V u, V rest, V a) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var great = V.Greater(a, V.Constant(4096f, 134217728));
        return LogOfSum<V, T>(V.Select(great, a, u), rest & ~great, V.Constant(1f, 1) & great);
    }

    /// <summary>e ln 2 + ln(1 + f) + rest. The lower part of ln 2 is positive, so that e = ±∞ is the result.</summary>
    [MethodImpl(Inline)]
    private static V LogOf<V, T>(V f, V e, V rest) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var low = V.Fma(e, V.Constant(5.76999888e-8f, 2.3190468138462996e-17), rest);
        return V.Fma(e, V.Constant(0.693147123f, 0.6931471805599453), f + (LogTail<V, T>(f) + low));
    }

    /// <summary>ln(1 + f) − f, for −¼ ≤ f ≤ ½.</summary>
    [MethodImpl(Inline)]
    private static V LogTail<V, T>(V f) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        if (typeof(T) == typeof(float))
        {
            var p = Horner<V, T>(f, 0.3333345, -0.24999556, 0.1998985, -0.16667372, 0.14531223, -0.13010353, 0.09845018, -0.039790444);
            return f * f * V.Fma(p, f, V.Constant(-0.5f, -0.5));
        }
        var s = f / (f + V.Constant(2f, 2));
        var z = s * s;
        var half = f * f * V.Constant(0.5f, 0.5);
        var r = z * Horner<V, T>(z, 0.6666666666666663, 0.40000000000042535, 0.28571428557981465, 0.22222224139257774, 0.18181671867890073,
            0.15390995066089888, 0.13174588410299584, 0.13841374487644562);
        return V.Fma(s, half + r, -half);
    }
}
