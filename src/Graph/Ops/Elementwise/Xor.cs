using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x ⊕ y, bit by bit.</summary>
    public readonly struct Xor : IBitwise
    {
        /// <inheritdoc/>
        public static string Name => "xor";

        /// <inheritdoc/>
        public static bool AcceptsBool => true;

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IBinaryInteger<T> => x ^ y;
    }
}

public static partial class Prelude
{
    /// <summary>One of the two: the exclusive disjunction of truth values, or of the bits of integers. The operands broadcast.</summary>
    public static Expr xor(Expr x, Expr y) => Elementwise("xor", x, y, (a, b) => new Bitwise<Functions.Xor>(a, b));
}
