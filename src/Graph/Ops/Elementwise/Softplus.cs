using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>ln(1 + eˣ).</summary>
    public readonly struct Softplus : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "softplus";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Max(x, T.Zero) + Special.Log1p(T.Exp(-T.Abs(x)));

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * logistic(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = ln(1 + eˣ) without overflow, dy = logistic(x) dx.</summary>
    public static Expr softplus(Expr x) => Expr.Of(new FloatUnary<Functions.Softplus>(x));
}
