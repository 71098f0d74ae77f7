using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Functions made of eˣ: x = n ln 2 + r with |r| ≤ ½ ln 2, ln 2 in two parts (Cody and Waite), and a polynomial in r.</summary>
public static partial class Lanes
{
    /// <summary>eˣ.</summary>
    [Computes("exp", Single = 1.25, Double = 1)]
    [MethodImpl(Inline)]
    public static V Exp<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var p = ExpReduced<V, T>(V.AtMost(V.AtLeast(x, V.Constant(-104f, -746)), V.Constant(89f, 710)), out var n);
        return V.Scale(p, n);
    }

    /// <summary>2ˣ.</summary>
    [Computes("exp2", Single = 1, Double = 1)]
    [MethodImpl(Inline)]
    public static V Exp2<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var bounded = V.AtMost(V.AtLeast(x, V.Constant(-151f, -1076)), V.Constant(129f, 1025));
        var n = Nearest<V, T>(bounded, V.Constant(1f, 1));
        return V.Scale(Exp2Reduced<V, T>(bounded - n), n);
    }

    /// <summary>eˣ − 1.</summary>
    [Computes("expm1", Single = 1.5, Double = 1.5)]
    [MethodImpl(Inline)]
    public static V Expm1<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var half = Expm1Scaled<V, T>(V.AtMost(V.AtLeast(x, V.Constant(-26f, -40)), V.Constant(89f, 710)), V.Constant(1f, 1), V.Constant(0.5f, 0.5));
        return V.CopySign(half + half, x);
    }

    /// <summary>1 / (1 + e⁻ˣ), as z / (1 + z) for x &lt; 0 with z = e^−|x|, so that small results are as exact.</summary>
    [Computes("logistic", Single = 2.5, Double = 2)]
    [MethodImpl(Inline)]
    public static V Logistic<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var z = Exp<V, T>(-V.Abs(x));
        var one = V.Constant(1f, 1);
        return V.Select(V.Less(x, V.All(T.Zero)), z, one) / (one + z);
    }

    /// <summary>tanh x, as t / (t + 2) for x &gt; 0 with t = e²ˣ − 1.</summary>
    [Computes("tanh", Single = 2.5, Double = 2)]
    [MethodImpl(Inline)]
    public static V Tanh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.AtMost(V.Abs(x), V.Constant(10f, 20));
        var t = Expm1Scaled<V, T>(a + a, V.All(T.Zero), V.Constant(1f, 1));
        return V.CopySign(t / (t + V.Constant(2f, 2)), x);
    }

    /// <summary>sinh x, as (t + t / (t + 1)) / 2 for x &gt; 0 with t = eˣ − 1.</summary>
    [Computes("sinh", Single = 2.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V Sinh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var quarter = Expm1Scaled<V, T>(V.AtMost(V.Abs(x), V.Constant(89.5f, 710.5)), V.Constant(2f, 2), V.Constant(0.25f, 0.25));
        var half = quarter + (quarter / V.Fma(quarter, V.Constant(4f, 4), V.Constant(1f, 1)));
        return V.CopySign(half + half, x);
    }

    /// <summary>cosh x, as (eˣ + 1 / eˣ) / 2 for x &gt; 0.</summary>
    [Computes("cosh", Single = 2, Double = 2)]
    [MethodImpl(Inline)]
    public static V Cosh<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var p = ExpReduced<V, T>(V.AtMost(V.Abs(x), V.Constant(89.5f, 710.5)), out var n);
        var quarter = V.Scale(p, n - V.Constant(2f, 2));
        var half = quarter + (V.Constant(0.0625f, 0.0625) / quarter);
        return half + half;
    }

    /// <summary>eʳ and n, for x = n ln 2 + r.</summary>
    [MethodImpl(Inline)]
    private static V ExpReduced<V, T>(V x, out V n) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        n = Nearest<V, T>(x, V.Constant(1.4426950408889634f, 1.4426950408889634));
        var r = V.Fma(n, V.Constant(1.90465421e-9f, -2.3190468138462996e-17), V.Fma(n, V.Constant(-0.6931471805599453f, -0.6931471805599453), x));
        return V.Fma(r * r, ExpTail<V, T>(r), r) + V.Constant(1f, 1);
    }

    /// <summary>(eˣ − 1) / 2ᵏ, for x &gt; −60 and 2ⁿ⁻ᵏ finite, given k and 2⁻ᵏ: 2ⁿ⁻ᵏ (eʳ − 1) + (2ⁿ − 1) / 2ᵏ, the larger part of r apart.</summary>
    [MethodImpl(Inline)]
    private static V Expm1Scaled<V, T>(V x, V k, V unit) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var n = Nearest<V, T>(x, V.Constant(1.4426950408889634f, 1.4426950408889634));
        var high = V.Fma(n, V.Constant(-0.6931471805599453f, -0.6931471805599453), x);
        var low = n * V.Constant(1.90465421e-9f, -2.3190468138462996e-17);
        var r = high + low;
        var power = V.Scale(V.Constant(1f, 1), n - k);
        return V.Fma(power, V.Fma(r * r, ExpTail<V, T>(r), low), V.Fma(power, high, power - unit));
    }

    /// <summary>(eʳ − 1 − r) / r², for |r| ≤ ½ ln 2.</summary>
    [MethodImpl(Inline)]
    private static V ExpTail<V, T>(V r) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => typeof(T) == typeof(float)
        ? Horner<V, T>(r, 0.49999994, 0.16666517, 0.041668106, 0.008369131, 0.0013836443)
        : Horner<V, T>(r, 0.5, 0.16666666666666688, 0.041666666666666824, 0.008333333333313922, 0.0013888888888777665, 0.00019841269903250188,
            2.4801587562090035e-05, 2.75572285869778e-06, 2.755702896808418e-07, 2.511408736094722e-08, 2.1009031965616954e-09);

    /// <summary>2ʳ, for |r| ≤ ½.</summary>
    [MethodImpl(Inline)]
    private static V Exp2Reduced<V, T>(V r) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(r, 0.6931472, 0.2402265, 0.05550405, 0.009618089, 0.001333792, 0.00015452414, 1.4333884e-05)
            : Horner<V, T>(r, 0.6931471805599453, 0.24022650695909997, 0.05550410866482377, 0.00961812910767086, 0.0013333558145897006,
                0.00015403530315966654, 1.525273431555738e-05, 1.321554892379316e-06, 1.0177871961056114e-07, 7.032263382632936e-09,
                4.4813938769857936e-10, 5.631057532438289e-11);
        return V.Fma(p, r, V.Constant(1f, 1));
    }
}
