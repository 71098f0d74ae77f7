using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>arsinh x.</summary>
    public readonly struct Asinh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "asinh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Asinh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / sqrt(x * x + 1);
    }
}

public static partial class Prelude
{
    /// <summary>y = arsinh x, dy = dx / √(x² + 1).</summary>
    public static Expr asinh(Expr x) => Expr.Of(new FloatUnary<Functions.Asinh>(x));
}
