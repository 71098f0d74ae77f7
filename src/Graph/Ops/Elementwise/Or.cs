using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ∨ y, bit by bit.</summary>
    public readonly struct Or : IBitwise
    {
        /// <inheritdoc/>
        public static string Name => "or";

        /// <inheritdoc/>
        public static bool AcceptsBool => true;

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IBinaryInteger<T> => x | y;
    }
}

public static partial class Prelude
{
    /// <summary>Either: the disjunction of truth values, or of the bits of integers. The operands broadcast.</summary>
    public static Expr or(Expr x, Expr y) => Elementwise("or", x, y, (a, b) => new Bitwise<Functions.Or>(a, b));
}
