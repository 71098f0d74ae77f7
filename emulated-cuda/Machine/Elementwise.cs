using System.Numerics;
using System.Runtime.Intrinsics;

namespace EmulatedCuda.Machine;

/// <summary>A function of one number.</summary>
internal interface IUnary
{
    static abstract T Of<T>(T x) where T : unmanaged, INumber<T>;
}

/// <summary>A function of two numbers.</summary>
internal interface IBinary
{
    static abstract T Of<T>(T x, T y) where T : unmanaged, INumber<T>;

    /// <summary>Of several at once.</summary>
    static virtual Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary
    {
        var result = x;
        for (var i = 0; i < Vector512<T>.Count; i++) result = result.WithElement(i, F.Of(x[i], y[i]));
        return result;
    }
}

/// <summary>A function of three numbers.</summary>
internal interface ITernary
{
    static abstract T Of<T>(T x, T y, T z) where T : unmanaged, INumber<T>;

    /// <summary>Of several at once.</summary>
    static virtual Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged, INumber<T> where F : struct, ITernary
    {
        var result = x;
        for (var i = 0; i < Vector512<T>.Count; i++) result = result.WithElement(i, F.Of(x[i], y[i], z[i]));
        return result;
    }
}

internal sealed unsafe class Unary<T, F>(int to, int x) : Instruction where T : unmanaged, INumber<T> where F : struct, IUnary
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        if (lanes == All)
            for (var i = 0; i < Warp.Size * Stride<T>(); i += Stride<T>()) *(T*)(r + to + i) = Given(F.Of(*(T*)(r + x + i)));
        else
            while (lanes != 0)
            {
                var i = Next(ref lanes) * Stride<T>();
                *(T*)(r + to + i) = Given(F.Of(*(T*)(r + x + i)));
            }
    }
}

internal sealed unsafe class Binary<T, F>(int to, int x, int y) : Instruction where T : unmanaged, INumber<T> where F : struct, IBinary
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        if (lanes == All && sizeof(T) >= 4)
            for (var i = 0; i < Warp.Size * Stride<T>(); i += sizeof(Vector512<T>))
                *(Vector512<T>*)(r + to + i) = Given(F.Of<T, F>(*(Vector512<T>*)(r + x + i), *(Vector512<T>*)(r + y + i)));
        else
            while (lanes != 0)
            {
                var i = Next(ref lanes) * Stride<T>();
                *(T*)(r + to + i) = Given(F.Of(*(T*)(r + x + i), *(T*)(r + y + i)));
            }
    }
}

internal sealed unsafe class Ternary<T, F>(int to, int x, int y, int z) : Instruction where T : unmanaged, INumber<T> where F : struct, ITernary
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        if (lanes == All && sizeof(T) >= 4)
            for (var i = 0; i < Warp.Size * Stride<T>(); i += sizeof(Vector512<T>))
                *(Vector512<T>*)(r + to + i) = Given(F.Of<T, F>(*(Vector512<T>*)(r + x + i), *(Vector512<T>*)(r + y + i), *(Vector512<T>*)(r + z + i)));
        else
            while (lanes != 0)
            {
                var i = Next(ref lanes) * Stride<T>();
                *(T*)(r + to + i) = Given(F.Of(*(T*)(r + x + i), *(T*)(r + y + i), *(T*)(r + z + i)));
            }
    }
}

/// <summary>A product of twice as many bits as its factors, and perhaps a sum.</summary>
internal sealed unsafe class Widening<T, TWide>(int to, int x, int y, int z) : Instruction where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide>
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        if (lanes == All && typeof(T) == typeof(uint))
        {
            for (var i = 0; i < Warp.Size; i += Vector256<uint>.Count)
            {
                var product = Vector512.WidenLower(Vector512.Create(*(Vector256<uint>*)(r + x + (i * 4)), default)) * Vector512.WidenLower(Vector512.Create(*(Vector256<uint>*)(r + y + (i * 4)), default));
                *(Vector512<ulong>*)(r + to + (i * 8)) = z < 0 ? product : product + *(Vector512<ulong>*)(r + z + (i * 8));
            }
            return;
        }
        while (lanes != 0)
        {
            var lane = Next(ref lanes);
            var i = lane * Stride<T>();
            var product = TWide.CreateTruncating(*(T*)(r + x + i)) * TWide.CreateTruncating(*(T*)(r + y + i));
            *(TWide*)(r + to + (lane * Stride<TWide>())) = z < 0 ? product : product + *(TWide*)(r + z + (lane * Stride<TWide>()));
        }
    }
}

/// <summary>Bits moved by so many places.</summary>
internal sealed unsafe class Shift<T>(int to, int x, int count, bool isLeft) : Instruction where T : unmanaged, IBinaryInteger<T>
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        while (lanes != 0)
        {
            var lane = Next(ref lanes);
            var (i, value, places) = (lane * Stride<T>(), *(T*)(r + x + (lane * Stride<T>())), *(uint*)(r + count + (lane * sizeof(uint))));
            var all = (uint)sizeof(T) * 8;
            *(T*)(r + to + i) = places < all ? isLeft ? value << (int)places : value >> (int)places : T.IsNegative(value) && !isLeft ? -T.One : T.Zero;
        }
    }
}

internal readonly struct Move : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => x;
}

internal readonly struct Negation : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => -x;
}

internal readonly struct Absolute : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => typeof(T) == typeof(float) ? T.CreateTruncating(float.Abs(float.CreateTruncating(x))) : typeof(T) == typeof(double) ? T.CreateTruncating(double.Abs(double.CreateTruncating(x))) : T.IsNegative(x) ? -x : x;
}

internal readonly struct Complement : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => -x - T.One;
}

internal readonly struct SquareRoot : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => typeof(T) == typeof(float) ? T.CreateTruncating(MathF.Sqrt(float.CreateTruncating(x))) : T.CreateTruncating(Math.Sqrt(double.CreateTruncating(x)));
}

internal readonly struct Reciprocal : IUnary
{
    public static T Of<T>(T x) where T : unmanaged, INumber<T> => T.One / x;
}

internal readonly struct Sum : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => x + y;

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x + y;
}

internal readonly struct Difference : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => x - y;

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x - y;
}

internal readonly struct Product : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => x * y;

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x * y;
}

/// <summary>The upper half of a product of 32-bit integers.</summary>
internal readonly struct UpperProduct : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.CreateTruncating((ulong.CreateTruncating(x) * ulong.CreateTruncating(y)) >> 32);
}

/// <summary>A quotient; by 0 it is whatever a processor has, of integers.</summary>
internal readonly struct Quotient : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? x / y : T.IsZero(y) ? -T.One : y == -T.One && T.IsNegative(y) ? -x : x / y;

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? x / y
        : typeof(T) == typeof(int) && Positive(y.AsInt32()) ? Of(x.AsInt32(), y.AsInt32()).As<int, T>()
        : Each(x, y);

    public static bool Positive(Vector512<int> y) => Vector512.GreaterThanAll(y, Vector512<int>.Zero);

    /// <summary>By numbers greater than 0, through f64, which has all of both.</summary>
    public static Vector512<int> Of(Vector512<int> x, Vector512<int> y)
    {
        var low = Vector512.ConvertToDouble(Vector512.WidenLower(x)) / Vector512.ConvertToDouble(Vector512.WidenLower(y));
        var high = Vector512.ConvertToDouble(Vector512.WidenUpper(x)) / Vector512.ConvertToDouble(Vector512.WidenUpper(y));
        return Vector512.Narrow(Vector512.ConvertToInt64(low), Vector512.ConvertToInt64(high));
    }

    private static Vector512<T> Each<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, Of(x[i], y[i]));
        return x;
    }
}

/// <summary>A remainder, with the sign of the dividend.</summary>
internal readonly struct Remainder : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.IsZero(y) ? x : y == -T.One && T.IsNegative(y) ? T.Zero : x % y;

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary
    {
        if (typeof(T) == typeof(int) && Quotient.Positive(y.AsInt32())) return (x.AsInt32() - (Quotient.Of(x.AsInt32(), y.AsInt32()) * y.AsInt32())).As<int, T>();
        for (var i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, Of(x[i], y[i]));
        return x;
    }
}

/// <summary>The lesser; of one that is no number, the other.</summary>
internal readonly struct Least : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.MinNumber(x, y);
}

/// <summary>The greater; of one that is no number, the other.</summary>
internal readonly struct Greatest : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.MaxNumber(x, y);
}

internal readonly struct Both : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.CreateTruncating(ulong.CreateTruncating(x) & ulong.CreateTruncating(y));

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x & y;
}

internal readonly struct Either : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.CreateTruncating(ulong.CreateTruncating(x) | ulong.CreateTruncating(y));

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x | y;
}

internal readonly struct Different : IBinary
{
    public static T Of<T>(T x, T y) where T : unmanaged, INumber<T> => T.CreateTruncating(ulong.CreateTruncating(x) ^ ulong.CreateTruncating(y));

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y) where T : unmanaged, INumber<T> where F : struct, IBinary => x ^ y;
}

/// <summary>x·y + z, rounded once.</summary>
internal readonly struct MultiplyAdd : ITernary
{
    public static T Of<T>(T x, T y, T z) where T : unmanaged, INumber<T> => Fused.Of(x, y, z);

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged, INumber<T> where F : struct, ITernary => Fused.Of(x, y, z);
}

/// <summary>x·y − z, rounded once.</summary>
internal readonly struct MultiplySubtract : ITernary
{
    public static T Of<T>(T x, T y, T z) where T : unmanaged, INumber<T> => Fused.Of(x, y, -z);

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged, INumber<T> where F : struct, ITernary => Fused.Of(x, y, -z);
}

/// <summary>z − x·y, rounded once.</summary>
internal readonly struct SubtractProduct : ITernary
{
    public static T Of<T>(T x, T y, T z) where T : unmanaged, INumber<T> => Fused.Of(-x, y, z);

    public static Vector512<T> Of<T, F>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged, INumber<T> where F : struct, ITernary => Fused.Of(-x, y, z);
}

/// <summary>x·y + z, rounded once where it is rounded.</summary>
internal static class Fused
{
    public static T Of<T>(T x, T y, T z) where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) ? T.CreateTruncating(MathF.FusedMultiplyAdd(float.CreateTruncating(x), float.CreateTruncating(y), float.CreateTruncating(z)))
        : typeof(T) == typeof(double) ? T.CreateTruncating(Math.FusedMultiplyAdd(double.CreateTruncating(x), double.CreateTruncating(y), double.CreateTruncating(z)))
        : (x * y) + z;

    public static Vector512<T> Of<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>()
        : (x * y) + z;
}
