using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>log₂ x.</summary>
    public readonly struct Log2 : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "log2";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Log2(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (x * Math.Log(2));
    }
}

public static partial class Prelude
{
    /// <summary>y = log₂ x, dy = dx / (x ln 2). log2(0) = −∞; NaN below 0.</summary>
    public static Expr log2(Expr x) => Expr.Of(new FloatUnary<Functions.Log2>(x));
}
