using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>2ˣ.</summary>
    public readonly struct Exp2 : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "exp2";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Exp2(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (y * Math.Log(2));
    }
}

public static partial class Prelude
{
    /// <summary>y = 2ˣ, dy = y ln 2 dx.</summary>
    public static Expr exp2(Expr x) => Expr.Of(new FloatUnary<Functions.Exp2>(x));
}
