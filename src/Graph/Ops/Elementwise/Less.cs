using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x &lt; y.</summary>
    public readonly struct Less : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "less";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x < y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x &lt; y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr less(Expr x, Expr y) => Elementwise("less", x, y, (a, b) => new Comparison<Functions.Less>(a, b));

    /// <summary>Whether x &lt; y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr less(Expr x, double y) => less(x, constant(y, x.DType));
}
