using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>eˣ − 1, exact near 0.</summary>
    public readonly struct Expm1 : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "expm1";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => Special.Expm1(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * exp(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = eˣ − 1 without cancellation near 0, dy = eˣ dx.</summary>
    public static Expr expm1(Expr x) => Expr.Of(new FloatUnary<Functions.Expm1>(x));
}
