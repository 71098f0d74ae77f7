using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The elements of a constant in runs of at most 256: one byte says whether a run's elements are all the same, and stand there once. What is
/// read grows run by run, so that no length is believed before its bytes are there.
/// </summary>
internal static class LiteralBytes
{
    private const int Run = 256;
    private static readonly Codec types = Codec.Of(typeof(TensorType))!;

    public static void Write(GraphWriter to, Literal literal)
    {
        types.Write(to, literal.Type);
        var bytes = literal.Bytes;
        var size = literal.Type.DType.Size;
        for (var start = 0; start < bytes.Length; start += Run * size)
        {
            var run = bytes[start..Math.Min(bytes.Length, start + Run * size)];
            var same = run.Length > size && run[size..].SequenceEqual(run[..^size]);
            to.To.Byte(same ? (byte)1 : (byte)0);
            to.To.Bytes(same ? run[..size] : run);
        }
    }

    public static Literal Read(GraphReader from)
    {
        var type = (TensorType)types.Read(from);
        var (bytes, size, left) = (ImmutableArray.CreateBuilder<byte>(), type.DType.Size, type.Bytes);
        while (left > 0)
        {
            var length = (int)Math.Min(left, Run * size);
            var same = from.From.Byte();
            if (same > 1) throw new InvalidDataException($"has a run of constants of kind {same}, which this version does not know");
            var given = from.From.Bytes(same == 1 ? size : length);
            for (var written = 0; written < length; written += given.Length) bytes.AddRange(given);
            left -= length;
        }
        if (type.DType == DType.Bool && bytes.Any(b => b > 1)) throw new InvalidDataException("has a truth value that is neither 0 nor 1");
        return Literal.OfBytes(type, bytes.ToImmutable().AsSpan());
    }
}
