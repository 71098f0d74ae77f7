using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>−x.</summary>
    public readonly struct Neg : INumberUnary
    {
        /// <inheritdoc/>
        public static string Name => "neg";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : INumber<T> => unchecked(-x);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x) where T : INumber<T> => -x;

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => -t;
    }
}

public static partial class Prelude
{
    /// <summary>y = −x; unsigned integers wrap.</summary>
    public static Expr neg(Expr x) => Expr.Of(new NumberUnary<Functions.Neg>(x));
}
