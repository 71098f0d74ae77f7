using System.Numerics;

namespace Functional;

/// <summary>The scalar arithmetic that the framework lacks or rounds badly. Floating-point results are computed in binary64.</summary>
internal static class Special
{
    /// <summary>eˣ − 1 (W. Kahan's correction of the rounding of eˣ).</summary>
    public static T Expm1<T>(T x) where T : IFloatingPointIeee754<T>
    {
        var u = T.Exp(x);
        if (u == T.One) return x;
        var v = u - T.One;
        return v == -T.One || T.IsPositiveInfinity(u) ? v : v * x / T.Log(u);
    }

    /// <summary>ln(1 + x) (W. Kahan's correction of the rounding of 1 + x).</summary>
    public static T Log1p<T>(T x) where T : IFloatingPointIeee754<T>
    {
        var u = T.One + x;
        return u == T.One ? x : T.IsPositiveInfinity(u) ? u : T.Log(u) * (x / (u - T.One));
    }

    /// <summary>ln(eˣ + eʸ).</summary>
    public static T LogAddExp<T>(T x, T y) where T : IFloatingPointIeee754<T>
    {
        var max = T.Max(x, y);
        return T.IsInfinity(max) || T.IsNaN(max) ? max : max + Log1p(T.Exp(-T.Abs(x - y)));
    }

    /// <summary>The quotient, total for integers.</summary>
    public static T Divide<T>(T x, T y) where T : INumber<T> =>
        IsFloat<T>() ? x / y
        : y == T.Zero ? unchecked(T.Zero - T.One)
        : T.IsNegative(y) && y + T.One == T.Zero ? unchecked(T.Zero - x)
        : x / y;

    /// <summary>The remainder, total for integers.</summary>
    public static T Remainder<T>(T x, T y) where T : INumber<T> =>
        IsFloat<T>() ? x % y
        : y == T.Zero ? x
        : T.IsNegative(y) && y + T.One == T.Zero ? T.Zero
        : x % y;

    /// <summary>Whether 0 ≤ y &lt; the number of bits.</summary>
    public static bool InWidth<T>(T y) where T : IBinaryInteger<T> =>
        !T.IsNegative(y) && y < T.CreateTruncating(y.GetByteCount() * 8);

    private static bool IsFloat<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    /// <summary>erf x, to 1 ulp of binary64.</summary>
    public static T Erf<T>(T x) where T : IFloatingPointIeee754<T> => T.CreateChecked(ErrorFunction.Erf(double.CreateChecked(x)));

    /// <summary>1 − erf x, to 1 ulp of binary64.</summary>
    public static T Erfc<T>(T x) where T : IFloatingPointIeee754<T> => T.CreateChecked(ErrorFunction.Erfc(double.CreateChecked(x)));

    /// <summary>The y with erf y = x.</summary>
    public static T ErfInv<T>(T x) where T : IFloatingPointIeee754<T> => T.CreateChecked(ErrorFunction.Inverse(double.CreateChecked(x)));
}
