using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>The functions that are an instruction or two, for any number. Predicates give masks.</summary>
public static partial class Lanes
{
    /// <summary>x + y.</summary>
    [Computes("add")]
    [MethodImpl(Inline)]
    public static V Add<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x + y;

    /// <summary>x − y.</summary>
    [Computes("sub")]
    [MethodImpl(Inline)]
    public static V Sub<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x - y;

    /// <summary>x · y.</summary>
    [Computes("mul")]
    [MethodImpl(Inline)]
    public static V Mul<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x * y;

    /// <summary>x / y.</summary>
    [Computes("div")]
    [MethodImpl(Inline)]
    public static V Div<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x / y;

    /// <summary>The greater.</summary>
    [Computes("maximum")]
    [MethodImpl(Inline)]
    public static V Max<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Max(x, y);

    /// <summary>The lesser.</summary>
    [Computes("minimum")]
    [MethodImpl(Inline)]
    public static V Min<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Min(x, y);

    /// <summary>−x.</summary>
    [Computes("neg")]
    [MethodImpl(Inline)]
    public static V Neg<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        -x;

    /// <summary>|x|.</summary>
    [Computes("abs")]
    [MethodImpl(Inline)]
    public static V Abs<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Abs(x);

    /// <summary>−1, 0 or 1; ±0 and NaN stay themselves.</summary>
    [Computes("sign")]
    [MethodImpl(Inline)]
    public static V Sign<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Select(V.Greater(x, V.All(T.Zero)), V.All(T.One), V.Select(V.Less(x, V.All(T.Zero)), -V.All(T.One), x));

    /// <summary>max(x, 0); NaN stays.</summary>
    [Computes("relu")]
    [MethodImpl(Inline)]
    public static V Relu<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Select(V.LessOrEqual(x, V.All(T.Zero)), V.All(T.Zero), x);

    /// <summary>√x.</summary>
    [Computes("sqrt")]
    [MethodImpl(Inline)]
    public static V Sqrt<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Sqrt(x);

    /// <summary>⌊x⌋.</summary>
    [Computes("floor")]
    [MethodImpl(Inline)]
    public static V Floor<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Floor(x);

    /// <summary>⌈x⌉.</summary>
    [Computes("ceil")]
    [MethodImpl(Inline)]
    public static V Ceil<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Ceiling(x);

    /// <summary>The nearest integer, ties to even.</summary>
    [Computes("round")]
    [MethodImpl(Inline)]
    public static V Round<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Round(x);

    /// <summary>x = y.</summary>
    [Computes("equal")]
    [MethodImpl(Inline)]
    public static V Equal<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Equal(x, y);

    /// <summary>x ≠ y.</summary>
    [Computes("notEqual")]
    [MethodImpl(Inline)]
    public static V NotEqual<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.NotEqual(x, y);

    /// <summary>x &lt; y.</summary>
    [Computes("less")]
    [MethodImpl(Inline)]
    public static V Less<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Less(x, y);

    /// <summary>x ≤ y.</summary>
    [Computes("lessEqual")]
    [MethodImpl(Inline)]
    public static V LessEqual<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.LessOrEqual(x, y);

    /// <summary>x &gt; y.</summary>
    [Computes("greater")]
    [MethodImpl(Inline)]
    public static V Greater<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Greater(x, y);

    /// <summary>x ≥ y.</summary>
    [Computes("greaterEqual")]
    [MethodImpl(Inline)]
    public static V GreaterEqual<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.GreaterOrEqual(x, y);

    /// <summary>x ∧ y, bit by bit.</summary>
    [Computes("and")]
    [MethodImpl(Inline)]
    public static V And<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x & y;

    /// <summary>x ∨ y, bit by bit.</summary>
    [Computes("or")]
    [MethodImpl(Inline)]
    public static V Or<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x | y;

    /// <summary>Either but not both, bit by bit.</summary>
    [Computes("xor")]
    [MethodImpl(Inline)]
    public static V Xor<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x ^ y;

    /// <summary>x · 2ʸ, bits falling off the top.</summary>
    [Computes("shiftLeft")]
    [MethodImpl(Inline)]
    public static V ShiftLeft<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.ShiftLeft(x, y);

    /// <summary>The bits of x moved down by y, zeros coming in.</summary>
    [Computes("shiftRight")]
    [MethodImpl(Inline)]
    public static V ShiftRight<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.ShiftRightLogical(x, y);

    /// <summary>x.</summary>
    [Computes("stopGradient")]
    [MethodImpl(Inline)]
    public static V StopGradient<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        x;
}
