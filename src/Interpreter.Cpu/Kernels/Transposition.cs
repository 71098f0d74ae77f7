using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Writes rows as columns, by blocks of 16 × 16 elements of four bytes where vectors have as many.</summary>
internal static unsafe class Transposition
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Side = 16;

    /// <summary>Writes row i of a matrix of adjacent columns as column i of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(VectorWidth width, T* source, long sourceRow, T* target, long targetRow, int rows, int columns) where T : unmanaged, INumber<T>
    {
        var (i, untilColumn) = (0, columns / Side * Side);
        if (sizeof(T) == 4 && width == VectorWidth.V512 && untilColumn > 0)
        {
            for (; i <= rows - Side; i += Side)
                for (var j = 0; j < untilColumn; j += Side) Block((int*)(source + i * sourceRow + j), sourceRow, (int*)(target + j * targetRow + i), targetRow);
            Packing<T>.Transpose(source + untilColumn, sourceRow, target + untilColumn * targetRow, targetRow, i, columns - untilColumn);
        }
        Packing<T>.Transpose(source + i * sourceRow, sourceRow, target + i, targetRow, rows - i, columns);
    }

    [MethodImpl(Inline)]
    private static void Block(int* source, long sourceRow, int* target, long targetRow)
    {
        Four(source, sourceRow, out var a0, out var a1, out var a2, out var a3);
        Four(source + 4 * sourceRow, sourceRow, out var b0, out var b1, out var b2, out var b3);
        Four(source + 8 * sourceRow, sourceRow, out var c0, out var c1, out var c2, out var c3);
        Four(source + 12 * sourceRow, sourceRow, out var d0, out var d1, out var d2, out var d3);
        Quarters(a0, b0, c0, d0, target, targetRow);
        Quarters(a1, b1, c1, d1, target + targetRow, targetRow);
        Quarters(a2, b2, c2, d2, target + 2 * targetRow, targetRow);
        Quarters(a3, b3, c3, d3, target + 3 * targetRow, targetRow);
    }

    /// <summary>Of four rows, columns 0, 4, 8 and 12 in the first result, one after the other, and so on.</summary>
    [MethodImpl(Inline)]
    private static void Four(int* source, long row, out Vector512<long> x0, out Vector512<long> x1, out Vector512<long> x2, out Vector512<long> x3)
    {
        var (a, b, c, d) = (Vector512.Load(source), Vector512.Load(source + row), Vector512.Load(source + 2 * row), Vector512.Load(source + 3 * row));
        var (ab, cd) = (Avx512F.UnpackLow(a, b).AsInt64(), Avx512F.UnpackLow(c, d).AsInt64());
        x0 = Avx512F.UnpackLow(ab, cd);
        x1 = Avx512F.UnpackHigh(ab, cd);
        (ab, cd) = (Avx512F.UnpackHigh(a, b).AsInt64(), Avx512F.UnpackHigh(c, d).AsInt64());
        x2 = Avx512F.UnpackLow(ab, cd);
        x3 = Avx512F.UnpackHigh(ab, cd);
    }

    /// <summary>Writes the first quarters of all as one row, the second as the fourth row after it, and so on.</summary>
    [MethodImpl(Inline)]
    private static void Quarters(Vector512<long> a, Vector512<long> b, Vector512<long> c, Vector512<long> d, int* target, long row)
    {
        var (ab, cd) = (Avx512F.Shuffle4x128(a, b, 0x44), Avx512F.Shuffle4x128(c, d, 0x44));
        Avx512F.Shuffle4x128(ab, cd, 0x88).AsInt32().Store(target);
        Avx512F.Shuffle4x128(ab, cd, 0xDD).AsInt32().Store(target + 4 * row);
        (ab, cd) = (Avx512F.Shuffle4x128(a, b, 0xEE), Avx512F.Shuffle4x128(c, d, 0xEE));
        Avx512F.Shuffle4x128(ab, cd, 0x88).AsInt32().Store(target + 8 * row);
        Avx512F.Shuffle4x128(ab, cd, 0xDD).AsInt32().Store(target + 12 * row);
    }
}
