using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Angles.</summary>
public static partial class Lanes
{
    /// <summary>arcsin x: a polynomial up to |x| = ½, above π/2 − 2 arcsin √((1 − |x|) / 2).</summary>
    [Computes("asin", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Asin<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var (s, tail, small) = AsinReduced<V, T>(V.Abs(x));
        var above = V.Fma(s, V.Constant(-2f, -2), QuarterTurn<V, T>()) + V.Fma(tail, V.Constant(-2f, -2), QuarterTurnLow<V, T>());
        return V.CopySign(V.Select(small, s + tail, above), x);
    }

    /// <summary>arccos x: π/2 − arcsin x up to |x| = ½, above 2 arcsin √((1 − |x|) / 2), or π less that.</summary>
    [Computes("acos", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Acos<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var (s, tail, small) = AsinReduced<V, T>(V.Abs(x));
        var sign = x & SignBit<V, T>();
        var centre = (QuarterTurn<V, T>() - (s ^ sign)) + (QuarterTurnLow<V, T>() - (tail ^ sign));
        var right = (s + tail) * V.Constant(2f, 2);
        var left = V.Fma(s, V.Constant(-2f, -2), V.Constant(3.141592653589793f, 3.141592653589793)) + V.Fma(tail, V.Constant(-2f, -2), V.Constant(-8.742277657347586e-08f, 1.2246467991473532e-16));
        return V.Select(small, centre, V.Select(V.Less(x, V.All(T.Zero)), left, right));
    }

    /// <summary>arctan x.</summary>
    [Computes("atan", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Atan<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.CopySign(Angle<V, T>(V.Abs(x), V.Constant(1f, 1)), x);

    /// <summary>The angle of the point with ordinate y and abscissa x.</summary>
    [Computes("atan2", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Atan2<V, T>(V y, V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var one = V.Constant(1f, 1);
        var infinity = V.Constant(float.PositiveInfinity, double.PositiveInfinity);
        var zero = V.All(T.Zero);
        var (a, b) = (V.Abs(y), V.Abs(x));
        var great = V.Greater(V.Max(a, b), V.Constant(4e37f, 4e307));
        var factor = V.Select(great, V.Constant(0.25f, 0.25), one);
        var both = V.Equal(a, infinity) & V.Equal(b, infinity);
        var neither = V.Equal(a, zero) & V.Equal(b, zero);
        var angle = Angle<V, T>(V.Select(both, one, a * factor), V.Select(both | neither, one, b * factor));
        var behind = V.Constant(3.141592653589793f, 3.141592653589793) - (angle - V.Constant(-8.742277657347586e-08f, 1.2246467991473532e-16));
        return V.CopySign(V.Select(V.Less(V.CopySign(one, x), zero), behind, angle), y);
    }

    [MethodImpl(Inline)]
    private static V QuarterTurn<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Constant(1.5707963267948966f, 1.5707963267948966);

    /// <summary>What is left of π/2.</summary>
    [MethodImpl(Inline)]
    private static V QuarterTurnLow<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Constant(-4.371138828673793e-08f, 6.123233995736766e-17);

    /// <summary>The s and t with arcsin s = s + t, where s = a up to ½, above √((1 − a) / 2); and the mask of the former.</summary>
    [MethodImpl(Inline)]
    private static (V S, V Tail, V Small) AsinReduced<V, T>(V a) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var half = V.Constant(0.5f, 0.5);
        var small = V.LessOrEqual(a, half);
        var z = V.Select(small, a * a, V.Fma(a, -half, half));
        var s = V.Select(small, a, V.Sqrt(z));
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, 0.16666752, 0.074953064, 0.045469765, 0.02418085, 0.04216627)
            : Horner<V, T>(z, 0.1666666666666676, 0.07499999999970813, 0.044642857174641656, 0.030381942704960696, 0.02237221509670285,
                0.017351609629291477, 0.013980853411634232, 0.011398612920993794, 0.01078208211877502, 0.0036989787933490482, 0.021726689985895744,
                -0.021027830043292364, 0.03264751715723282);
        return (s, s * z * p, small);
    }

    /// <summary>arctan(a / b) for a, b ≥ 0: about 0, π/4 or π/2, where the quotient is at most √2 − 1.</summary>
    [MethodImpl(Inline)]
    private static V Angle<V, T>(V a, V b) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var low = V.LessOrEqual(a, b * V.Constant(0.4142135623730950f, 0.4142135623730950));
        var high = V.Greater(a, b * V.Constant(2.4142135623730950f, 2.4142135623730950));
        var above = V.Select(low, a, V.Select(high, -b, a - b));
        var below = V.Select(low, b, V.Select(high, a, a + b));
        var share = V.Select(high, V.Constant(1f, 1), V.Constant(0.5f, 0.5)) & ~low;
        var t = above / below;
        var z = t * t;
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, -0.33333316, 0.19998527, -0.14244345, 0.105987325, -0.06088762)
            : Horner<V, T>(z, -0.33333333333333204, 0.19999999999954693, -0.14285714280270062, 0.11111110785986604, -0.09090897808270607,
                0.07692060831614361, -0.0666310863119992, 0.05847908726321298, -0.050393413158820406, 0.038064417704690746, -0.01790605932049096);
        var rest = V.Fma(share, QuarterTurnLow<V, T>(), t * z * p);
        return V.Fma(share, QuarterTurn<V, T>(), t + rest);
    }
}
