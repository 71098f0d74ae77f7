using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Numbers that come from nowhere: counts, keys, and Philox's random words.</summary>
internal static class Numbers
{
    private const long Low = 0xFFFF_FFFF;

    public static KernelCode Iota(Iota op, Geometry geometry)
    {
        var k = new KernelBuilder("iota");
        var to = k.Argument(op.Type.DType);
        if (op.Type.Shape.Size == 0) return k.Build(1, 1);
        return k.ForEach(op.Type.Shape.Size, geometry, at => k.Put(to, at, Truncated(Coordinates.Of(at, op.Type.Shape)[op.Axis], op.Type.DType)));
    }

    private static Value Truncated(Value i, DType to) => to == DType.U8 ? (i & 255).To(to) : i.To(to);

    public static KernelCode Key(Key op, Geometry geometry)
    {
        var k = new KernelBuilder("key");
        var to = k.Argument(DType.I64);
        return k.ForEach(1, geometry, at => k.Put(to, at, new Number(DType.I64, op.Seed)));
    }

    /// <summary>A word for each element, or two: see <see cref="Philox"/>, whose bits these are.</summary>
    public static KernelCode RandomBits(RandomBits op, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("randomBits");
        var (keys, to) = (k.Argument(DType.I64), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var size = checked((int)op.Shape.Size);
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var (key, i) = (k.Let(keys[at / size]), k.Let(at % size));
            if (op.To == DType.I32)
            {
                var words = Block(k, i / 4, key);
                var which = k.Let(i % 4);
                var word = Value.Select(which.Is(0), words[0], Value.Select(which.Is(1), words[1], Value.Select(which.Is(2), words[2], words[3])));
                k.Put(to, at, Signed(word));
            }
            else
            {
                var words = Block(k, i / 2, key);
                var second = k.Let((i % 2).Is(1));
                k.Put(to, at, Value.Select(second, words[2], words[0]) | (Value.Select(second, words[3], words[1]) << 32));
            }
        });
    }

    /// <summary>The 32 bits of a word as a signed integer.</summary>
    private static Value Signed(Value word) => Value.Select(word < new Number(DType.I64, 0x8000_0000), word, word - new Number(DType.I64, 0x1_0000_0000)).To(DType.I32);

    /// <summary>The four words of a block, each in the lower half of 64 bits.</summary>
    private static Value[] Block(KernelBuilder k, Value counter, Value key)
    {
        var mask = new Number(DType.I64, Low);
        Value[] x = [k.Let(counter.To(DType.I64)), new Number(DType.I64, 0), new Number(DType.I64, 0), new Number(DType.I64, 0)];
        var (k0, k1) = ((Value)k.Let(key & mask), (Value)k.Let(key >>> 32));
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = (k.Let(new Number(DType.I64, 0xD2511F53) * x[0]), k.Let(new Number(DType.I64, 0xCD9E8D57) * x[2]));
            x = [k.Let((b >>> 32) ^ x[1] ^ k0), k.Let(b & mask), k.Let((a >>> 32) ^ x[3] ^ k1), k.Let(a & mask)];
            (k0, k1) = (k.Let((k0 + new Number(DType.I64, 0x9E3779B9)) & mask), k.Let((k1 + new Number(DType.I64, 0xBB67AE85)) & mask));
        }
        return x;
    }
}
