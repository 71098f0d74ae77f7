using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Roots, powers and remainders.</summary>
public static partial class Lanes
{
    /// <summary>1 / √x.</summary>
    [Computes("rsqrt")]
    [MethodImpl(Inline)]
    public static V Rsqrt<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Constant(1f, 1) / V.Sqrt(x);

    /// <summary>∛x: 1 / ∛m for m in [¾, 1½) by a polynomial and steps of third order, and a last correction of ∛m.</summary>
    [Computes("cbrt", Single = 1, Double = 1)]
    [MethodImpl(Inline)]
    public static V Cbrt<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.Abs(x);
        var m = V.Decompose(a, out var e);
        var thirds = Nearest<V, T>(e, V.Constant(0.33333334f, 0.3333333333333333));
        var rest = V.Fma(thirds, V.Constant(-3f, -3), e);
        var (up, down) = (V.Greater(rest, V.All(T.Zero)), V.Less(rest, V.All(T.Zero)));
        var one = V.Constant(1f, 1);
        var scaled = m * V.Select(up, V.Constant(2f, 2), V.Select(down, V.Constant(0.5f, 0.5), one));
        var z = Horner<V, T>(m, 1.8380807052426003, -1.7212283081636686, 1.3608442178624742, -0.5771882390615981, 0.09945401781252368)
            * V.Select(up, V.Constant(0.7937005259840998f, 0.7937005259840998), V.Select(down, V.Constant(1.2599210498948732f, 1.2599210498948732), one));
        z = InverseCubeRootStep<V, T>(scaled, z);
        if (typeof(T) == typeof(double)) z = InverseCubeRootStep<V, T>(scaled, z);
        var square = z * z;
        var y = scaled * square;
        var error = V.Fma(-y * y, y, scaled);
        var root = V.Scale(V.Fma(error * square, V.Constant(0.3333333333333333f, 0.3333333333333333), y), thirds);
        var ordinary = V.Greater(a, V.All(T.Zero)) & V.Less(a, V.Constant(float.PositiveInfinity, double.PositiveInfinity));
        return V.Select(ordinary, V.CopySign(root, x), x);
    }

    /// <summary>z (1 + h/3 + 2h²/9) with h = 1 − m z³.</summary>
    [MethodImpl(Inline)]
    private static V InverseCubeRootStep<V, T>(V m, V z) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var h = V.Fma(-m * z, z * z, V.Constant(1f, 1));
        return V.Fma(z * h, V.Fma(h, V.Constant(0.2222222222222222f, 0.2222222222222222), V.Constant(0.3333333333333333f, 0.3333333333333333)), z);
    }

    /// <summary>xʸ, as 2^(y log₂ |x|), the logarithm and the product in two parts; with the sign of xʸ for integral y.</summary>
    [Computes("pow", Single = 1.5, Double = 1.5)]
    [MethodImpl(Inline)]
    public static V Pow<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var (zero, one, infinity) = (V.All(T.Zero), V.Constant(1f, 1), V.Constant(float.PositiveInfinity, double.PositiveInfinity));
        var a = V.Abs(x);
        var high = Log2InTwo<V, T>(a, out var low);
        var limit = V.Constant(200f, 1200);
        var product = y * high;
        var rest = V.Fma(y, low, V.Fma(y, high, -product)) & V.Less(V.Abs(product), limit);
        var exponent = V.AtMost(V.AtLeast(product, -limit), limit);
        var n = Nearest<V, T>(exponent, one);
        var power = V.Scale(Exp2Reduced<V, T>((exponent - n) + rest), n);

        var integral = V.Equal(V.Truncate(y), y);
        var half = y * V.Constant(0.5f, 0.5);
        var odd = V.NotEqual(V.Truncate(half), half) & integral;
        power ^= x & odd & SignBit<V, T>();
        var undefined = V.Less(x, zero) & V.Less(a, infinity) & ~integral;
        var unit = V.Equal(y, zero) | V.Equal(x, one) | (V.Equal(a, one) & V.Equal(V.Abs(y), infinity));
        return V.Select(unit, one, V.Select(undefined, V.Constant(float.NaN, double.NaN), power));
    }

    /// <summary>
    /// log₂ a as a sum of two: with s = f / (2 + f) in two parts, log₂(1 + f) = s (A₁ + s² (A₃ + s² P(s²))), the first two terms in two parts.
    /// </summary>
    [MethodImpl(Inline)]
    private static V Log2InTwo<V, T>(V a, out V low) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var one = V.Constant(1f, 1);
        var m = V.Decompose(a, out var e);
        var f = m - one;
        var below = m + one;
        var belowRest = m - (below - one);
        var inverse = one / below;
        var s = f * inverse;
        var sRest = V.Fma(-s, belowRest, V.Fma(-s, below, f)) * inverse;
        var z = s * s;
        var zRest = V.Fma(s + s, sRest, V.Fma(s, s, -z));

        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, 0.5770837, 0.41153416, 0.3444744)
            : Horner<V, T>(z, 0.5770780163555849, 0.4121985831119717, 0.32059889772043937, 0.26230822292574213, 0.2219506976425443, 0.19245667364398328,
                0.1674432360177196, 0.18028073537502043);
        var third = V.Constant(0.9617966939259756f, 0.9617966939259756);
        var tail = V.Fma(z, p, V.Constant(-7.028461812552678e-09f, 5.0577616648125907e-17));
        var inner = third + tail;
        var innerRest = (third - inner) + tail;
        var term = z * inner;
        var termRest = V.Fma(z, innerRest, V.Fma(zRest, inner, V.Fma(z, inner, -term)));
        var first = V.Constant(2.8853900817779268f, 2.8853900817779268);
        var outer = first + term;
        var outerRest = ((first - outer) + term) + (termRest + V.Constant(3.851926067000022e-08f, 4.0710547481862066e-17));
        var log = s * outer;
        var logRest = V.Fma(s, outerRest, V.Fma(sRest, outer, V.Fma(s, outer, -log)));

        var high = e + log;
        low = (((e - high) + log) + logRest) & V.Less(V.Abs(e), V.Constant(float.PositiveInfinity, double.PositiveInfinity));
        return high;
    }

    /// <summary>x − y trunc(x / y), exactly: where the quotient fits in a significand, by one fused multiply-add and a correction; elsewhere, and for integers, number by number.</summary>
    [Computes("rem")]
    [MethodImpl(Inline)]
    public static V Rem<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double)) return V.Remainder(V.All(T.AllBitsSet), x, y, x);
        var infinity = V.Constant(float.PositiveInfinity, double.PositiveInfinity);
        var quotient = V.Truncate(x / y);
        var r = V.Fma(-quotient, y, x);
        var past = V.Less(V.CopySign(V.Constant(1f, 1), x) * r, V.All(T.Zero));
        r = V.CopySign(V.Select(past, r + V.CopySign(y, x), r), x);
        r = V.Select(V.Equal(V.Abs(y), infinity) & V.Less(V.Abs(x), infinity), x, r);
        var large = ~V.Less(V.Abs(quotient), V.Constant(4194304f, 2251799813685248));
        return V.Any(large) ? V.Remainder(large, x, y, r) : r;
    }
}
