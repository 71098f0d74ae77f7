using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x / y.</summary>
    public readonly struct Div : INumberBinary
    {
        /// <inheritdoc/>
        public static string Name => "div";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : INumber<T> => Special.Divide(x, y);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T>
        {
            if (typeof(T) == typeof(float) || typeof(T) == typeof(double)) return x / y;
            var quotients = Vector<T>.Zero;
            for (var i = 0; i < Vector<T>.Count; i++) quotients = quotients.WithElement(i, Apply(x[i], y[i]));
            return quotients;
        }

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => t / y;

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => -(t * z / y);
    }
}

public static partial class Prelude
{
    /// <summary>
    /// z = x / y, dz = dx / y − z dy / y. Integers truncate towards zero; dividing one by 0 gives −1 (all bits set), as XLA does, and never
    /// throws; the most negative integer by −1 gives itself. The operands broadcast.
    /// </summary>
    public static Expr div(Expr x, Expr y) => Elementwise("div", x, y, (a, b) => new NumberBinary<Functions.Div>(a, b));
}
