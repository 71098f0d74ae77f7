using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// f16: a sign, 5 bits of exponent, 10 of fraction. The exponents of f32 are 112 more. Numbers below the least normal one, 2⁻¹⁴, are multiples of 2⁻²⁴,
/// which is the last place of ½ in f32: adding ½ rounds them, and the sum's last bits are their number.
/// </summary>
public readonly struct Binary16 : IHalfFloat
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Dropped = 13;
    private const uint Sign = 0x8000_0000;
    private const uint Exponents = 112u << 23;
    private const uint Infinity = 0x7F80_0000;
    private const float LeastNormal = 1 / 16384f;
    private const float FirstBeyond = 65520;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Widened<V>(V bits) where V : struct, ILanes<V, float>
    {
        var (half, size) = (V.All(0.5f), bits & HalfFloats.Bits<V>(0x7FFF));
        var sign = V.ShiftLeft(V.SubtractBits(bits, size), 16);
        var scaled = V.AddBits(V.ShiftLeft(size, Dropped), HalfFloats.Bits<V>(Exponents));
        var special = V.GreaterOrEqual(scaled, V.All(65536f));
        var small = V.Less(scaled, V.All(LeastNormal));
        var number = V.Select(small, V.AddBits(half, size) - half, scaled);
        return V.Select(special, scaled | HalfFloats.Bits<V>(Infinity), number) | sign;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Round<V>(V x) where V : struct, ILanes<V, float>
    {
        var (half, sign) = (V.All(0.5f), x & HalfFloats.Bits<V>(Sign));
        var size = x ^ sign;
        var odd = V.ShiftRightLogical(size, Dropped) & HalfFloats.Bits<V>(1);
        var near = V.AddBits(size, V.AddBits(odd, HalfFloats.Bits<V>(0xFFF)));
        near = V.Select(V.Less(size, V.All(FirstBeyond)), near, HalfFloats.Bits<V>(Infinity));
        near = V.Select(V.Equal(x, x), near, size | HalfFloats.Bits<V>(0x0040_0000)) & HalfFloats.Bits<V>(0xFFFF_E000);
        return V.Select(V.Less(size, V.All(LeastNormal)), size + half - half, near) | sign;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Bits<V>(V x) where V : struct, ILanes<V, float>
    {
        var (half, sign) = (V.All(0.5f), x & HalfFloats.Bits<V>(Sign));
        var size = x ^ sign;
        var finite = V.ShiftRightLogical(V.SubtractBits(size, HalfFloats.Bits<V>(Exponents)), Dropped);
        var small = V.SubtractBits(size + half, half);
        var bits = V.Select(V.Less(size, V.All(LeastNormal)), small, V.Select(V.Less(size, V.All(65536f)), finite, V.ShiftRightLogical(size, Dropped) & HalfFloats.Bits<V>(0x7FFF)));
        return bits | V.ShiftRightLogical(sign, 16);
    }
}
