namespace Functional;

/// <summary>
/// The error function in binary64: rational approximations on five intervals, with the coefficients of fdlibm's <c>s_erf.c</c> (Sun Microsystems, 1993).
/// </summary>
internal static class ErrorFunction
{
    private const double AtOne = 8.45062911510467529297e-01;

    public static double Erf(double x)
    {
        var a = Math.Abs(x);
        return double.IsNaN(x) ? x
            : a < 0.84375 ? x + x * Centre(x * x)
            : a < 1.25 ? Math.CopySign(AtOne + AroundOne(a - 1), x)
            : a < 6 ? Math.CopySign(1 - Tail(a), x)
            : Math.CopySign(1, x);
    }

    public static double Erfc(double x)
    {
        var a = Math.Abs(x);
        return double.IsNaN(x) ? x
            : a < 0.84375 ? (x < 0.25 ? 1 - (x + x * Centre(x * x)) : 0.5 - (x - 0.5 + x * Centre(x * x)))
            : a < 1.25 ? (x > 0 ? 1 - AtOne - AroundOne(a - 1) : 1 + (AtOne + AroundOne(a - 1)))
            : a < 28 ? (x > 0 ? Tail(a) : x < -6 ? 2 : 2 - Tail(a))
            : x > 0 ? 0 : 2;
    }

    /// <summary>The inverse of erf: M. Giles's approximation ("Approximating the erfinv function", 2010), refined by two Newton steps.</summary>
    public static double Inverse(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 1) return double.NaN;
        if (Math.Abs(x) == 1) return x / 0.0;
        if (x == 0) return x;
        var w = -Math.Log((1 - x) * (1 + x));
        var y = x * (w < 5
            ? Polynomial(w - 2.5, 1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-06, -3.5233877e-06, 3.43273939e-07, 2.81022636e-08)
            : Polynomial(Math.Sqrt(w) - 3, 2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257));
        for (var step = 0; step < 2; step++)
        {
            var error = Math.Abs(x) < 0.5 ? Erf(y) - x : Math.Sign(x) * (1 - Math.Abs(x) - Erfc(Math.Abs(y)));
            y -= error / (2 / Math.Sqrt(Math.PI) * Math.Exp(-y * y));
        }
        return y;
    }

    /// <summary>erf(x)/x − 1 for |x| &lt; 0.84375, z = x².</summary>
    private static double Centre(double z) =>
        Polynomial(z, 1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03, -2.37630166566501626084e-05)
        / Polynomial(z, 1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04, -3.96022827877536812320e-06);

    /// <summary>erf(1 + s) − erf(1), for |s| &lt; 0.25.</summary>
    private static double AroundOne(double s) =>
        Polynomial(s, -2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03)
        / Polynomial(s, 1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02);

    /// <summary>erfc(a) for 1.25 ≤ a &lt; 28: e^(−a²) a rational function of 1/a², the square split so that it is exact.</summary>
    private static double Tail(double a)
    {
        var s = 1 / (a * a);
        var ratio = a < 1 / 0.35
            ? Polynomial(s, -9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00)
              / Polynomial(s, 1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02)
            : Polynomial(s, -9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02)
              / Polynomial(s, 1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01);
        var head = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a) & ~0xFFFFFFFFL);
        return Math.Exp(-head * head - 0.5625) * Math.Exp((head - a) * (head + a) + ratio) / a;
    }

    private static double Polynomial(double x, params ReadOnlySpan<double> coefficients)
    {
        var sum = 0.0;
        for (var i = coefficients.Length - 1; i >= 0; i--) sum = sum * x + coefficients[i];
        return sum;
    }
}
