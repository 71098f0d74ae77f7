using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>ln x.</summary>
    public readonly struct Log : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "log";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Log(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / x;
    }
}

public static partial class Prelude
{
    /// <summary>y = ln x, dy = dx / x. log(0) = −∞; NaN below 0.</summary>
    public static Expr log(Expr x) => Expr.Of(new FloatUnary<Functions.Log>(x));
}
