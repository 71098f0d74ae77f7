namespace Functional;

/// <summary>What is known of a tensor before it has a value: its element type and its dimensions.</summary>
public readonly record struct TensorType(DType DType, Shape Shape)
{
    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Rank;

    /// <summary>Bytes that a dense tensor of this type takes.</summary>
    public long Bytes => checked(Shape.Size * DType.Size);

    /// <summary>The type as text, <c>f32[64,10]</c>.</summary>
    public override string ToString() => $"{DType.Text}{Shape}";

    /// <summary>A 32-bit floating-point tensor type.</summary>
    public static TensorType F32(params ReadOnlySpan<int> dims) => new(DType.F32, Shape.Of(dims));

    /// <summary>A 64-bit floating-point tensor type.</summary>
    public static TensorType F64(params ReadOnlySpan<int> dims) => new(DType.F64, Shape.Of(dims));

    /// <summary>A 16-bit floating-point tensor type.</summary>
    public static TensorType F16(params ReadOnlySpan<int> dims) => new(DType.F16, Shape.Of(dims));

    /// <summary>A tensor type of 16-bit floating-point numbers with the range of 32 bits.</summary>
    public static TensorType BF16(params ReadOnlySpan<int> dims) => new(DType.BF16, Shape.Of(dims));

    /// <summary>A 32-bit integer tensor type.</summary>
    public static TensorType I32(params ReadOnlySpan<int> dims) => new(DType.I32, Shape.Of(dims));

    /// <summary>A 64-bit integer tensor type.</summary>
    public static TensorType I64(params ReadOnlySpan<int> dims) => new(DType.I64, Shape.Of(dims));

    /// <summary>A boolean tensor type.</summary>
    public static TensorType Bool(params ReadOnlySpan<int> dims) => new(DType.Bool, Shape.Of(dims));

    /// <summary>A byte tensor type.</summary>
    public static TensorType U8(params ReadOnlySpan<int> dims) => new(DType.U8, Shape.Of(dims));
}
