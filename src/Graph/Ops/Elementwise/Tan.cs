using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>tan x.</summary>
    public readonly struct Tan : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "tan";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Tan(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (y * y + 1);
    }
}

public static partial class Prelude
{
    /// <summary>y = tan x (radians), dy = (1 + y²) dx. NaN at ±∞.</summary>
    public static Expr tan(Expr x) => Expr.Of(new FloatUnary<Functions.Tan>(x));
}
