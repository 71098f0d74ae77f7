using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>arcosh x.</summary>
    public readonly struct Acosh : IFloatUnary
    {
        /// <inheritdoc/>
        public static string Name => "acosh";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : IFloatingPointIeee754<T> => T.Acosh(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t / sqrt(x * x - 1);
    }
}

public static partial class Prelude
{
    /// <summary>y = arcosh x, dy = dx / √(x² − 1). NaN below 1.</summary>
    public static Expr acosh(Expr x) => Expr.Of(new FloatUnary<Functions.Acosh>(x));
}
