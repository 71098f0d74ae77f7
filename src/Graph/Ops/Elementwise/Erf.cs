using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>The error function.</summary>
    public readonly struct Erf : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "erf";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => Special.Erf(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * (exp(-(x * x)) * (2 / Math.Sqrt(Math.PI)));
    }
}

public static partial class Prelude
{
    /// <summary>The error function y = 2/√π ∫₀ˣ e^(−s²) ds, dy = 2/√π e^(−x²) dx.</summary>
    public static Expr erf(Expr x) => Expr.Of(new FloatUnary<Functions.Erf>(x));
}
