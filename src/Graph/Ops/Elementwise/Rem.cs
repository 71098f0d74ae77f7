using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>x − y · trunc(x / y).</summary>
    public readonly struct Rem : INumberBinary
    {
        /// <inheritdoc/>
        public static string Name => "rem";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : INumber<T> => Special.Remainder(x, y);

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T>
        {
            var remainders = Vector<T>.Zero;
            for (var i = 0; i < Vector<T>.Count; i++) remainders = remainders.WithElement(i, Apply(x[i], y[i]));
            return remainders;
        }

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => t;

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z)
        {
            var quotient = x / y;
            return -(t * where(less(quotient, 0), ceil(quotient), floor(quotient)));
        }
    }
}

public static partial class Prelude
{
    /// <summary>
    /// The remainder z = x − y trunc(x / y), with the sign of x: dz = dx − trunc(x / y) dy. An integer's remainder by 0 is itself, as in XLA.
    /// The operands broadcast. StableHLO <c>remainder</c>.
    /// </summary>
    public static Expr rem(Expr x, Expr y) => Elementwise("rem", x, y, (a, b) => new NumberBinary<Functions.Rem>(a, b));
}
