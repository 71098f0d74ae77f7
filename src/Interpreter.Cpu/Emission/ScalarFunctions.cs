using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>What emitted code calls where it computes element by element, because element types of several sizes meet.</summary>
internal static class ScalarFunctions
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>A method of this class by its name, closed over some types.</summary>
    public static MethodInfo Of(string name, params Type[] types) => typeof(ScalarFunctions).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(types);

    [MethodImpl(Inline)]
    public static unsafe T Read<T>(nint from) where T : unmanaged => *(T*)from;

    [MethodImpl(Inline)]
    public static unsafe void Write<T>(T value, nint to) where T : unmanaged => *(T*)to = value;

    [MethodImpl(Inline)]
    public static unsafe float ReadHalf<H>(nint from) where H : IHalfFloat => HalfFloats.Load<V1<float>, H>((ushort*)from).Value;

    [MethodImpl(Inline)]
    public static unsafe void WriteHalf<H>(float value, nint to) where H : IHalfFloat => HalfFloats.Store<V1<float>, H>(new(value), (ushort*)to);

    [MethodImpl(Inline)]
    public static float RoundHalf<H>(float value) where H : IHalfFloat => H.Round(new V1<float>(value)).Value;

    [MethodImpl(Inline)]
    public static T Choose<T>(bool mask, T x, T y) => mask ? x : y;

    [MethodImpl(Inline)]
    public static T FloatUnary<T, F>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> where F : struct, IFloatUnary => F.Apply(x);

    [MethodImpl(Inline)]
    public static T FloatBinary<T, F>(T x, T y) where T : unmanaged, IBinaryFloatingPointIeee754<T> where F : struct, IFloatBinary => F.Apply(x, y);

    [MethodImpl(Inline)]
    public static T NumberUnary<T, F>(T x) where T : unmanaged, IBinaryNumber<T> where F : struct, INumberUnary => F.Apply(x);

    [MethodImpl(Inline)]
    public static T NumberBinary<T, F>(T x, T y) where T : unmanaged, IBinaryNumber<T> where F : struct, INumberBinary => F.Apply(x, y);

    [MethodImpl(Inline)]
    public static T Bitwise<T, F>(T x, T y) where T : unmanaged, IBinaryInteger<T> where F : struct, IBitwise => F.Apply(x, y);

    [MethodImpl(Inline)]
    public static bool Comparison<T, F>(T x, T y) where T : unmanaged, IBinaryNumber<T> where F : struct, IComparison => F.Apply(x, y);

    [MethodImpl(Inline)]
    public static TTo ToFloat<TFrom, TTo>(TFrom x) where TFrom : unmanaged, IBinaryNumber<TFrom> where TTo : unmanaged, IBinaryNumber<TTo> => TTo.CreateTruncating(x);

    [MethodImpl(Inline)]
    public static TTo ToInteger<TFrom, TTo>(TFrom x) where TFrom : unmanaged, IBinaryNumber<TFrom> where TTo : unmanaged, IBinaryNumber<TTo> => TTo.CreateSaturating(x);

    [MethodImpl(Inline)]
    public static bool ToBool<TFrom>(TFrom x) where TFrom : unmanaged, IBinaryNumber<TFrom> => x != TFrom.Zero;

    [MethodImpl(Inline)]
    public static T Sum<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> => unchecked(x + y);

    [MethodImpl(Inline)]
    public static T Max<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> => T.Max(x, y);

    [MethodImpl(Inline)]
    public static T Min<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> => T.Min(x, y);

    public static unsafe void FoldSum<T>(T x, T* to) where T : unmanaged, IBinaryNumber<T> => *to = unchecked(*to + x);

    public static unsafe void FoldMax<T>(T x, T* to) where T : unmanaged, IBinaryNumber<T> => *to = T.Max(*to, x);

    public static unsafe void FoldMin<T>(T x, T* to) where T : unmanaged, IBinaryNumber<T> => *to = T.Min(*to, x);

    public static T Neutral<T>(int kind) where T : unmanaged, IBinaryNumber<T> => (Reduction)kind switch
    {
        Reduction.Sum => T.Zero,
        Reduction.Max => T.CreateSaturating(double.NegativeInfinity),
        _ => T.CreateSaturating(double.PositiveInfinity),
    };
}
