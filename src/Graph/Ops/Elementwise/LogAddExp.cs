using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>ln(eˣ + eʸ).</summary>
    public readonly struct LogAddExp : IFloatBinary
    {
        /// <inheritdoc/>
        public static string Name => "logAddExp";

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IFloatingPointIeee754<T> => Special.LogAddExp(x, y);

        /// <inheritdoc/>
        public static Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z) => t * logistic(x - y);

        /// <inheritdoc/>
        public static Expr? ChainRight(Expr t, Expr x, Expr y, Expr z) => t * logistic(y - x);
    }
}

public static partial class Prelude
{
    /// <summary>z = ln(eˣ + eʸ) without overflow: dz = logistic(x − y) dx + logistic(y − x) dy. The operands broadcast.</summary>
    public static Expr logAddExp(Expr x, Expr y) => Elementwise("logAddExp", x, y, (a, b) => new FloatBinary<Functions.LogAddExp>(a, b));
}
