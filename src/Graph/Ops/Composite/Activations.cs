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

    /// <summary>x where positive, scale · (eˣ − 1) elsewhere (Clevert et al., 2015).</summary>
    public static Expr elu(Expr x, double scale = 1) => where(greater(x, 0), x, expm1(minimum(x, zerosLike(x))) * scale);

    /// <summary>x moved into [low, high]; NaN stays NaN. Its derivative is 1 within, ends included, and 0 outside.</summary>
    public static Expr clip(Expr x, double low, double high) => minimum(maximum(x, constant(low, x.DType)), constant(high, x.DType));
}
