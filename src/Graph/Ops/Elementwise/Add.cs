using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x + y.</summary>
    public readonly struct Add : INumberBinary
    {
        /// <inheritdoc/>
        public static string Name => "add";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : INumber<T> => unchecked(x + y);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T> => x + y;

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => t;

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => t;
    }
}

public static partial class Prelude
{
    /// <summary>z = x + y; integers wrap. The operands broadcast.</summary>
    public static Expr add(Expr x, Expr y) => Elementwise("add", x, y, (a, b) => new NumberBinary<Functions.Add>(a, b));
}
