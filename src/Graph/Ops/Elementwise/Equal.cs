using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x = y.</summary>
    public readonly struct Equal : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "equal";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x == y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x = y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr equal(Expr x, Expr y) => Elementwise("equal", x, y, (a, b) => new Comparison<Functions.Equal>(a, b));

    /// <summary>Whether x = y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr equal(Expr x, double y) => equal(x, constant(y, x.DType));
}
