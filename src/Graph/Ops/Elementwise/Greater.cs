using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x &gt; y.</summary>
    public readonly struct Greater : IComparison
    {
        /// <inheritdoc/>
        public static string Name => "greater";

        /// <inheritdoc/>
        public static bool Apply<T>(T x, T y) where T : INumber<T> => x > y;
    }
}

public static partial class Prelude
{
    /// <summary>Whether x &gt; y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr greater(Expr x, Expr y) => Elementwise("greater", x, y, (a, b) => new Comparison<Functions.Greater>(a, b));

    /// <summary>Whether x &gt; y, a bool; false where either is NaN. The operands broadcast.</summary>
    public static Expr greater(Expr x, double y) => greater(x, constant(y, x.DType));
}
