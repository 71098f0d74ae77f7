using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ≠ y.</summary>
    public readonly struct NotEqual : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "notEqual";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x != y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x ≠ y, a bool; true where either is NaN. The operands broadcast.</summary>
    public static Expr notEqual(Expr x, Expr y) => Elementwise("notEqual", x, y, (a, b) => new Comparison<Functions.NotEqual>(a, b));

    /// <summary>Whether x ≠ y, a bool; true where either is NaN. The operands broadcast.</summary>
    public static Expr notEqual(Expr x, double y) => notEqual(x, constant(y, x.DType));
}
