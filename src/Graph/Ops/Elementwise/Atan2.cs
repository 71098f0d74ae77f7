using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>The angle of the point (y, x).</summary>
    public readonly struct Atan2 : IFloatBinary
    {
        /// <inheritdoc/>
        public static string Name => "atan2";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IFloatingPointIeee754<T> => T.Atan2(x, y);

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => t * (y / (x * x + y * y));

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => t * (-x / (x * x + y * y));
    }
}

public static partial class Prelude
{
    /// <summary>The angle of the point with ordinate x and abscissa y, in (−π, π]: dz = (y dx − x dy) / (x² + y²). The operands broadcast.</summary>
    public static Expr atan2(Expr x, Expr y) => Elementwise("atan2", x, y, (a, b) => new FloatBinary<Functions.Atan2>(a, b));
}
