using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>⌈x⌉.</summary>
    public readonly struct Ceil : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "ceil";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Ceiling(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => null;
    }
}

public static partial class Prelude
{
    /// <summary>The least integer not below x. Its derivative is zero.</summary>
    public static Expr ceil(Expr x) => Expr.Of(new FloatUnary<Functions.Ceil>(x));
}
