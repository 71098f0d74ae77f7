using System.Collections.Immutable;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>Tensors of drawn numbers.</summary>
internal static class Values
{
    /// <summary>Values of a kind, the same for the same seed: small integers, or reals between −1 and 1. What is not floating-point is drawn as small integers.</summary>
    public static ImmutableArray<Tensor> Drawn(ImmutableArray<TensorType> types, Numbers numbers, int seed)
    {
        var random = new Random(seed);
        return [.. types.Select(t => Of(t, () => numbers == Numbers.Integers || !t.DType.IsFloat ? random.Next(-2, 3) : random.NextDouble() * 2 - 1))];
    }

    /// <summary>A tensor whose elements are drawn one after the other.</summary>
    public static Tensor Of(TensorType type, Func<double> draw) => Of(type, [.. Enumerable.Range(0, checked((int)type.Shape.Size)).Select(_ => draw())]);

    /// <summary>A tensor of numbers, converted to its element type.</summary>
    public static Tensor Of(TensorType type, double[] values) => type.DType switch
    {
        DType.F32 => Tensor.Of<float>(type.Shape, [.. values.Select(v => (float)v)]),
        DType.F64 => Tensor.Of<double>(type.Shape, values),
        DType.I32 => Tensor.Of<int>(type.Shape, [.. values.Select(v => (int)v)]),
        DType.I64 => Tensor.Of<long>(type.Shape, [.. values.Select(v => (long)v)]),
        DType.F16 => Tensor.Of<Half>(type.Shape, [.. values.Select(v => (Half)(float)v)]),
        DType.BF16 => Tensor.Of<BFloat16>(type.Shape, [.. values.Select(v => (BFloat16)(float)v)]),
        DType.U8 => Tensor.Of<byte>(type.Shape, [.. values.Select(v => (byte)Math.Abs(v))]),
        _ => Tensor.Of<bool>(type.Shape, [.. values.Select(v => v > 0)]),
    };

    /// <summary>The elements of several tensors, one after the other.</summary>
    public static double[] Flat(IEnumerable<Tensor> tensors) => [.. tensors.SelectMany(Elements)];

    /// <summary>A tensor's elements.</summary>
    public static double[] Elements(Tensor x) => [.. Enumerable.Range(0, (int)x.Shape.Size).Select(i => x[i])];

    /// <summary>The sum of the products of corresponding elements, and of the products' sizes.</summary>
    public static (double Sum, double Size) Inner(IEnumerable<Tensor> xs, IEnumerable<Tensor> ys)
    {
        var (sum, size) = (0.0, 0.0);
        foreach (var (x, y) in xs.Zip(ys))
            for (var i = 0; i < x.Shape.Size; i++) (sum, size) = (sum + x[i] * y[i], size + Math.Abs(x[i] * y[i]));
        return (sum, size);
    }

    /// <summary>Tensors of one type along a new axis 0.</summary>
    public static Tensor Stack(ImmutableArray<Tensor> items) =>
        Tensor.OfBytes(items[0].Type with { Shape = items[0].Shape.Insert(0, items.Length) }, [.. items.SelectMany(t => t.Bytes.ToArray())]);

    /// <summary>The tensor at a place along axis 0.</summary>
    public static Tensor At(Tensor stacked, int place)
    {
        var type = stacked.Type with { Shape = stacked.Shape[1..] };
        return Tensor.OfBytes(type, stacked.Bytes.Slice(checked((int)(place * type.Bytes)), checked((int)type.Bytes)));
    }
}
