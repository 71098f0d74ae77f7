using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Puts the elements of two vectors in turns, and takes them apart.</summary>
internal static unsafe class Interleaving
{
    /// <summary>Whether this machine has instructions for it.</summary>
    public static bool IsSupported => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Elements that are so far apart, to adjacent places.</summary>
    public static void Gather<T>(T* target, T* source, long stride, int count) where T : unmanaged
    {
        var i = 0;
        if (stride == 2 && sizeof(T) == 4 && IsSupported)
            for (; i < count - 4; i += 4) Even(Vector128.Load((float*)(source + (2 * i))), Vector128.Load((float*)(source + (2 * i) + 4))).Store((float*)(target + i));
        for (; i < count; i++) target[i] = source[i * stride];
    }

    /// <summary>Adjacent elements, to places that are so far apart. What lies between the first and the last of these is written anew.</summary>
    public static void Scatter<T>(T* target, T* source, long stride, int count) where T : unmanaged
    {
        var i = 0;
        if (stride == 2 && sizeof(T) == 4 && IsSupported)
            for (; i < count - 4; i += 4)
            {
                var to = (float*)(target + (2 * i));
                var (even, odd) = (Vector128.Load((float*)(source + i)), Odd(Vector128.Load(to), Vector128.Load(to + 4)));
                Low(even, odd).Store(to);
                High(even, odd).Store(to + 4);
            }
        for (; i < count; i++) target[i * stride] = source[i];
    }

    /// <summary>Adjacent elements by turns to two places.</summary>
    public static void Part<T>(T* even, T* odd, T* source, int count) where T : unmanaged
    {
        var i = 0;
        if (sizeof(T) == 4 && Avx512F.IsSupported)
            for (; i <= count - 32; i += 32)
            {
                var (x, y) = (Vector512.Load((int*)(source + i)), Vector512.Load((int*)(source + i + 16)));
                Avx512F.PermuteVar16x32x2(x, 2 * Vector512<int>.Indices, y).Store((int*)(even + (i / 2)));
                Avx512F.PermuteVar16x32x2(x, 2 * Vector512<int>.Indices + Vector512<int>.One, y).Store((int*)(odd + (i / 2)));
            }
        Gather(even + (i / 2), source + i, 2, (count - i + 1) / 2);
        Gather(odd + (i / 2), source + i + 1, 2, (count - i) / 2);
    }

    /// <summary>The elements of two places by turns.</summary>
    public static void Join<T>(T* target, T* even, T* odd, int count) where T : unmanaged
    {
        var i = 0;
        if (sizeof(T) == 4 && Avx512F.IsSupported)
            for (; i <= count - 32; i += 32)
            {
                var (x, y) = (Vector512.Load((int*)(even + (i / 2))), Vector512.Load((int*)(odd + (i / 2))));
                var turns = (Vector512<int>.Indices >>> 1) + ((Vector512<int>.Indices & Vector512<int>.One) << 4);
                Avx512F.PermuteVar16x32x2(x, turns, y).Store((int*)(target + i));
                Avx512F.PermuteVar16x32x2(x, turns + Vector512.Create(8), y).Store((int*)(target + i + 16));
            }
        if (sizeof(T) == 4 && IsSupported)
            for (; i <= count - 8; i += 8)
            {
                var (x, y) = (Vector128.Load((float*)(even + (i / 2))), Vector128.Load((float*)(odd + (i / 2))));
                Low(x, y).Store((float*)(target + i));
                High(x, y).Store((float*)(target + i + 4));
            }
        for (; i < count; i++) target[i] = i % 2 == 0 ? even[i / 2] : odd[i / 2];
    }

    /// <summary>x0, x2, y0, y2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Even(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.Shuffle(x, y, 0b10_00_10_00) : AdvSimd.Arm64.UnzipEven(x, y);

    /// <summary>x1, x3, y1, y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Odd(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.Shuffle(x, y, 0b11_01_11_01) : AdvSimd.Arm64.UnzipOdd(x, y);

    /// <summary>x0, y0, x1, y1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Low(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <summary>x0, y0, … x3, y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Low(Vector128<short> x, Vector128<short> y) => Sse2.IsSupported ? Sse2.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <summary>x4, y4, … x7, y7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> High(Vector128<short> x, Vector128<short> y) => Sse2.IsSupported ? Sse2.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);

    /// <summary>x2, y2, x3, y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> High(Vector128<float> x, Vector128<float> y) => Sse.IsSupported ? Sse.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);
}
