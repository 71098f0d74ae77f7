using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Copies rows as columns.</summary>
internal static unsafe class Transposition<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int LineBytes = 64;
    private const int LineRows = 16;

    /// <summary>Writes row i of a matrix of adjacent columns as column i of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(T* source, long sourceRow, T* target, long targetRow, int rows, int columns)
    {
        var i = 0;
        if (sizeof(T) == 4 && Interleaving.IsSupported)
            for (; i <= rows - LineRows; i += LineRows) Lines(source + i * sourceRow, sourceRow, target + i, targetRow, columns, false);
        if (sizeof(T) == 2 && Interleaving.IsSupported)
        {
            for (; i <= rows - 32; i += 32) Eights(source + i * sourceRow, sourceRow, target + i, targetRow, 4, columns);
            for (; i <= rows - 8; i += 8) Eights(source + i * sourceRow, sourceRow, target + i, targetRow, 1, columns);
        }
        var side = sizeof(T) == 4 ? 4 : sizeof(T) == 8 ? 2 : 1;
        if (side > 1 && Interleaving.IsSupported)
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

    /// <summary>The same, past the caches where lines of the target can be written whole, for what is read again only when these have been filled with other things.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Stream(T* source, long sourceRow, T* target, long targetRow, int rows, int columns)
    {
        var i = 0;
        if (sizeof(T) == 4 && Interleaving.IsSupported && targetRow % LineRows == 0)
        {
            i = (int)Math.Min(rows, (-(nint)target & (LineBytes - 1)) / sizeof(T));
            Copy(source, sourceRow, target, targetRow, i, columns);
            for (; i <= rows - LineRows; i += LineRows) Lines(source + i * sourceRow, sourceRow, target + i, targetRow, columns, true);
        }
        Copy(source + i * sourceRow, sourceRow, target + i, targetRow, rows - i, columns);
    }

    /// <summary>As many rows as make whole cache lines of the target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lines(T* source, long sourceRow, T* target, long targetRow, int columns, bool streams)
    {
        var j = 0;
        if (Avx512F.IsSupported)
            for (; j <= columns - LineRows; j += LineRows) Block((int*)(source + j), sourceRow, (float*)(target + j * targetRow), targetRow, streams);
        for (; j <= columns - 4; j += 4) Four((float*)(source + j), sourceRow, (float*)(target + j * targetRow), targetRow, streams);
        for (; j < columns; j++)
            for (var r = 0; r < LineRows; r++) target[j * targetRow + r] = source[r * sourceRow + j];
    }

    /// <summary>Sixteen lines of the target, of which each line of the source is read but once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(int* source, long sourceRow, float* target, long targetRow, bool streams)
    {
        FourRows(source, sourceRow, out var a0, out var a1, out var a2, out var a3);
        FourRows(source + 4 * sourceRow, sourceRow, out var b0, out var b1, out var b2, out var b3);
        FourRows(source + 8 * sourceRow, sourceRow, out var c0, out var c1, out var c2, out var c3);
        FourRows(source + 12 * sourceRow, sourceRow, out var d0, out var d1, out var d2, out var d3);
        Quarters(a0, b0, c0, d0, target, targetRow, streams);
        Quarters(a1, b1, c1, d1, target + targetRow, targetRow, streams);
        Quarters(a2, b2, c2, d2, target + 2 * targetRow, targetRow, streams);
        Quarters(a3, b3, c3, d3, target + 3 * targetRow, targetRow, streams);
    }

    /// <summary>Of four rows, columns 0, 4, 8 and 12 in the first result, one after the other, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows(int* source, long row, out Vector512<long> x0, out Vector512<long> x1, out Vector512<long> x2, out Vector512<long> x3)
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(Vector512<long> a, Vector512<long> b, Vector512<long> c, Vector512<long> d, float* target, long row, bool streams)
    {
        var (ab, cd) = (Avx512F.Shuffle4x128(a, b, 0x44), Avx512F.Shuffle4x128(c, d, 0x44));
        Store(Avx512F.Shuffle4x128(ab, cd, 0x88).AsSingle(), target, streams);
        Store(Avx512F.Shuffle4x128(ab, cd, 0xDD).AsSingle(), target + 4 * row, streams);
        (ab, cd) = (Avx512F.Shuffle4x128(a, b, 0xEE), Avx512F.Shuffle4x128(c, d, 0xEE));
        Store(Avx512F.Shuffle4x128(ab, cd, 0x88).AsSingle(), target + 8 * row, streams);
        Store(Avx512F.Shuffle4x128(ab, cd, 0xDD).AsSingle(), target + 12 * row, streams);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* source, long sourceRow, float* target, long targetRow)
    {
        var (a, b, c, d) = Quarter(source, sourceRow);
        a.Store(target);
        b.Store(target + targetRow);
        c.Store(target + 2 * targetRow);
        d.Store(target + 3 * targetRow);
    }

    /// <summary>Four lines of the target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* source, long sourceRow, float* target, long targetRow, bool streams)
    {
        var (a0, b0, c0, d0) = Quarter(source, sourceRow);
        var (a1, b1, c1, d1) = Quarter(source + 4 * sourceRow, sourceRow);
        var (a2, b2, c2, d2) = Quarter(source + 8 * sourceRow, sourceRow);
        var (a3, b3, c3, d3) = Quarter(source + 12 * sourceRow, sourceRow);
        Store(Line(a0, a1, a2, a3), target, streams);
        Store(Line(b0, b1, b2, b3), target + targetRow, streams);
        Store(Line(c0, c1, c2, c3), target + 2 * targetRow, streams);
        Store(Line(d0, d1, d2, d3), target + 3 * targetRow, streams);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> line, float* target, bool streams)
    {
        if (streams) line.StoreAlignedNonTemporal(target);
        else line.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Line(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) => Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d));

    /// <summary>The columns of four rows of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float>, Vector128<float>, Vector128<float>, Vector128<float>) Quarter(float* source, long sourceRow)
    {
        var (a, b) = (Vector128.Load(source), Vector128.Load(source + sourceRow));
        var (c, d) = (Vector128.Load(source + 2 * sourceRow), Vector128.Load(source + 3 * sourceRow));
        var (ac0, ac1, bd0, bd1) = (Interleaving.Low(a, c), Interleaving.High(a, c), Interleaving.Low(b, d), Interleaving.High(b, d));
        return (Interleaving.Low(ac0, bd0), Interleaving.High(ac0, bd0), Interleaving.Low(ac1, bd1), Interleaving.High(ac1, bd1));
    }

    /// <summary>Some times eight rows, of elements of two bytes: side by side in the target, so that its lines are written at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eights(T* source, long sourceRow, T* target, long targetRow, int times, int columns)
    {
        var j = 0;
        for (; j <= columns - 8; j += 8)
            for (var i = 0; i < times; i++) Eight((short*)(source + 8 * i * sourceRow + j), sourceRow, (short*)(target + j * targetRow + 8 * i), targetRow);
        for (; j < columns; j++)
            for (var r = 0; r < 8 * times; r++) target[j * targetRow + r] = source[r * sourceRow + j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(short* source, long sourceRow, short* target, long targetRow)
    {
        var (a, b, c, d) = (Vector128.Load(source), Vector128.Load(source + sourceRow), Vector128.Load(source + 2 * sourceRow), Vector128.Load(source + 3 * sourceRow));
        source += 4 * sourceRow;
        var (e, f, g, h) = (Vector128.Load(source), Vector128.Load(source + sourceRow), Vector128.Load(source + 2 * sourceRow), Vector128.Load(source + 3 * sourceRow));
        for (var stage = 0; stage < 3; stage++)
            (a, b, c, d, e, f, g, h) = (Interleaving.Low(a, e), Interleaving.High(a, e), Interleaving.Low(b, f), Interleaving.High(b, f),
                Interleaving.Low(c, g), Interleaving.High(c, g), Interleaving.Low(d, h), Interleaving.High(d, h));
        a.Store(target);
        b.Store(target + targetRow);
        c.Store(target + 2 * targetRow);
        d.Store(target + 3 * targetRow);
        target += 4 * targetRow;
        e.Store(target);
        f.Store(target + targetRow);
        g.Store(target + 2 * targetRow);
        h.Store(target + 3 * targetRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(double* source, long sourceRow, double* target, long targetRow)
    {
        var (a, b) = (Vector128.Load(source), Vector128.Load(source + sourceRow));
        Vector128.Create(a.GetLower(), b.GetLower()).Store(target);
        Vector128.Create(a.GetUpper(), b.GetUpper()).Store(target + targetRow);
    }
}
