using System.Globalization;

namespace Functional;

/// <summary>
/// The upper half of a <see cref="float"/>: its sign, its 8 bits of exponent and 7 of its 23 bits of fraction. What tensors of
/// <see cref="DType.BF16"/> store. It is converted and compared; to compute with it, convert it to <see cref="float"/>, which is exact.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>, IComparable<BFloat16>
{
    private readonly ushort bits;

    private BFloat16(ushort bits) => this.bits = bits;

    /// <summary>The number with some bits.</summary>
    public static BFloat16 OfBits(ushort bits) => new(bits);

    /// <summary>The bits.</summary>
    public ushort Bits => bits;

    /// <summary>The nearest, of two equally near that with an even last bit; infinity from halfway beyond the greatest on; NaN stays NaN, with its sign and the upper bits of its payload.</summary>
    public static explicit operator BFloat16(float x)
    {
        var of = BitConverter.SingleToUInt32Bits(x);
        return new((ushort)((float.IsNaN(x) ? of | 0x0040_0000 : of + 0x7FFF + ((of >> 16) & 1)) >> 16));
    }

    /// <summary>The same number.</summary>
    public static implicit operator float(BFloat16 x) => BitConverter.UInt32BitsToSingle((uint)x.bits << 16);

    /// <summary>Whether both are the same number, ±0 being one; NaN is none.</summary>
    public static bool operator ==(BFloat16 x, BFloat16 y) => (float)x == y;

    /// <summary>Whether they are not the same number.</summary>
    public static bool operator !=(BFloat16 x, BFloat16 y) => (float)x != y;

    /// <summary>Whether x is below y.</summary>
    public static bool operator <(BFloat16 x, BFloat16 y) => (float)x < y;

    /// <summary>Whether x is above y.</summary>
    public static bool operator >(BFloat16 x, BFloat16 y) => (float)x > y;

    /// <summary>Whether x is not above y.</summary>
    public static bool operator <=(BFloat16 x, BFloat16 y) => (float)x <= y;

    /// <summary>Whether x is not below y.</summary>
    public static bool operator >=(BFloat16 x, BFloat16 y) => (float)x >= y;

    /// <summary>As <see cref="float"/> compares: NaN equals NaN and is below all numbers.</summary>
    public int CompareTo(BFloat16 other) => ((float)this).CompareTo(other);

    /// <summary>As <see cref="float"/>: NaN equals NaN.</summary>
    public bool Equals(BFloat16 other) => ((float)this).Equals(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>The fewest digits that no other number is as near to.</summary>
    public override string ToString()
    {
        const int enough = 4;
        float x = this;
        for (var digits = 1; digits < enough; digits++)
            if (x.ToString($"G{digits}", CultureInfo.InvariantCulture) is var text && float.TryParse(text, CultureInfo.InvariantCulture, out var read) && ((BFloat16)read).Equals(this)) return text;
        return x.ToString($"G{enough}", CultureInfo.InvariantCulture);
    }
}
