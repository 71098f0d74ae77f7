using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Copies parts of a matrix to where a micro-kernel reads them.</summary>
internal static unsafe class Packing<T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>Writes some rows and columns of a matrix, <paramref name="width"/> elements to a row, zeros past the last column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(T* target, int width, T* source, Matrix b, int row, int rows, int column, int columns)
    {
        if (b.ColumnStride == 1 || columns == 1) Copy(target, width, source + b.Columns[column], b.Rows, row, rows, columns);
        else if (b is { RowStride: 1, ColumnStride: { } stride })
        {
            Transposition<T>.Copy(source + b.Rows[row] + b.Columns[column], stride, target, width, columns, rows);
            if (columns == width) return;
            for (var k = 0; k < rows; k++) new Span<T>(target + (long)k * width + columns, width - columns).Clear();
        }
        else
        {
            for (int j = 0, some; j < columns; j += some)
            {
                some = b.Adjacent(column + j, columns - j);
                var from = source + b.Columns[column + j];
                for (var k = 0; k < rows; k++) Copy(target + j + ((long)k * width), from + b.Rows[row + k], some);
            }
            for (var k = 0; columns < width && k < rows; k++) new Span<T>(target + columns + ((long)k * width), width - columns).Clear();
        }
    }

    /// <summary>Writes some rows and columns of a matrix, row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(T* target, int pitch, T* source, Matrix a, int row, int rows, int column, int columns)
    {
        for (var r = 0; r < rows; r++, target += pitch)
        {
            var from = source + a.Rows[row + r];
            if (a.ColumnStride == 1) Copy(target, from + a.Columns[column], columns);
            else
                for (var k = 0; k < columns; k++) target[k] = from[a.Columns[column + k]];
        }
    }

    /// <summary>Writes some rows and columns of a matrix of adjacent rows, column after column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns(T* target, int pitch, T* source, Matrix a, int row, int rows, int column, int columns)
    {
        for (var k = 0; k < columns; k++, target += pitch) Copy(target, source + a.Columns[column + k] + a.Rows[row], rows);
    }

    /// <summary>Adjacent elements: what is left of whole vectors by one that overlaps the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(T* target, T* source, int count)
    {
        if (count >= Vector512<T>.Count)
        {
            var last = count - Vector512<T>.Count;
            for (var i = 0; i < last; i += Vector512<T>.Count) Vector512.Load(source + i).Store(target + i);
            Vector512.Load(source + last).Store(target + last);
        }
        else if (count >= Vector256<T>.Count)
        {
            Vector256.Load(source).Store(target);
            Vector256.Load(source + count - Vector256<T>.Count).Store(target + count - Vector256<T>.Count);
        }
        else if (count >= Vector128<T>.Count)
        {
            Vector128.Load(source).Store(target);
            Vector128.Load(source + count - Vector128<T>.Count).Store(target + count - Vector128<T>.Count);
        }
        else
            for (var i = 0; i < count; i++) target[i] = source[i];
    }

    /// <summary>Adjacent elements, past the caches, for what is read again only when these have been filled with other things.</summary>
    public static void Stream(T* target, T* source, int count)
    {
        var i = (int)Math.Min(count, (-(nint)target & 63) / sizeof(T));
        Copy(target, source, i);
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count) Vector512.Load(source + i).StoreAlignedNonTemporal(target + i);
        Copy(target + i, source + i, count - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(T* target, int width, T* source, long[] offsets, int row, int rows, int columns)
    {
        for (var k = 0; k < rows; k++, target += width)
        {
            Copy(target, source + offsets[row + k], columns);
            if (columns < width) new Span<T>(target + columns, width - columns).Clear();
        }
    }

    /// <summary>Writes the elements at some offsets in each of some rows as columns: runs of adjacent ones, in either direction, by blocks.</summary>
    public static void Gather(T* source, long sourceRow, ReadOnlySpan<long> offsets, T* target, long targetRow, int rows)
    {
        for (int k = 0, until; k < offsets.Length; k = until)
        {
            until = k + 1;
            if (sourceRow == 1)
            {
                Copy(target + (k * targetRow), source + offsets[k], rows);
                continue;
            }
            var step = until < offsets.Length ? offsets[until] - offsets[k] : 0;
            if (step is 1 or -1)
                while (until < offsets.Length && offsets[until] - offsets[until - 1] == step) until++;
            if (step == -1) Transposition<T>.Copy(source + offsets[until - 1], sourceRow, target + ((until - 1) * targetRow), -targetRow, rows, until - k);
            else Transposition<T>.Copy(source + offsets[k], sourceRow, target + (k * targetRow), targetRow, rows, until - k);
        }
    }
}
