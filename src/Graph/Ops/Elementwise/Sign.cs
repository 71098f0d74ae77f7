using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>−1, 0 or 1.</summary>
    public readonly struct Sign : INumberUnary
    {
        /// <inheritdoc/>
        public static string Name => "sign";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : INumber<T> => T.IsNaN(x) || x == T.Zero ? x : T.IsNegative(x) ? -T.One : T.One;

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x) where T : INumber<T> => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One, Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -Vector<T>.One, x));

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => null;
    }
}

public static partial class Prelude
{
    /// <summary>−1, 0 or 1 as x is negative, zero or positive; ±0 and NaN stay themselves. Its derivative is zero.</summary>
    public static Expr sign(Expr x) => Expr.Of(new NumberUnary<Functions.Sign>(x));
}
