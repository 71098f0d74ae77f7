using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>∛x.</summary>
    public readonly struct Cbrt : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "cbrt";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Cbrt(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / (y * y * 3);
    }
}

public static partial class Prelude
{
    /// <summary>y = ∛x, dy = dx / 3y². Defined below 0; the derivative at 0 is ∞.</summary>
    public static Expr cbrt(Expr x) => Expr.Of(new FloatUnary<Functions.Cbrt>(x));
}
