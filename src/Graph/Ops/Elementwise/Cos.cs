using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>cos x.</summary>
    public readonly struct Cos : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "cos";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Cos(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * -sin(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = cos x (radians), dy = −sin x dx. NaN at ±∞.</summary>
    public static Expr cos(Expr x) => Expr.Of(new FloatUnary<Functions.Cos>(x));
}
