using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>What <see cref="V1{T}"/> needs of numbers that their interfaces do not offer: the only place where a number's bits are read as another's.</summary>
internal static class Scalar
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    private static float F<T>(T x) where T : unmanaged => Unsafe.BitCast<T, float>(x);

    [MethodImpl(Inline)]
    private static double D<T>(T x) where T : unmanaged => Unsafe.BitCast<T, double>(x);

    [MethodImpl(Inline)]
    private static int I<T>(T x) where T : unmanaged => Unsafe.BitCast<T, int>(x);

    [MethodImpl(Inline)]
    private static long L<T>(T x) where T : unmanaged => Unsafe.BitCast<T, long>(x);

    [MethodImpl(Inline)]
    private static byte B<T>(T x) where T : unmanaged => Unsafe.BitCast<T, byte>(x);

    [MethodImpl(Inline)]
    private static T To<T>(float x) where T : unmanaged => Unsafe.BitCast<float, T>(x);

    [MethodImpl(Inline)]
    private static T To<T>(double x) where T : unmanaged => Unsafe.BitCast<double, T>(x);

    [MethodImpl(Inline)]
    private static T To<T>(int x) where T : unmanaged => Unsafe.BitCast<int, T>(x);

    [MethodImpl(Inline)]
    private static T To<T>(long x) where T : unmanaged => Unsafe.BitCast<long, T>(x);

    [MethodImpl(Inline)]
    private static T To<T>(byte x) where T : unmanaged => Unsafe.BitCast<byte, T>(x);

    /// <summary>A constant of either precision.</summary>
    [MethodImpl(Inline)]
    public static T Constant<T>(float single, double @double) where T : unmanaged => typeof(T) == typeof(float) ? To<T>(single) : To<T>(@double);

    /// <summary>The number with the bits of an integer.</summary>
    [MethodImpl(Inline)]
    public static T OfBits<T>(int narrow, long wide) where T : unmanaged => Unsafe.SizeOf<T>() == 4 ? To<T>(narrow) : To<T>(wide);

    [MethodImpl(Inline)]
    public static T Divide<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? x / y
        : y == T.Zero ? T.AllBitsSet
        : T.IsNegative(y) && y + T.One == T.Zero ? unchecked(T.Zero - x)
        : x / y;

    [MethodImpl(Inline)]
    public static T Remainder<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? x % y
        : y == T.Zero ? x
        : T.IsNegative(y) && y + T.One == T.Zero ? T.Zero
        : x % y;

    [MethodImpl(Inline)]
    public static T Fma<T>(T x, T y, T z) where T : unmanaged, IBinaryNumber<T> =>
        typeof(T) == typeof(float) ? To<T>(MathF.FusedMultiplyAdd(F(x), F(y), F(z)))
        : typeof(T) == typeof(double) ? To<T>(Math.FusedMultiplyAdd(D(x), D(y), D(z)))
        : unchecked((x * y) + z);

    [MethodImpl(Inline)]
    public static T Abs<T>(T x) where T : unmanaged, IBinaryNumber<T> =>
        typeof(T) == typeof(float) ? To<T>(MathF.Abs(F(x)))
        : typeof(T) == typeof(double) ? To<T>(Math.Abs(D(x)))
        : T.IsNegative(x) ? unchecked(-x) : x;

    [MethodImpl(Inline)]
    public static T Sqrt<T>(T x) where T : unmanaged => typeof(T) == typeof(float) ? To<T>(MathF.Sqrt(F(x))) : To<T>(Math.Sqrt(D(x)));

    [MethodImpl(Inline)]
    public static T Floor<T>(T x) where T : unmanaged =>
        typeof(T) == typeof(float) ? To<T>(MathF.Floor(F(x))) : typeof(T) == typeof(double) ? To<T>(Math.Floor(D(x))) : x;

    [MethodImpl(Inline)]
    public static T Ceiling<T>(T x) where T : unmanaged =>
        typeof(T) == typeof(float) ? To<T>(MathF.Ceiling(F(x))) : typeof(T) == typeof(double) ? To<T>(Math.Ceiling(D(x))) : x;

    [MethodImpl(Inline)]
    public static T Round<T>(T x) where T : unmanaged =>
        typeof(T) == typeof(float) ? To<T>(MathF.Round(F(x))) : typeof(T) == typeof(double) ? To<T>(Math.Round(D(x))) : x;

    [MethodImpl(Inline)]
    public static T Truncate<T>(T x) where T : unmanaged =>
        typeof(T) == typeof(float) ? To<T>(MathF.Truncate(F(x))) : typeof(T) == typeof(double) ? To<T>(Math.Truncate(D(x))) : x;

    [MethodImpl(Inline)]
    public static bool HasBits<T>(T x) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => I(x) != 0, 8 => L(x) != 0, _ => B(x) != 0 };

    [MethodImpl(Inline)]
    public static bool InWidth<T>(T y) where T : unmanaged, IBinaryNumber<T> => !T.IsNegative(y) && y < T.CreateTruncating(Unsafe.SizeOf<T>() * 8);

    [MethodImpl(Inline)]
    public static T ShiftLeft<T>(T x, int n) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => To<T>(I(x) << n), 8 => To<T>(L(x) << n), _ => To<T>((byte)(B(x) << n)) };

    [MethodImpl(Inline)]
    public static T ShiftRight<T>(T x, int n) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => To<T>(I(x) >> n), 8 => To<T>(L(x) >> n), _ => To<T>((byte)(B(x) >> n)) };

    [MethodImpl(Inline)]
    public static T ShiftRightLogical<T>(T x, int n) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => To<T>(I(x) >>> n), 8 => To<T>(L(x) >>> n), _ => To<T>((byte)(B(x) >> n)) };

    [MethodImpl(Inline)]
    public static T AddBits<T>(T x, T y) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => To<T>(I(x) + I(y)), 8 => To<T>(L(x) + L(y)), _ => To<T>((byte)(B(x) + B(y))) };

    [MethodImpl(Inline)]
    public static T SubtractBits<T>(T x, T y) where T : unmanaged =>
        Unsafe.SizeOf<T>() switch { 4 => To<T>(I(x) - I(y)), 8 => To<T>(L(x) - L(y)), _ => To<T>((byte)(B(x) - B(y))) };
}
