using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ≤ y.</summary>
    public readonly struct LessEqual : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "lessEqual";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x <= y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x ≤ y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr lessEqual(Expr x, Expr y) => Elementwise("lessEqual", x, y, (a, b) => new Comparison<Functions.LessEqual>(a, b));

    /// <summary>Whether x ≤ y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr lessEqual(Expr x, double y) => lessEqual(x, constant(y, x.DType));
}
