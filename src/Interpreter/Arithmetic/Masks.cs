using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Truth values, which are bytes in memory, as lanes as wide as a number.</summary>
internal static unsafe class Masks
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static Vector512<T> Widen512<T>(byte* from) where T : unmanaged => Unsafe.SizeOf<T>() switch
    {
        1 => Vector512.Load(from).As<byte, T>(),
        4 => Vector512.WidenLower(Vector512.WidenLower(Vector128.Load(from).ToVector256Unsafe().ToVector512Unsafe())).As<uint, T>(),
        _ => Vector512.WidenLower(Vector512.WidenLower(Vector512.WidenLower(Vector512.CreateScalarUnsafe(*(ulong*)from).AsByte()))).As<ulong, T>(),
    };

    [MethodImpl(Inline)]
    public static Vector256<T> Widen256<T>(byte* from) where T : unmanaged => Unsafe.SizeOf<T>() switch
    {
        1 => Vector256.Load(from).As<byte, T>(),
        4 => Vector256.WidenLower(Vector256.WidenLower(Vector256.CreateScalarUnsafe(*(ulong*)from).AsByte())).As<uint, T>(),
        _ => Vector256.WidenLower(Vector256.WidenLower(Vector256.WidenLower(Vector256.CreateScalarUnsafe(*(uint*)from).AsByte()))).As<ulong, T>(),
    };

    [MethodImpl(Inline)]
    public static Vector128<T> Widen128<T>(byte* from) where T : unmanaged => Unsafe.SizeOf<T>() switch
    {
        1 => Vector128.Load(from).As<byte, T>(),
        4 => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)from).AsByte())).As<uint, T>(),
        _ => Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe((uint)*(ushort*)from).AsByte()))).As<ulong, T>(),
    };

    [MethodImpl(Inline)]
    public static void Narrow<T>(Vector512<T> mask, byte* to) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 1) Vector512.Store(mask.AsByte() & Vector512<byte>.One, to);
        else if (Unsafe.SizeOf<T>() == 4)
        {
            var bytes = Avx512F.IsSupported ? Avx512F.ConvertToVector128Byte(mask.AsUInt32())
                : Vector128.Narrow(Halves(mask.GetLower().AsUInt32()), Halves(mask.GetUpper().AsUInt32()));
            Vector128.Store(bytes & Vector128<byte>.One, to);
        }
        else
        {
            Narrow(mask.GetLower(), to);
            Narrow(mask.GetUpper(), to + 4);
        }
    }

    [MethodImpl(Inline)]
    public static void Narrow<T>(Vector256<T> mask, byte* to) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 1) Vector256.Store(mask.AsByte() & Vector256<byte>.One, to);
        else if (Unsafe.SizeOf<T>() == 4)
        {
            var halves = Halves(mask.AsUInt32());
            *(ulong*)to = Vector128.Narrow(halves, halves).AsUInt64()[0] & 0x0101_0101_0101_0101;
        }
        else
        {
            var halves = Halves(Vector256.Narrow(mask.AsUInt64(), mask.AsUInt64()));
            *(uint*)to = Vector128.Narrow(halves, halves).AsUInt32()[0] & 0x0101_0101;
        }
    }

    [MethodImpl(Inline)]
    public static void Narrow<T>(Vector128<T> mask, byte* to) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 1) Vector128.Store(mask.AsByte() & Vector128<byte>.One, to);
        else if (Unsafe.SizeOf<T>() == 4)
        {
            var halves = Vector128.Narrow(mask.AsUInt32(), mask.AsUInt32());
            *(uint*)to = Vector128.Narrow(halves, halves).AsUInt32()[0] & 0x0101_0101;
        }
        else
        {
            var bits = mask.ExtractMostSignificantBits();
            to[0] = (byte)(bits & 1);
            to[1] = (byte)(bits >> 1);
        }
    }

    [MethodImpl(Inline)]
    private static Vector128<ushort> Halves(Vector256<uint> mask) => Vector128.Narrow(mask.GetLower(), mask.GetUpper());
}
