using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>The inverse of the error function.</summary>
    public readonly struct ErfInv : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "erfInv";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => Special.ErfInv(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (exp(y * y) * (Math.Sqrt(Math.PI) / 2));
    }
}

public static partial class Prelude
{
    /// <summary>The y with erf y = x, dy = √π/2 e^(y²) dx. ±∞ at ±1; NaN outside [−1, 1].</summary>
    public static Expr erfInv(Expr x) => Expr.Of(new FloatUnary<Functions.ErfInv>(x));
}
