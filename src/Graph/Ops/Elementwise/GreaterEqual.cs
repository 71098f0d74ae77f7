using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ≥ y.</summary>
    public readonly struct GreaterEqual : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "greaterEqual";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x >= y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x ≥ y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr greaterEqual(Expr x, Expr y) => Elementwise("greaterEqual", x, y, (a, b) => new Comparison<Functions.GreaterEqual>(a, b));

    /// <summary>Whether x ≥ y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr greaterEqual(Expr x, double y) => greaterEqual(x, constant(y, x.DType));
}
