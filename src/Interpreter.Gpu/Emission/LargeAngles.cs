using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// Numbers of which π/2 in three parts cannot be taken away n times: of 2/π, in binary, the digits are taken that make quarter turns and their
/// fractions, and multiplied by the number in integers (Payne and Hanek, 1983).
/// </summary>
internal static class LargeAngles
{
    private const double HalfPi = 1.5707963267948966, HalfPiRest = 6.123233995736766e-17;

    /// <summary>2/π: digits after the point, 64 at a time, after 64 that are before it.</summary>
    private static readonly ulong[] Digits =
    [
        0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C,
        0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F,
        0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08,
        0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
    ];

    private static Number Low => Word(0xFFFF_FFFF);

    private static Number Word(ulong word) => new(DType.I64, (long)word);

    /// <summary>32 digits, counted from 32 before the point.</summary>
    private static ulong Half(int at) => at % 2 == 0 ? Digits[(at + 1) / 2] & 0xFFFF_FFFF : Digits[(at + 1) / 2] >> 32;

    /// <summary>The element of a table from a place on, for places from 0 to below a count.</summary>
    private static Value Pick(Func<int, ulong> table, Value place, int count, int offset)
    {
        Value picked = Word(table(offset));
        for (var i = 1; i < count; i++) picked = Value.Select(place.Is(i), Word(table(i + offset)), picked);
        return picked;
    }

    /// <summary>The remainder r, |r| ≤ π/4, and the number of quarter turns, modulo 4, of a number from 2¹⁷ (f32) or 2³⁰ (f64) on.</summary>
    public static (Value Remainder, Value Turns) Of(Value x) => x.Type == DType.F32 ? OfSingle(x) : OfDouble(x);

    private static (Value Remainder, Value Turns) OfSingle(Value x)
    {
        var bits = x.As(DType.I32);
        var at = ((bits >> 23) & 255) - 120;
        var (place, shift, significand) = (at >> 5, at & 31, ((bits & 0x7F_FFFF) | 0x80_0000).To(DType.I64));
        Value[] digits = [.. Enumerable.Range(0, 4).Select(i => Pick(Half, place, 5, i))];
        Value[] window = [.. Enumerable.Range(0, 3).Select(i => (((digits[i] << 32) | digits[i + 1]) << shift) >>> 32)];
        var low = (significand * window[1]) + ((significand * window[2]) >>> 32);
        var product = (((significand * window[0]) + (low >>> 32)) << 32) | (low & Low);
        var (turns, fraction) = Rounded(product);
        var high = fraction.To(DType.F32);
        var (remainder, isNegative) = (Angle(high, (fraction - high.To(DType.I64)).To(DType.F32)), bits < 0);
        return (Value.Select(isNegative, -remainder, remainder), Value.Select(isNegative, -turns, turns).To(DType.I32));
    }

    private static (Value Remainder, Value Turns) OfDouble(Value x)
    {
        var bits = x.As(DType.I64);
        var at = ((bits >> 52) & Word(2047)).To(DType.I32) - 1013;
        var (place, shift, significand) = (at >> 6, at & 63, (bits & Word(0xF_FFFF_FFFF_FFFF)) | Word(0x10_0000_0000_0000));
        Value[] digits = [.. Enumerable.Range(0, 4).Select(i => Pick(k => Digits[k], place, 17, i))];
        Value[] window = [.. Enumerable.Range(0, 3).Select(i => (digits[i] << shift) | ((digits[i + 1] >>> 1) >>> ((Value)63 - shift)))];
        var product = Product(significand, window);
        var (turns, fraction) = Rounded((product[0] << 32) | product[1]);
        var below = (product[2] << 32) | product[3];
        var isBelow = fraction < Word(0);
        var (size, sizeBelow) = (Value.Select(isBelow, !fraction, fraction), Value.Select(isBelow, !below, below));
        var high = size.To(DType.F64);
        var rest = Value.Fma((sizeBelow >>> 1).To(DType.F64), Number.Of(DType.F64, Math.ScaleB(1, -63)), (size - high.To(DType.I64)).To(DType.F64));
        var (remainder, isNegative) = (Angle(high, rest), bits < Word(0));
        return (Value.Select(isNegative ^ isBelow, -remainder, remainder), Value.Select(isNegative, -turns, turns));
    }

    /// <summary>The upper six of the pieces of 32 bits of a product of 53 bits and 192, without what lies above.</summary>
    private static Value[] Product(Value significand, Value[] window)
    {
        Value[] pieces = [.. window.SelectMany(w => (Value[])[w >>> 32, w & Low])], result = new Value[pieces.Length];
        Value[] factors = [significand & Low, significand >>> 32];
        for (var row = 0; row < factors.Length; row++)
        {
            Value? carry = null;
            for (var k = pieces.Length - 1 - row; k >= 0; k--)
            {
                var sum = factors[row] * pieces[k + row];
                if (row > 0) sum += result[k];
                if (carry is not null) sum += carry;
                (result[k], carry) = (sum & Low, sum >>> 32);
            }
        }
        return result;
    }

    /// <summary>Of quarter turns with 62 binary digits after the point, the nearest integer, and how far it is from that.</summary>
    private static (Value Turns, Value Fraction) Rounded(Value turns)
    {
        var nearest = ((turns >>> 61) + Word(1)) >>> 1;
        return (nearest, turns - (nearest << 62));
    }

    /// <summary>Quarter turns times 2⁶², of which there is a first and a small part, as an angle.</summary>
    private static Value Angle(Value first, Value rest)
    {
        var scale = Math.ScaleB(1, -62);
        var (high, low) = first.Type == DType.F32 ? ((float)HalfPi, HalfPi - (float)HalfPi) : (HalfPi, HalfPiRest);
        Number Factor(double value) => Number.Of(first.Type, value * scale);
        return Value.Fma(first, Factor(high), Value.Fma(first, Factor(low), rest * Factor(high)));
    }
}
