using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>tanh x.</summary>
    public readonly struct Tanh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "tanh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Tanh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (1 - y * y);
    }
}

public static partial class Prelude
{
    /// <summary>y = tanh x, dy = (1 − y²) dx.</summary>
    public static Expr tanh(Expr x) => Expr.Of(new FloatUnary<Functions.Tanh>(x));
}
