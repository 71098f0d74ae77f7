using System.Buffers.Binary;
using System.Text;

namespace Functional;

/// <summary>Reads what <see cref="ByteWriter"/> wrote. Nothing is believed: a count of things that take a byte each must fit what is left to read.</summary>
internal sealed class ByteReader(ReadOnlyMemory<byte> bytes)
{
    private static readonly UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private int at;

    public int Left => bytes.Length - at;

    public byte Byte() => Bytes(1)[0];

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > Left) throw new InvalidDataException($"ends at byte {bytes.Length}, in the middle of {count} bytes that begin at {at}");
        at += count;
        return bytes.Span.Slice(at - count, count);
    }

    public ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var digit = Byte();
            if (shift == 63 && digit > 1) break;
            value |= (ulong)(digit & 0x7F) << shift;
            if (digit < 0x80) return value;
        }
        throw new InvalidDataException($"has a number of more than 64 bits before byte {at}");
    }

    /// <summary>How many things follow, each of at least one byte.</summary>
    public int Count()
    {
        var count = Unsigned();
        return count <= (ulong)Left ? (int)count : throw new InvalidDataException($"announces {count} entries at byte {at}, where {Left} bytes are left");
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int() => Signed() is >= int.MinValue and <= int.MaxValue and var value ? (int)value
        : throw new InvalidDataException($"has a number of more than 32 bits before byte {at}");

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));

    public string Text() => strict.GetString(Bytes(Count()));
}
