using System.Runtime.InteropServices;

namespace Functional.Interpreter;

/// <summary>
/// An immutable value: a type and its elements, row-major. Dropping the last reference frees it. An interpreter may hold the elements on a
/// device; reading them brings them here.
/// </summary>
public sealed class Tensor : IEquatable<Tensor>
{
    private Storage? storage;

    /// <summary>A tensor over storage that the caller gives up.</summary>
    public Tensor(TensorType type, Storage storage)
    {
        if (storage.Bytes < type.Bytes) throw new ShapeError("tensor", $"{storage.Bytes} bytes do not hold {type}, which takes {type.Bytes}");
        (Type, this.storage) = (type, storage);
        storage.AddOwner();
    }

    /// <summary>Element type and shape.</summary>
    public TensorType Type { get; }

    /// <summary>The element type.</summary>
    public DType DType => Type.DType;

    /// <summary>The dimensions.</summary>
    public Shape Shape => Type.Shape;

    /// <summary>Where the elements are.</summary>
    /// <exception cref="InvalidOperationException">The tensor was donated to a run, which has overwritten it, or deleted.</exception>
    public Storage Storage => storage ?? throw new InvalidOperationException(
        $"this {Type} was donated to a run, which has reused its memory, or deleted: keep the run's result instead, or do not donate or delete");

    /// <summary>A tensor with a copy of the given elements.</summary>
    /// <exception cref="ShapeError">The number of values is not the shape's size.</exception>
    public static Tensor Of<T>(Shape shape, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (shape.Size != values.Length) throw new ShapeError("tensor", $"{values.Length} values do not fill the shape {shape} of {shape.Size} elements");
        return OfBytes(new(DTypes.Of<T>(), shape), MemoryMarshal.AsBytes(values));
    }

    /// <summary>A vector.</summary>
    public static Tensor Of<T>(params ReadOnlySpan<T> values) where T : unmanaged => Of([values.Length], values);

    /// <summary>A scalar.</summary>
    public static Tensor Scalar<T>(T value) where T : unmanaged => Of([], new ReadOnlySpan<T>(in value));

    /// <summary>A scalar of an element type, converted as <c>convert</c> would.</summary>
    public static Tensor Scalar(DType type, double value) => Of(Literal.Scalar(type, value));

    /// <summary>A constant's value.</summary>
    public static Tensor Of(Literal literal) => OfBytes(literal.Type, literal.Bytes);

    /// <summary>A tensor with a copy of the given bits, row-major, little-endian.</summary>
    public static Tensor OfBytes(TensorType type, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != type.Bytes) throw new ShapeError("tensor", $"{bytes.Length} bytes do not fill {type}, which takes {type.Bytes}");
        var host = HostStorage.Uninitialized(type.Bytes);
        bytes.CopyTo(host.Span);
        return new(type, host);
    }

    /// <summary>All elements the same.</summary>
    public static Tensor Full(TensorType type, double value)
    {
        var element = Literal.Scalar(type.DType, value).Bytes;
        var host = new HostStorage(type.Bytes);
        if (element.IndexOfAnyExcept((byte)0) >= 0)
            for (var i = 0; i < host.Span.Length; i += element.Length) element.CopyTo(host.Span[i..]);
        return new(type, host);
    }

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(TensorType type) => new(type, new HostStorage(type.Bytes));

    /// <summary>The elements' bits, row-major.</summary>
    public ReadOnlySpan<byte> Bytes => Storage.ToHost().Span[..(int)Type.Bytes];

    /// <summary>The elements, row-major.</summary>
    /// <exception cref="ShapeError"><typeparamref name="T"/> is not the element type.</exception>
    public ReadOnlySpan<T> Span<T>() where T : unmanaged
    {
        Check<T>();
        return MemoryMarshal.Cast<byte, T>(Bytes);
    }

    private void Check<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw new ShapeError("tensor", $"{Type} cannot be read as {DTypes.Of<T>().Text}");
    }

    /// <summary>A copy of the elements.</summary>
    /// <exception cref="ShapeError"><typeparamref name="T"/> is not the element type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        Check<T>();
        var values = GC.AllocateUninitializedArray<T>(checked((int)Shape.Size));
        Storage.ToHost().Read(0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>The value of a scalar, or of a tensor of one element.</summary>
    public double Value => Type.Shape.Size == 1 ? this[0] : throw new ShapeError("value", $"{Type} has {Type.Shape.Size} elements, not one");

    /// <summary>The element at a flat row-major index, as a double.</summary>
    public double this[int index] => DType switch
    {
        DType.Bool or DType.U8 => At<byte>(index),
        DType.I32 => At<int>(index),
        DType.I64 => At<long>(index),
        DType.F32 => At<float>(index),
        DType.F64 => At<double>(index),
        DType.F16 => (double)At<Half>(index),
        _ => At<BFloat16>(index),
    };

    private T At<T>(int index) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape.Size);
        var value = default(T);
        Storage.ToHost().Read((long)index * DType.Size, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    /// <summary>The same elements in row-major order under another shape, without a copy.</summary>
    public Tensor Reshape(Shape shape) => shape.Size == Shape.Size
        ? new(Type with { Shape = shape }, Storage)
        : throw new ShapeError("reshape", $"{Shape.Size} elements do not fill the shape {shape} of {shape.Size}");

    /// <summary>The value as a constant of a graph.</summary>
    public Literal ToLiteral() => Literal.OfBytes(Type, Bytes);

    /// <summary>The storage, given up: the tensor cannot be read any more.</summary>
    public Storage Donate()
    {
        var given = Storage;
        storage = null;
        given.DropOwner();
        return given;
    }

    /// <summary>
    /// Has the memory used again at once, rather than when the collector finds that nothing refers to the tensor: for large results in a tight
    /// loop. The tensor cannot be read any more; others that look at the same memory can.
    /// No run that reads it may be under way. JAX's <c>Array.delete</c>.
    /// </summary>
    public void Delete()
    {
        if (storage is not { } gone) return;
        storage = null;
        if (gone.DropOwner()) gone.Release();
    }

    /// <summary>Equality of type and bits.</summary>
    public bool Equals(Tensor? other) => other is not null && Type == other.Type && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Tensor);

    /// <inheritdoc/>
    public override int GetHashCode() => ToLiteral().GetHashCode();

    /// <summary>The type and the first few values.</summary>
    public override string ToString()
    {
        if (storage is null) return $"{Type} (donated or deleted)";
        const int shown = 8;
        var count = (int)Math.Min(Shape.Size, shown);
        var values = string.Join(", ", Enumerable.Range(0, count).Select(i => Literal.Text(DType, this[i])));
        return Shape.Rank == 0 ? values : $"{Type} [{values}{(Shape.Size > shown ? ", …" : "")}]";
    }
}
