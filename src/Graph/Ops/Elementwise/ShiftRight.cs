using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>The bits of x moved down, zeros coming in.</summary>
    public readonly struct ShiftRight : IBitwise
    {
        /// <inheritdoc/>
        public static string Name => "shiftRight";

        /// <inheritdoc/>
        public static bool AcceptsBool => false;

        /// <inheritdoc/>
        public static T Apply<T>(T x, T y) where T : IBinaryInteger<T> => Special.InWidth(y) ? x >>> int.CreateTruncating(y) : T.Zero;
    }
}

public static partial class Prelude
{
    /// <summary>x shifted y bits down, zeros coming in; 0 where y is negative or no less than the width. The operands broadcast. StableHLO <c>shift_right_logical</c>.</summary>
    public static Expr shiftRight(Expr x, Expr y) => Elementwise("shiftRight", x, y, (a, b) => new Bitwise<Functions.ShiftRight>(a, b));
}
