using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Numbers of 16 bits, which become f32 as they are copied.</summary>
internal sealed unsafe class HalfSource<H> : Source<float> where H : IHalfFloat
{
    private const int Lines = 16;
    private const int Depth = 64;

    public override int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Panel(float* target, int width, byte* source, Matrix b, int row, int rows, int column, int columns)
    {
        var from = (ushort*)source;
        if (b.ColumnStride != 1 && columns > 1 && b.RowStride == 1)
        {
            Transposed(target, width, from, b, row, rows, column, columns);
            return;
        }
        for (var k = 0; k < rows; k++, target += width)
        {
            var line = from + b.Rows[row + k];
            if (b.ColumnStride == 1 || columns == 1) Copy(target, line + b.Columns[column], columns);
            else
                for (var j = 0; j < columns; j++) target[j] = One(line + b.Columns[column + j]);
            new Span<float>(target + columns, width - columns).Clear();
        }
    }

    /// <summary>A panel whose columns lie one element after the other: some of them at a time become f32, and these rows.</summary>
    private static void Transposed(float* target, int width, ushort* source, Matrix b, int row, int rows, int column, int columns)
    {
        var lines = stackalloc float[Lines * Depth];
        for (var k = 0; k < rows; k += Depth)
        {
            var depth = Math.Min(Depth, rows - k);
            for (var j = 0; j < columns; j += Lines)
            {
                var count = Math.Min(Lines, columns - j);
                for (var line = 0; line < count; line++) Copy(lines + line * Depth, source + b.Rows[row + k] + b.Columns[column + j + line], depth);
                Transposition<float>.Copy(lines, Depth, target + (long)k * width + j, width, count, depth);
            }
        }
        for (var k = 0; columns < width && k < rows; k++) new Span<float>(target + (long)k * width + columns, width - columns).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Rows(float* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns)
    {
        for (var r = 0; r < rows; r++, target += pitch)
        {
            var from = (ushort*)source + a.Rows[row + r];
            if (a.ColumnStride == 1) Copy(target, from + a.Columns[column], columns);
            else
                for (var k = 0; k < columns; k++) target[k] = One(from + a.Columns[column + k]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Columns(float* target, int pitch, byte* source, Matrix a, int row, int rows, int column, int columns)
    {
        for (var k = 0; k < columns; k++, target += pitch) Copy(target, (ushort*)source + a.Columns[column + k] + a.Rows[row], rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float One(ushort* from) => HalfFloats.Load<V1<float>, H>(from).Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* target, ushort* source, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= count - V512<float>.Count; i += V512<float>.Count) V512<float>.Store(HalfFloats.Load<V512<float>, H>(source + i), target + i);
        for (; i <= count - V128<float>.Count; i += V128<float>.Count) V128<float>.Store(HalfFloats.Load<V128<float>, H>(source + i), target + i);
        for (; i < count; i++) target[i] = One(source + i);
    }
}
