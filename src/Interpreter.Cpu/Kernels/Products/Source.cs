using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>How an operand of a product is copied to where micro-kernels read it: as it is, or numbers of 16 bits as f32.</summary>
internal abstract unsafe class Source<T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>The bytes of an element where it is copied from.</summary>
    public abstract int Size { get; }

    /// <summary>Whether micro-kernels cannot read it where it lies.</summary>
    public bool IsConverted => Size != sizeof(T);

    /// <inheritdoc cref="Packing{T}.Panel"/>
    public abstract void Panel(T* target, int width, byte* source, Matrix b, int row, int rows, int column, int columns);

    /// <inheritdoc cref="Packing{T}.Rows"/>
    public abstract void Rows(T* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns);

    /// <inheritdoc cref="Packing{T}.Columns"/>
    public abstract void Columns(T* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns);

    /// <summary>For an operand whose root has an element type.</summary>
    public static Source<T> Of(DType type) => type switch
    {
        DType.F16 => (Source<T>)(object)new HalfSource<Arithmetic.Binary16>(),
        DType.BF16 => (Source<T>)(object)new HalfSource<Arithmetic.Brain16>(),
        _ => new SameSource<T>(),
    };
}

/// <inheritdoc/>
internal sealed unsafe class SameSource<T> : Source<T> where T : unmanaged, IBinaryNumber<T>
{
    public override int Size => sizeof(T);

    public override void Panel(T* target, int width, byte* source, Matrix b, int row, int rows, int column, int columns) => Packing<T>.Panel(target, width, (T*)source, b, row, rows, column, columns);

    public override void Rows(T* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns) => Packing<T>.Rows(target, pitch, (T*)source, a, row, rows, column, columns);

    public override void Columns(T* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns) => Packing<T>.Columns(target, pitch, (T*)source, a, row, rows, column, columns);
}
