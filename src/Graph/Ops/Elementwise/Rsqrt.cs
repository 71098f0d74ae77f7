using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>1/√x.</summary>
    public readonly struct Rsqrt : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "rsqrt";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.One / T.Sqrt(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (y / x * -0.5);
    }
}

public static partial class Prelude
{
    /// <summary>y = 1/√x, dy = −y/2x dx. rsqrt(0) = ∞; NaN below 0.</summary>
    public static Expr rsqrt(Expr x) => Expr.Of(new FloatUnary<Functions.Rsqrt>(x));
}
