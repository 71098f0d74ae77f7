using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>The nearest integer, ties to even.</summary>
    public readonly struct Round : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "round";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Round(x, MidpointRounding.ToEven);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => null;
    }
}

public static partial class Prelude
{
    /// <summary>The nearest integer, ties to even. Its derivative is zero. StableHLO <c>round_nearest_even</c>.</summary>
    public static Expr round(Expr x) => Expr.Of(new FloatUnary<Functions.Round>(x));
}
