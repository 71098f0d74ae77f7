using System.Numerics;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// A vector of <see cref="Count"/> numbers: what a function is written in once, for every instruction set. Its implementations
/// (<see cref="V512{T}"/>, <see cref="V256{T}"/>, <see cref="V128{T}"/> and <see cref="V1{T}"/>, a single number) give the same bits lane by lane,
/// NaN's own apart. A predicate is a vector, too: a mask, whose lanes have all bits set or none.
/// </summary>
/// <typeparam name="V">The vector.</typeparam>
/// <typeparam name="T">float, double, int, long or byte.</typeparam>
public interface ILanes<V, T> where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>How many numbers.</summary>
    static abstract int Count { get; }

    /// <summary>The numbers from an address on, which need not be aligned.</summary>
    static abstract unsafe V Load(T* from);

    /// <summary>Writes the numbers from an address on, which need not be aligned.</summary>
    static abstract unsafe void Store(V x, T* to);

    /// <summary>One number in all lanes.</summary>
    static abstract V All(T value);

    /// <summary>A constant of either precision in all lanes, for floating-point T.</summary>
    static abstract V Constant(float single, double @double);

    /// <summary>start, start + 1, start + 2, ...</summary>
    static abstract V Counting(T start);

    /// <summary>x + y; integers wrap.</summary>
    static abstract V operator +(V x, V y);

    /// <summary>x − y; integers wrap.</summary>
    static abstract V operator -(V x, V y);

    /// <summary>x · y; integers wrap.</summary>
    static abstract V operator *(V x, V y);

    /// <summary>x / y. Integers truncate; by 0 they give all bits set, and the most negative one by −1 gives itself.</summary>
    static abstract V operator /(V x, V y);

    /// <summary>−x.</summary>
    static abstract V operator -(V x);

    /// <summary>The conjunction of bits.</summary>
    static abstract V operator &(V x, V y);

    /// <summary>The disjunction of bits.</summary>
    static abstract V operator |(V x, V y);

    /// <summary>The exclusive disjunction of bits.</summary>
    static abstract V operator ^(V x, V y);

    /// <summary>The other bits.</summary>
    static abstract V operator ~(V x);

    /// <summary>x · y + z, rounded once.</summary>
    static abstract V Fma(V x, V y, V z);

    /// <summary>The lesser, as IEEE 754's <c>minimum</c>: NaN where either is, −0 below 0.</summary>
    static abstract V Min(V x, V y);

    /// <summary>The greater, as IEEE 754's <c>maximum</c>: NaN where either is, 0 above −0.</summary>
    static abstract V Max(V x, V y);

    /// <summary>x where it is no less than the bound, else the bound, which is neither NaN nor zero; NaN stays. Quicker than <see cref="Max"/>.</summary>
    static abstract V AtLeast(V x, V bound);

    /// <summary>x where it is no more than the bound, else the bound, which is neither NaN nor zero; NaN stays. Quicker than <see cref="Min"/>.</summary>
    static abstract V AtMost(V x, V bound);

    /// <summary>|x|; the most negative integer stays itself.</summary>
    static abstract V Abs(V x);

    /// <summary>√x, correctly rounded.</summary>
    static abstract V Sqrt(V x);

    /// <summary>The greatest integer not above x.</summary>
    static abstract V Floor(V x);

    /// <summary>The least integer not below x.</summary>
    static abstract V Ceiling(V x);

    /// <summary>The nearest integer, ties to even.</summary>
    static abstract V Round(V x);

    /// <summary>The nearest integer towards zero.</summary>
    static abstract V Truncate(V x);

    /// <summary>|x| with the sign of another.</summary>
    static abstract V CopySign(V x, V sign);

    /// <summary>The mask of x &lt; y.</summary>
    static abstract V Less(V x, V y);

    /// <summary>The mask of x ≤ y.</summary>
    static abstract V LessOrEqual(V x, V y);

    /// <summary>The mask of x &gt; y.</summary>
    static abstract V Greater(V x, V y);

    /// <summary>The mask of x ≥ y.</summary>
    static abstract V GreaterOrEqual(V x, V y);

    /// <summary>The mask of x = y.</summary>
    static abstract V Equal(V x, V y);

    /// <summary>The mask of x ≠ y, which holds of NaN.</summary>
    static abstract V NotEqual(V x, V y);

    /// <summary>x where the mask holds, y elsewhere.</summary>
    static abstract V Select(V mask, V x, V y);

    /// <summary>Whether the mask holds anywhere.</summary>
    static abstract bool Any(V mask);

    /// <summary>The mask of <see cref="Count"/> truth values, bytes of which 0 is false.</summary>
    static abstract unsafe V LoadMask(byte* from);

    /// <summary>Writes a mask as truth values, the bytes 0 and 1.</summary>
    static abstract unsafe void StoreMask(V mask, byte* to);

    /// <summary>The sum of the lanes: the upper half is added to the lower until one is left.</summary>
    static abstract T Sum(V x);

    /// <summary>The product of the lanes, along the tree of <see cref="Sum"/>.</summary>
    static abstract T Product(V x);

    /// <summary>The least of the lanes, as <see cref="Min"/>.</summary>
    static abstract T MinOf(V x);

    /// <summary>The greatest of the lanes, as <see cref="Max"/>.</summary>
    static abstract T MaxOf(V x);

    /// <summary>The bits, as an integer as wide as T, times 2ⁿ, for 0 ≤ n &lt; the width.</summary>
    static abstract V ShiftLeft(V x, int n);

    /// <summary>The bits, as a signed integer as wide as T, over 2ⁿ, rounded down.</summary>
    static abstract V ShiftRight(V x, int n);

    /// <summary>The bits moved down by n, zeros coming in.</summary>
    static abstract V ShiftRightLogical(V x, int n);

    /// <summary>The bits of integers moved up by the integers y: 0 where y is negative or no less than the width.</summary>
    static abstract V ShiftLeft(V x, V y);

    /// <summary>The bits of integers moved down by the integers y, zeros coming in: 0 where y is negative or no less than the width.</summary>
    static abstract V ShiftRightLogical(V x, V y);

    /// <summary>The sum of the bits as integers as wide as T.</summary>
    static abstract V AddBits(V x, V y);

    /// <summary>The difference of the bits as integers as wide as T.</summary>
    static abstract V SubtractBits(V x, V y);

    /// <summary>The bits of the integer that x is, for integral |x| &lt; 2²² (float) or 2⁵¹ (double).</summary>
    static virtual V IntegerBits(V x) => Lanewise.IntegerBits<V, T>(x);

    /// <summary>The number whose <see cref="IntegerBits"/> these are.</summary>
    static virtual V OfIntegerBits(V bits) => Lanewise.OfIntegerBits<V, T>(bits);

    /// <summary>x · 2ⁿ, rounded once, for 2⁻²⁰ ≤ |x| ≤ 2²⁰ and integral n, however large.</summary>
    static virtual V Scale(V x, V n) => Lanewise.Scale<V, T>(x, n);

    /// <summary>The m in [¾, 1½) and the integral e with x = m 2ᵉ: m = 1 for 0 and ∞, with e = −∞ and ∞; m is NaN below 0.</summary>
    static virtual V Decompose(V x, out V exponent) => Lanewise.Decompose<V, T>(x, out exponent);

    /// <summary>The remainder of x by π/2 and bits that end with the quotient modulo 4, given those that hold for |x| up to 2¹⁷ (f32) or 2³⁰ (f64): better ones, for lanes that cannot <see cref="Replace"/>.</summary>
    static virtual V QuarterTurns(V x, V remainder, V bits, out V exactBits)
    {
        exactBits = bits;
        return remainder;
    }

    /// <summary>y, and where the mask holds a double's function of x.</summary>
    static virtual V Replace(V mask, V x, V y, Func<double, double> f) => Lanewise.Replace<V, T>(mask, x, y, f);

    /// <summary>r, and where the mask holds what the division of x by y leaves.</summary>
    static virtual V Remainder(V mask, V x, V y, V r) => Lanewise.Remainder<V, T>(mask, x, y, r);
}
