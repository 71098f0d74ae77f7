using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>√x.</summary>
    public readonly struct Sqrt : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "sqrt";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Sqrt(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (y * 2);
    }
}

public static partial class Prelude
{
    /// <summary>y = √x, dy = dx / 2y. NaN below 0; the derivative at 0 is ∞.</summary>
    public static Expr sqrt(Expr x) => Expr.Of(new FloatUnary<Functions.Sqrt>(x));
}
