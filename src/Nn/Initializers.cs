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

    private static Expr Normal(Expr key, TensorType type, double deviation) => normal(key, type.Shape, type.DType) * deviation;

    private static (double In, double Out) Fans(TensorType type) => type.Rank switch
    {
        0 => (1, 1),
        1 => (type.Shape[0], type.Shape[0]),
        2 => (type.Shape[0], type.Shape[1]),
        _ => (type.Shape[1..].Size, type.Shape[0] * type.Shape[2..].Size),
    };
}
