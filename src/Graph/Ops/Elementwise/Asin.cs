using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>arcsin x.</summary>
    public readonly struct Asin : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "asin";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Asin(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / sqrt(1 - x * x);
    }
}

public static partial class Prelude
{
    /// <summary>y = arcsin x, dy = dx / √(1 − x²). NaN outside [−1, 1].</summary>
    public static Expr asin(Expr x) => Expr.Of(new FloatUnary<Functions.Asin>(x));
}
