using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>ln(1 + x), exact near 0.</summary>
    public readonly struct Log1p : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "log1p";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => Special.Log1p(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (x + 1);
    }
}

public static partial class Prelude
{
    /// <summary>y = ln(1 + x) without cancellation near 0, dy = dx / (1 + x). log1p(−1) = −∞; NaN below −1.</summary>
    public static Expr log1p(Expr x) => Expr.Of(new FloatUnary<Functions.Log1p>(x));
}
