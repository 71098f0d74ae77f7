using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>arccos x.</summary>
    public readonly struct Acos : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "acos";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Acos(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => -t / sqrt(1 - x * x);
    }
}

public static partial class Prelude
{
    /// <summary>y = arccos x, dy = −dx / √(1 − x²). NaN outside [−1, 1].</summary>
    public static Expr acos(Expr x) => Expr.Of(new FloatUnary<Functions.Acos>(x));
}
