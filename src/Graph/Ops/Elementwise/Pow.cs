using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>xʸ.</summary>
    public readonly struct Pow : IFloatBinary
    {
        /// <inheritdoc/>
        public static string Name => "pow";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IFloatingPointIeee754<T> => T.Pow(x, y);

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z)
        {
            var flat = equal(y, zerosLike(y));
            return t * where(flat, y / NonZero(x), y * pow(x, where(flat, onesLike(y), y) - 1));
        }

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => where(equal(x, zerosLike(x)), zerosLike(t), t * (z * log(NonZero(x))));

        /// <summary>x, and 1 where it is zero: at the pole of what reads it, where another branch is selected, the branch not taken stays finite.</summary>
        private static Expr NonZero(Expr x) => where(equal(x, zerosLike(x)), onesLike(x), x);
    }
}

public static partial class Prelude
{
    /// <summary>z = xʸ, dz = y xʸ⁻¹ dx + z ln x dy. pow(x, 0) = 1 with ∂z/∂x = 0, also at x = 0; ∂z/∂y = 0 at x = 0. The operands broadcast.</summary>
    public static Expr pow(Expr x, Expr y) => Elementwise("pow", x, y, (a, b) => new FloatBinary<Functions.Pow>(a, b));
}
