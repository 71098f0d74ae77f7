using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>sinh x.</summary>
    public readonly struct Sinh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "sinh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Sinh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * cosh(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = sinh x, dy = cosh x dx.</summary>
    public static Expr sinh(Expr x) => Expr.Of(new FloatUnary<Functions.Sinh>(x));
}
