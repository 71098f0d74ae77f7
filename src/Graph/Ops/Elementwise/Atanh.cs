using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>artanh x.</summary>
    public readonly struct Atanh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "atanh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Atanh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (1 - x * x);
    }
}

public static partial class Prelude
{
    /// <summary>y = artanh x, dy = dx / (1 − x²). NaN outside [−1, 1].</summary>
    public static Expr atanh(Expr x) => Expr.Of(new FloatUnary<Functions.Atanh>(x));
}
