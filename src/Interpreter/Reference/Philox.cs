using System.Runtime.InteropServices;

namespace Functional.Interpreter;

/// <summary>Philox4x32-10: ten rounds of multiplication and exclusive or (Salmon et al., SC 2011, section 4.3).</summary>
public static class Philox
{
    /// <summary>The four words of a block.</summary>
    public static (uint, uint, uint, uint) Block(ulong counter, ulong key)
    {
        var (x0, x1, x2, x3) = ((uint)counter, (uint)(counter >> 32), 0u, 0u);
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = ((ulong)0xD2511F53 * x0, (ulong)0xCD9E8D57 * x2);
            (x0, x1, x2, x3) = ((uint)(b >> 32) ^ x1 ^ k0, (uint)b, (uint)(a >> 32) ^ x3 ^ k1, (uint)a);
            (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
        }
        return (x0, x1, x2, x3);
    }

    /// <summary>Word i of a key's stream.</summary>
    public static uint Word(ulong key, long i)
    {
        var (a, b, c, d) = Block((ulong)(i / 4), key);
        return (i % 4) switch { 0 => a, 1 => b, 2 => c, _ => d };
    }

    internal static Tensor Bits(Tensor keys, RandomBits op, TensorType type)
    {
        var (size, result) = (op.Shape.Size, new HostStorage(type.Bytes));
        var ints = MemoryMarshal.Cast<byte, uint>(result.Span);
        var longs = MemoryMarshal.Cast<byte, ulong>(result.Span);
        for (var k = 0; k < keys.Shape.Size; k++)
        {
            var key = (ulong)keys.Span<long>()[k];
            for (var i = 0; i < size; i++)
            {
                var at = (int)(k * size + i);
                if (op.To == DType.I32) ints[at] = Word(key, i);
                else longs[at] = Word(key, 2L * i) | (ulong)Word(key, 2L * i + 1) << 32;
            }
        }
        return new(type, result);
    }
}
