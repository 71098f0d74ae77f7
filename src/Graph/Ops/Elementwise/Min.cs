using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>The lesser of two.</summary>
    public readonly struct Min : INumberBinary
    {
        /// <inheritdoc/>
        public static string Name => "minimum";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : INumber<T> => T.Min(x, y);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T> => Vector.Min(x, y);

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => where(lessEqual(x, y), t, zerosLike(t));

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => where(lessEqual(x, y), zerosLike(t), t);
    }
}

public static partial class Prelude
{
    /// <summary>The lesser of x and y; a tie takes the derivative of x. NaN where either is; −0 is less than 0. The operands broadcast.</summary>
    public static Expr minimum(Expr x, Expr y) => Elementwise("minimum", x, y, (a, b) => new NumberBinary<Functions.Min>(a, b));
}
