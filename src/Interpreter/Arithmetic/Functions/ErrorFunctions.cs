using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>The error function, its complement and its inverse.</summary>
public static partial class Lanes
{
    /// <summary>erf x: x + x P(x²) up to 0.92, above 1 − e^−Q(|x|), where Q fits −ln erfc.</summary>
    [Computes("erf", Single = 1.5, Double = 1.5)]
    [MethodImpl(Inline)]
    public static V Erf<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.Abs(x);
        var small = V.LessOrEqual(a, V.Constant(0.92f, 0.92));
        var b = V.AtMost(a, V.Constant(4f, 6));
        var q = typeof(T) == typeof(float)
            ? Horner<V, T>(b, 0.00020703238, 1.1276273, 0.6372661, 0.10385596, -0.02218951, 0.0030336028, -0.00019493455)
            : Horner<V, T>(
                Horner<V, T>(b, 0.00010227227369327198, 3.659453338156699e-05, -2.923266944085403e-05, 1.0639146949678745e-05, -2.605209155489173e-06,
                    4.580141306910115e-07, -5.760655216186611e-08, 4.952382027278368e-09, -2.615641431433603e-10, 6.411649114588207e-12),
                b, 2.921915684786563e-07, 1.1283760902977396, 0.6366348064486734, 0.10272741330249799, -0.019035145759703352, -0.000348863334332896,
                0.0018516227071206576, -0.0007187791005517708);
        return V.CopySign(V.Select(small, ErfCentre<V, T>(a), V.Constant(1f, 1) - Exp<V, T>(-q)), x);
    }

    /// <summary>1 − erf x: as that up to |x| = ½; for greater x e^(−x²) p(t) / (1 + 2x) with t = (x − k) / (x + k) corrected by its remainder, x² in two parts; below, 2 less that.</summary>
    [Computes("erfc", Single = 4, Double = 3.5)]
    [MethodImpl(Inline)]
    public static V Erfc<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var a = V.AtMost(V.Abs(x), V.Constant(10.1f, 27.3));
        var middle = V.Constant(2f, 4);
        var one = V.Constant(1f, 1);
        var inverse = one / (a + middle);
        var near = V.Fma(V.Constant(-4f, -8), inverse, one);
        var t = V.Fma(inverse, V.Fma(-a, near, V.Fma(near + one, -middle, a)), near);
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(t, 1.2769784, -0.09276398, -0.16603146, 0.16405542, -0.054203883, -0.008060142, 0.008630096, 0.0013133085, -0.001228,
                -0.0003994476)
            : Horner<V, T>(
                Horner<V, T>(t, -0.00019925557958870116, 0.00015062229020398505, -2.4402953715264638e-05, -1.1224821576833852e-05,
                    5.717498219082305e-06, 3.0127341831822245e-07, -8.347657052259727e-07, 6.288817457676309e-08, 1.1516000365337333e-07,
                    -7.842013437474381e-09, -1.3649900336776334e-08, -1.8001415903344814e-09),
                t, 1.2329951186255526, -0.13962111684056286, 0.01537965210262014, 0.06809705425473354, -0.10103906603632355, 0.09373283499691455,
                -0.06633036581203904, 0.03716751556070065, -0.016197734054718877, 0.005031969770618571, -0.0007577733614385229);
        var square = a * a;
        var rest = V.Fma(a, a, -square);
        var e = ExpReduced<V, T>(-square, out var n);
        var y = V.Scale(V.Fma(e, -rest, e) * p / V.Fma(a, V.Constant(2f, 2), one), n);
        var tails = V.Select(V.Less(x, V.All(T.Zero)), V.Constant(2f, 2) - y, y);
        return V.Select(V.Less(V.Abs(x), V.Constant(0.5f, 0.5)), one - ErfCentre<V, T>(x), tails);
    }

    /// <summary>erf x, for |x| ≤ 0.92.</summary>
    [MethodImpl(Inline)]
    private static V ErfCentre<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var z = x * x;
        var p = typeof(T) == typeof(float)
            ? Horner<V, T>(z, 0.12837917, -0.3761263, 0.11283626, -0.02685573, 0.0051923925, -0.0008049515, 7.9950485e-05)
            : Horner<V, T>(z, 0.1283791670955126, -0.3761263890318408, 0.11283791670969555, -0.026866170647603885, 0.00522397764705724,
                -0.0008548328111228257, 0.00012055366220382489, -1.4926268164328146e-05, 1.6468569880024681e-06, -1.6389987178092582e-07,
                1.4601368057743926e-08, -9.645535776908446e-10);
        return V.Fma(x, p, x);
    }

    /// <summary>
    /// The y with erf y = x: x times a polynomial in w = −ln(1 − x²) where w is small, and polynomials in √w beyond (M. Giles, "Approximating the
    /// erfinv function", 2010, with coefficients of our own).
    /// </summary>
    [Computes("erfInv", Single = 3.5, Double = 2.5)]
    [MethodImpl(Inline)]
    public static V ErfInv<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var w = -Log<V, T>(V.Fma(-x, x, V.Constant(1f, 1)));
        var p = ErfInvCentre<V, T>(w);
        var beyond = V.Greater(w, V.Constant(5f, 6.25));
        if (V.Any(beyond)) p = V.Select(beyond, ErfInvTail<V, T>(w), p);
        var y = V.Select(V.Equal(V.Abs(x), V.Constant(1f, 1)), V.Constant(float.PositiveInfinity, double.PositiveInfinity), p) * x;
        return V.Select(V.LessOrEqual(V.Abs(x), V.Constant(1f, 1)), y, V.Constant(float.NaN, double.NaN));
    }

    /// <summary>y / x for w up to 5 (f32) or 6.25 (f64).</summary>
    [MethodImpl(Inline)]
    private static V ErfInvCentre<V, T>(V w) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var u = w - V.Constant(2.5f, 3.125);
        return typeof(T) == typeof(float)
            ? Horner<V, T>(u, 1.5014094, 0.24664028, -0.004177387, -0.0012527419, 0.00021834446, -4.963338e-06, -3.4627092e-06, 4.661686e-07,
                2.3232984e-08, -8.790907e-09)
            : Horner<V, T>(
                Horner<V, T>(u, -1.2978504103262406e-11, 2.6305034497375185e-12, -8.079293519806873e-14, -4.0015897055140396e-14,
                    6.5333447605014975e-15, -3.987805722562369e-17, -1.2344900745816042e-16, 1.5545203140244138e-17, 6.956815547316309e-19,
                    -3.487650106778105e-19, 1.6538698463213743e-20, 3.2193719113364118e-21, -3.001513475720661e-22),
                u, 1.6536545626831027, 0.24015818242558834, -0.006033670871426996, -0.0007407025341545543, 0.0001867342080205295,
                -1.3882523394197295e-05, -1.3654691772641478e-06, 4.234788171205149e-07, -2.9070389895411287e-08, -4.112660642925327e-09,
                1.0512225667652665e-09, -5.41429462370646e-11);
    }

    /// <summary>y / x beyond, where few are: a method of its own, so that what calls it stays small.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V ErfInvTail<V, T>(V w) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var root = V.Sqrt(w);
        var u = root - V.Constant(3f, 3.25);
        if (typeof(T) == typeof(float))
        {
            return Horner<V, T>(u, 2.8329768, 1.0016752, 0.009445303, -0.007642764, 0.0056876987, -0.0035670914, 0.0014751116, -0.00012004455, -0.00027749335,
                0.00016055306, -2.9515248e-05);
        }
        var tail = Horner<V, T>(
                Horner<V, T>(u, 2.932550221249534e-06, -3.985746042777152e-06, 1.4816699085748718e-06, -2.7551812523063197e-08, -2.456092185730244e-07,
                    1.3152840797261083e-07, -2.082011088653476e-08, -1.5283557408642324e-08, 7.646135485228359e-09),
                u, 3.0838856104922208, 1.0052589676941655, 0.00537091455355509, -0.003751208508223808, 0.00249144209795344,
                -0.0016882755354779878, 0.0009532893416628941, -0.00035503781336905087, 2.403151186760378e-05, 6.828711417369821e-05,
                -4.732067384729131e-05, 1.246504284032243e-05);
        var v = root - V.Constant(5f, 5);
        var far = Horner<V, T>(
                Horner<V, T>(v, 7.822405723327685e-09, -3.525735100915106e-09, 1.315006693778529e-09, -3.8841811430722705e-10, 7.010235073767335e-11,
                    1.8519294296928876e-11, -2.0510057442377752e-11, 5.091726381176139e-12),
                v, 4.849906401408584, 1.0103004648645448, -0.00013871931838028244, -0.00021503011980269465, 7.599527810031709e-05,
                -1.9681771133867014e-05, 4.526052490127119e-06, -9.930259925806859e-07, 2.290530043786206e-07, -6.757058000663537e-08,
                2.9018095795142418e-08, -1.5219147844882886e-08);
        return V.Select(V.Greater(w, V.Constant(16f, 16)), far, tail);
    }
}
