using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Functional;

/// <summary>Numbers and texts as bytes: integers in base 128, small ones first; the sign in the lowest bit.</summary>
internal sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public void Byte(byte value) => buffer.Write([value]);

    public void Bytes(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

    public void Unsigned(ulong value)
    {
        var room = buffer.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7) room[count++] = (byte)(value | 0x80);
        room[count++] = (byte)value;
        buffer.Advance(count);
    }

    public void Count(int count) => Unsigned((ulong)count);

    public void Signed(long value) => Unsigned((ulong)(value << 1 ^ value >> 63));

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(sizeof(double)), value);
        buffer.Advance(sizeof(double));
    }

    public void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Count(bytes.Length);
        Bytes(bytes);
    }
}
