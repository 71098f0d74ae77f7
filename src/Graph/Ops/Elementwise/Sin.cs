using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>sin x.</summary>
    public readonly struct Sin : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "sin";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Sin(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * cos(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = sin x (radians), dy = cos x dx. NaN at ±∞.</summary>
    public static Expr sin(Expr x) => Expr.Of(new FloatUnary<Functions.Sin>(x));
}
