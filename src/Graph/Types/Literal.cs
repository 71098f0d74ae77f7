using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>The value of a constant: a type and its elements' bits, row-major. Two are equal when their bits are (NaN = NaN, 0 ≠ −0).</summary>
public sealed class Literal : IEquatable<Literal>
{
    private readonly ImmutableArray<byte> bytes;

    private Literal(TensorType type, ImmutableArray<byte> bytes) => (Type, this.bytes) = (type, bytes);

    /// <summary>Element type and shape.</summary>
    public TensorType Type { get; }

    /// <summary>The elements' bits, row-major, little-endian.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan();

    /// <summary>A literal of <paramref name="shape"/> with a copy of <paramref name="values"/>.</summary>
    /// <exception cref="ShapeError">The number of values is not the shape's size.</exception>
    public static Literal Of<T>(Shape shape, ReadOnlySpan<T> values) where T : unmanaged =>
        shape.Size == values.Length
            ? new(new TensorType(DTypes.Of<T>(), shape), [.. MemoryMarshal.AsBytes(values)])
            : throw new ShapeError("constant", $"{values.Length} values do not fill the shape {shape} of {shape.Size} elements");

    /// <summary>A literal from raw bits.</summary>
    /// <exception cref="ShapeError">The number of bytes is not the type's.</exception>
    public static Literal OfBytes(TensorType type, ReadOnlySpan<byte> bytes) =>
        type.Bytes == bytes.Length
            ? new(type, [.. bytes])
            : throw new ShapeError("constant", $"{bytes.Length} bytes do not fill {type}, which takes {type.Bytes}");

    /// <summary>A single number, converted to <paramref name="type"/> as <c>convert</c> would.</summary>
    public static Literal Scalar(DType type, double value) => type switch
    {
        DType.Bool => Of<bool>([], [value != 0]),
        DType.U8 => Of<byte>([], [byte.CreateSaturating(value)]),
        DType.I32 => Of<int>([], [int.CreateSaturating(value)]),
        DType.I64 => Of<long>([], [long.CreateSaturating(value)]),
        DType.F32 => Of<float>([], [(float)value]),
        DType.F64 => Of<double>([], [value]),
        DType.F16 => Of<Half>([], [(Half)(float)value]),
        _ => Of<BFloat16>([], [(BFloat16)(float)value]),
    };

    /// <summary>The elements.</summary>
    /// <exception cref="ShapeError"><typeparamref name="T"/> is not this literal's element type.</exception>
    public ReadOnlySpan<T> As<T>() where T : unmanaged =>
        DTypes.Of<T>() == Type.DType
            ? MemoryMarshal.Cast<byte, T>(bytes.AsSpan())
            : throw new ShapeError("constant", $"{Type} cannot be read as {DTypes.Of<T>().Text}");

    /// <summary>The element at a flat index, as a double.</summary>
    public double this[int index] => Type.DType switch
    {
        DType.Bool => As<bool>()[index] ? 1 : 0,
        DType.U8 => As<byte>()[index],
        DType.I32 => As<int>()[index],
        DType.I64 => As<long>()[index],
        DType.F32 => As<float>()[index],
        DType.F64 => As<double>()[index],
        DType.F16 => (double)As<Half>()[index],
        _ => As<BFloat16>()[index],
    };

    /// <summary>The only value, when every element has the same bits and there is at least one.</summary>
    public double? Uniform
    {
        get
        {
            var size = Type.DType.Size;
            if (bytes.Length == 0) return null;
            for (var i = size; i < bytes.Length; i += size)
                if (!Bytes.Slice(i, size).SequenceEqual(Bytes[..size])) return null;
            return this[0];
        }
    }

    /// <inheritdoc/>
    public bool Equals(Literal? other) => other is not null && Type == other.Type && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Literal);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Type);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>A scalar's value, or the type and the first few values.</summary>
    public override string ToString()
    {
        if (Type.Rank == 0) return Element(0);
        const int shown = 8;
        var count = (int)Math.Min(Type.Shape.Size, shown);
        var first = string.Join(", ", Enumerable.Range(0, count).Select(Element));
        return $"[{first}{(Type.Shape.Size > shown ? ", …" : "")}]";
    }

    private string Element(int i) => Type.DType switch
    {
        DType.Bool => As<bool>()[i] ? "true" : "false",
        DType.I64 => As<long>()[i].ToString(),
        var type => Text(type, this[i]),
    };

    /// <summary>The shortest text of a number of an element type that is read as the same.</summary>
    public static string Text(DType type, double value) => type switch
    {
        DType.F32 => ((float)value).ToString("R"),
        DType.F16 => ((Half)value).ToString(),
        DType.BF16 => ((BFloat16)(float)value).ToString(),
        _ => value.ToString("R"),
    };
}
