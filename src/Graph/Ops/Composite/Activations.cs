namespace Functional;

public static partial class Prelude
{
    /// <summary>1 / (1 + e⁻ˣ), another name of <see cref="logistic"/>.</summary>
    public static Expr sigmoid(Expr x) => logistic(x);

    /// <summary>x · logistic(x) (Elfwing et al., 2017; "swish").</summary>
    public static Expr silu(Expr x) => x * logistic(x);

    /// <summary>x · Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016), exact.</summary>
    public static Expr gelu(Expr x) => x * erfc(x / -Math.Sqrt(2)) * 0.5;

    /// <summary>x where positive, slope · x elsewhere.</summary>
    public static Expr leakyRelu(Expr x, double slope = 0.01) => where(greater(x, 0), x, x * slope);
}
