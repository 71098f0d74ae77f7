using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Copies parts of a matrix to where a micro-kernel reads them.</summary>
internal static unsafe class Packing<T> where T : unmanaged, INumber<T>
{
    /// <summary>Writes some rows and columns of a matrix, <paramref name="width"/> elements to a row, zeros past the last column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(T* target, int width, T* source, Matrix b, int row, int rows, int column, int columns)
    {
        if (b.ColumnStride == 1 || columns == 1) Copy(target, width, source + b.Columns[column], b.Rows, row, rows, columns);
        else if (b is { RowStride: 1, ColumnStride: { } stride })
        {
            Transpose(source + b.Rows[row] + b.Columns[column], stride, target, width, columns, rows);
            if (columns == width) return;
            for (var k = 0; k < rows; k++) new Span<T>(target + (long)k * width + columns, width - columns).Clear();
        }
        else
        {
            for (var k = 0; k < rows; k++, target += width)
            {
                var from = source + b.Rows[row + k];
                for (var j = 0; j < columns; j++) target[j] = from[b.Columns[column + j]];
                new Span<T>(target + columns, width - columns).Clear();
            }
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

    /// <summary>Adjacent elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(T* target, T* source, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count) Vector512.Load(source + i).Store(target + i);
        for (; i <= count - Vector128<T>.Count; i += Vector128<T>.Count) Vector128.Load(source + i).Store(target + i);
        for (; i < count; i++) target[i] = source[i];
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
            if (step == -1) Transpose(source + offsets[until - 1], sourceRow, target + ((until - 1) * targetRow), -targetRow, rows, until - k);
            else Transpose(source + offsets[k], sourceRow, target + (k * targetRow), targetRow, rows, until - k);
        }
    }

    /// <summary>Writes row i of a matrix of adjacent columns as column i of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(T* source, long sourceRow, T* target, long targetRow, int rows, int columns)
    {
        var i = 0;
        var side = sizeof(T) == 4 ? 4 : sizeof(T) == 8 ? 2 : 1;
        if (side > 1 && (Sse2.IsSupported || AdvSimd.Arm64.IsSupported))
        {
            for (; i <= rows - side; i += side)
            {
                var j = 0;
                if (sizeof(T) == 4)
                    for (; j <= columns - 4; j += 4) Four((float*)(source + i * sourceRow + j), sourceRow, (float*)(target + j * targetRow + i), targetRow);
                else
                    for (; j <= columns - 2; j += 2) Two((double*)(source + i * sourceRow + j), sourceRow, (double*)(target + j * targetRow + i), targetRow);
                for (; j < columns; j++)
                    for (var r = i; r < i + side; r++) target[j * targetRow + r] = source[r * sourceRow + j];
            }
        }
        for (; i < rows; i++)
            for (var j = 0; j < columns; j++) target[j * targetRow + i] = source[i * sourceRow + j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* source, long sourceRow, float* target, long targetRow)
    {
        var (a, b) = (Vector128.Load(source), Vector128.Load(source + sourceRow));
        var (c, d) = (Vector128.Load(source + 2 * sourceRow), Vector128.Load(source + 3 * sourceRow));
        var (ac0, ac1, bd0, bd1) = (Low(a, c), High(a, c), Low(b, d), High(b, d));
        Low(ac0, bd0).Store(target);
        High(ac0, bd0).Store(target + targetRow);
        Low(ac1, bd1).Store(target + 2 * targetRow);
        High(ac1, bd1).Store(target + 3 * targetRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(double* source, long sourceRow, double* target, long targetRow)
    {
        var (a, b) = (Vector128.Load(source), Vector128.Load(source + sourceRow));
        Vector128.Create(a.GetLower(), b.GetLower()).Store(target);
        Vector128.Create(a.GetUpper(), b.GetUpper()).Store(target + targetRow);
    }

    /// <summary>x0, y0, x1, y1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <summary>x2, y2, x3, y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);
}
