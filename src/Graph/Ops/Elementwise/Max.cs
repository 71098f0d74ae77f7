using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>The greater of two.</summary>
    public readonly struct Max : INumberBinary
    {
        /// <inheritdoc/>
        public static string Name => "maximum";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : INumber<T> => T.Max(x, y);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T> => Vector.Max(x, y);

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => where(greaterEqual(x, y), t, zerosLike(t));

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => where(greaterEqual(x, y), zerosLike(t), t);
    }
}

public static partial class Prelude
{
    /// <summary>The greater of x and y; a tie takes the derivative of x. NaN where either is; 0 is greater than −0. The operands broadcast.</summary>
    public static Expr maximum(Expr x, Expr y) => Elementwise("maximum", x, y, (a, b) => new NumberBinary<Functions.Max>(a, b));
}
