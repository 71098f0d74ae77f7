using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public readonly struct Logistic : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "logistic";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-x));

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (y * (1 - y));
    }
}

public static partial class Prelude
{
    /// <summary>The logistic sigmoid y = 1 / (1 + e⁻ˣ), dy = y (1 − y) dx. StableHLO <c>logistic</c>.</summary>
    public static Expr logistic(Expr x) => Expr.Of(new FloatUnary<Functions.Logistic>(x));
}
