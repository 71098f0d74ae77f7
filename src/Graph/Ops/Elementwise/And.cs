using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ∧ y, bit by bit.</summary>
    public readonly struct And : IBitwise
    {
        /// <inheritdoc/>
        public static string Name => "and";

        /// <inheritdoc/>
        public static bool AcceptsBool => true;

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IBinaryInteger<T> => x & y;
    }
}

public static partial class Prelude
{
    /// <summary>Both: the conjunction of truth values, or of the bits of integers. The operands broadcast.</summary>
    public static Expr and(Expr x, Expr y) => Elementwise("and", x, y, (a, b) => new Bitwise<Functions.And>(a, b));
}
