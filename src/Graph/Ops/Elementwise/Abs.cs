using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>|x|.</summary>
    public readonly struct Abs : INumberUnary
    {
        /// <inheritdoc/>
        public static string Name => "abs";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : INumber<T> => T.IsNegative(x) ? unchecked(-x) : x;

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x) where T : INumber<T> => Vector.Abs(x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => t * sign(x);
    }
}

public static partial class Prelude
{
    /// <summary>y = |x|, dy = sign(x) dx, which is 0 at 0. The most negative integer stays itself.</summary>
    public static Expr abs(Expr x) => Expr.Of(new NumberUnary<Functions.Abs>(x));
}
