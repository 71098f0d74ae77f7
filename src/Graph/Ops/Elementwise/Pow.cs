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
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => where(equal(y, zerosLike(y)), zerosLike(t), t * (y * pow(x, y - 1)));

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => where(equal(x, zerosLike(x)), zerosLike(t), t * (z * log(x)));
    }
}

public static partial class Prelude
{
    /// <summary>z = xʸ, dz = y xʸ⁻¹ dx + z ln x dy. pow(x, 0) = 1 with ∂z/∂x = 0, also at x = 0; ∂z/∂y = 0 at x = 0. The operands broadcast.</summary>
    public static Expr pow(Expr x, Expr y) => Elementwise("pow", x, y, (a, b) => new FloatBinary<Functions.Pow>(a, b));
}
