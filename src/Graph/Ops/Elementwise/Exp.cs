using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>eˣ.</summary>
    public readonly struct Exp : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "exp";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Exp(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * y;
    }
}

public static partial class Prelude
{
    /// <summary>y = eˣ, dy = y dx. exp(−∞) = 0, exp(∞) = ∞.</summary>
    public static Expr exp(Expr x) => Expr.Of(new FloatUnary<Functions.Exp>(x));
}
