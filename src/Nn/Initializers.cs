using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>Initial values. Fan-in is the number of inputs that a unit sums: for [in, out] the first axis, for filters [O, C, window…] all but the first.</summary>
public static class Initializers
{
    /// <summary>Zeros.</summary>
    public static Expr Zeros(Expr key, TensorType type) => zeros(type);

    /// <summary>Ones.</summary>
    public static Expr Ones(Expr key, TensorType type) => ones(type);

    /// <summary>Normal with variance 2 / fan-in (He et al., 2015).</summary>
    public static Expr He(Expr key, TensorType type) => Normal(key, type, Math.Sqrt(2.0 / Fans(type).In));

    /// <summary>Normal with variance 1 / fan-in (LeCun et al., 1998).</summary>
    public static Expr LeCun(Expr key, TensorType type) => Normal(key, type, Math.Sqrt(1.0 / Fans(type).In));

    /// <summary>Uniform on ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, 2010).</summary>
    public static Expr Glorot(Expr key, TensorType type)
    {
        var (fanIn, fanOut) = Fans(type);
        return (uniform(key, type.Shape, type.DType) * 2 - 1) * Math.Sqrt(6.0 / (fanIn + fanOut));
    }

    /// <summary>
    /// A random matrix with orthonormal rows or columns, whichever are fewer, times the gain (Saxe et al., 2014); of filters [O, C, window…] the
    /// matrix [O, rest]. It is the orthogonal factor of a normal matrix's polar decomposition, which is uniformly distributed, by the
    /// iteration X ← X (3 I − Xᵀ X) / 2 (Björck and Bowie, 1971) in f64.
    /// </summary>
    public static Initializer Orthogonal(double gain = 1) => (key, type) =>
    {
        if (type.Rank < 2) throw new ShapeError("orthogonal", $"{type} is no matrix");
        var (rows, columns) = (type.Shape[0], checked((int)type.Shape[1..].Size));
        var x = normal(key, [Math.Max(rows, columns), Math.Min(rows, columns)], DType.F64);
        x /= sqrt(sum(x * x));
        for (var i = 0; i < PolarSteps; i++) x = x * 1.5 - matmul(x, matmul(transpose(x), x)) * 0.5;
        return convert(reshape((rows < columns ? transpose(x) : x) * gain, type.Shape), type.DType);
    };

    /// <summary>Enough for a least singular value of 10⁻⁸ of the norm: it grows by 1.5 a step until it is near 1, then converges quadratically.</summary>
    private const int PolarSteps = 52;

    private static Expr Normal(Expr key, TensorType type, double deviation) => normal(key, type.Shape, type.DType) * deviation;

    private static (double In, double Out) Fans(TensorType type) => type.Rank switch
    {
        0 => (1, 1),
        1 => (type.Shape[0], type.Shape[0]),
        2 => (type.Shape[0], type.Shape[1]),
        _ => (type.Shape[1..].Size, type.Shape[0] * type.Shape[2..].Size),
    };
}
