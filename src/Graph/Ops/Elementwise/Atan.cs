using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>arctan x.</summary>
    public readonly struct Atan : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "atan";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Atan(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (x * x + 1);
    }
}

public static partial class Prelude
{
    /// <summary>y = arctan x, dy = dx / (1 + x²).</summary>
    public static Expr atan(Expr x) => Expr.Of(new FloatUnary<Functions.Atan>(x));
}
