using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>⌊x⌋.</summary>
    public readonly struct Floor : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "floor";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Floor(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => null;
    }
}

public static partial class Prelude
{
    /// <summary>The greatest integer not above x. Its derivative is zero.</summary>
    public static Expr floor(Expr x) => Expr.Of(new FloatUnary<Functions.Floor>(x));
}
