using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>1 − erf x, exact in the tail.</summary>
    public readonly struct Erfc : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "erfc";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => Special.Erfc(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (exp(-(x * x)) * (-2 / Math.Sqrt(Math.PI)));
    }
}

public static partial class Prelude
{
    /// <summary>The complementary error function y = 1 − erf x without cancellation, dy = −2/√π e^(−x²) dx.</summary>
    public static Expr erfc(Expr x) => Expr.Of(new FloatUnary<Functions.Erfc>(x));
}
