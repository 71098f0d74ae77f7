using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x · 2ʸ, bits falling off the top.</summary>
    public readonly struct ShiftLeft : IBitwise
    {
        /// <inheritdoc/>
        public static string Name => "shiftLeft";

        /// <inheritdoc/>
        public static bool AcceptsBool => false;

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IBinaryInteger<T> => Special.InWidth(y) ? x << int.CreateTruncating(y) : T.Zero;
    }
}

public static partial class Prelude
{
    /// <summary>x shifted y bits up; 0 where y is negative or no less than the width. The operands broadcast. StableHLO <c>shift_left</c>.</summary>
    public static Expr shiftLeft(Expr x, Expr y) => Elementwise("shiftLeft", x, y, (a, b) => new Bitwise<Functions.ShiftLeft>(a, b));
}
