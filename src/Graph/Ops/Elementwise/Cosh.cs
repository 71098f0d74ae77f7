using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>cosh x.</summary>
    public readonly struct Cosh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "cosh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Cosh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * sinh(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = cosh x, dy = sinh x dx.</summary>
    public static Expr cosh(Expr x) => Expr.Of(new FloatUnary<Functions.Cosh>(x));
}
