using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Arithmetic;

/// <summary>512 bits of numbers.</summary>
public readonly struct V512<T>(Vector512<T> value) : ILanes<V512<T>, T> where T : unmanaged, IBinaryNumber<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The framework's vector.</summary>
    public Vector512<T> Value { get; } = value;

    /// <inheritdoc/>
    public static int Count => Vector512<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V512<T> Load(T* from) => new(Vector512.Load(from));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void Store(V512<T> x, T* to) => Vector512.Store(x.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> All(T value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Constant(float single, double @double) =>
        new(typeof(T) == typeof(float) ? Vector512.Create(single).As<float, T>() : Vector512.Create(@double).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Counting(T start) => new(Vector512.Create(start) + Vector512<T>.Indices);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator +(V512<T> x, V512<T> y) => new(x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator -(V512<T> x, V512<T> y) => new(x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator *(V512<T> x, V512<T> y) => new(x.Value * y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator /(V512<T> x, V512<T> y) => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? new(x.Value / y.Value) : Lanewise.Divide<V512<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator -(V512<T> x) => new(-x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator &(V512<T> x, V512<T> y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator |(V512<T> x, V512<T> y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator ^(V512<T> x, V512<T> y) => new(x.Value ^ y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> operator ~(V512<T> x) => new(~x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Fma(V512<T> x, V512<T> y, V512<T> z) => new(
        typeof(T) == typeof(float) ? Vector512.FusedMultiplyAdd(x.Value.AsSingle(), y.Value.AsSingle(), z.Value.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Vector512.FusedMultiplyAdd(x.Value.AsDouble(), y.Value.AsDouble(), z.Value.AsDouble()).As<double, T>()
        : (x.Value * y.Value) + z.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Min(V512<T> x, V512<T> y) => new(Vector512.Min(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Max(V512<T> x, V512<T> y) => new(Vector512.Max(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> AtLeast(V512<T> x, V512<T> bound) => new(Vector512.MaxNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> AtMost(V512<T> x, V512<T> bound) => new(Vector512.MinNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Abs(V512<T> x) => new(Vector512.Abs(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Sqrt(V512<T> x) => new(Vector512.Sqrt(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Floor(V512<T> x) => new(
        typeof(T) == typeof(float) ? Vector512.Floor(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector512.Floor(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Ceiling(V512<T> x) => new(
        typeof(T) == typeof(float) ? Vector512.Ceiling(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector512.Ceiling(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Round(V512<T> x) => new(
        typeof(T) == typeof(float) ? Vector512.Round(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector512.Round(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Truncate(V512<T> x) => new(
        typeof(T) == typeof(float) ? Vector512.Truncate(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector512.Truncate(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> CopySign(V512<T> x, V512<T> sign) => new(Vector512.ConditionalSelect(Vector512.Create(-T.Zero), sign.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Less(V512<T> x, V512<T> y) => new(Vector512.LessThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> LessOrEqual(V512<T> x, V512<T> y) => new(Vector512.LessThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Greater(V512<T> x, V512<T> y) => new(Vector512.GreaterThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> GreaterOrEqual(V512<T> x, V512<T> y) => new(Vector512.GreaterThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Equal(V512<T> x, V512<T> y) => new(Vector512.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> NotEqual(V512<T> x, V512<T> y) => new(~Vector512.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Select(V512<T> mask, V512<T> x, V512<T> y) => new(Vector512.ConditionalSelect(mask.Value, x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static bool Any(V512<T> mask) => mask.Value.AsByte() != Vector512<byte>.Zero;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V512<T> LoadMask(byte* from) => new(~Vector512.Equals(Masks.Widen512<T>(from), Vector512<T>.Zero));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void StoreMask(V512<T> mask, byte* to) => Masks.Narrow(mask.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Sum(V512<T> x) => V256<T>.Sum(new(x.Value.GetLower() + x.Value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Product(V512<T> x) => V256<T>.Product(new(x.Value.GetLower() * x.Value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MinOf(V512<T> x) => V256<T>.MinOf(new(Vector256.Min(x.Value.GetLower(), x.Value.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MaxOf(V512<T> x) => V256<T>.MaxOf(new(Vector256.Max(x.Value.GetLower(), x.Value.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> ShiftLeft(V512<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() << n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() << n).As<long, T>() : x.Value << n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> ShiftRight(V512<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >> n).As<long, T>() : x.Value >> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> ShiftRightLogical(V512<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >>> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >>> n).As<long, T>() : x.Value >>> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> ShiftLeft(V512<T> x, V512<T> y) =>
        Avx512F.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx512F.ShiftLeftLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx512F.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx512F.ShiftLeftLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftLeft<V512<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> ShiftRightLogical(V512<T> x, V512<T> y) =>
        Avx512F.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx512F.ShiftRightLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx512F.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx512F.ShiftRightLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftRightLogical<V512<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> AddBits(V512<T> x, V512<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() + y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() + y.Value.AsInt64()).As<long, T>() : x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> SubtractBits(V512<T> x, V512<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() - y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() - y.Value.AsInt64()).As<long, T>() : x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> IntegerBits(V512<T> x) =>
        typeof(T) == typeof(float) ? new(Vector512.ConvertToInt32Native(x.Value.AsSingle()).As<int, T>())
        : typeof(T) == typeof(double) && Avx512DQ.IsSupported ? new(Vector512.ConvertToInt64Native(x.Value.AsDouble()).As<long, T>())
        : typeof(T) == typeof(double) ? Lanewise.IntegerBits<V512<T>, T>(x) : x;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> OfIntegerBits(V512<T> bits) =>
        typeof(T) == typeof(float) ? new(Vector512.ConvertToSingle(bits.Value.AsInt32()).As<float, T>())
        : typeof(T) == typeof(double) && Avx512DQ.IsSupported ? new(Vector512.ConvertToDouble(bits.Value.AsInt64()).As<double, T>())
        : typeof(T) == typeof(double) ? Lanewise.OfIntegerBits<V512<T>, T>(bits) : bits;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Scale(V512<T> x, V512<T> n) =>
        Avx512F.IsSupported && typeof(T) == typeof(float) ? new(Avx512F.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
        : Avx512F.IsSupported && typeof(T) == typeof(double) ? new(Avx512F.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>())
        : Lanewise.Scale<V512<T>, T>(x, n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V512<T> Decompose(V512<T> x, out V512<T> exponent)
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
        {
            var mantissa = Avx512F.GetMantissa(x.Value.AsSingle(), Lanewise.ThreeQuarters);
            exponent = new((Avx512F.GetExponent(x.Value.AsSingle()) - Avx512F.GetExponent(mantissa)).As<float, T>());
            return new(mantissa.As<float, T>());
        }
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
        {
            var mantissa = Avx512F.GetMantissa(x.Value.AsDouble(), Lanewise.ThreeQuarters);
            exponent = new((Avx512F.GetExponent(x.Value.AsDouble()) - Avx512F.GetExponent(mantissa)).As<double, T>());
            return new(mantissa.As<double, T>());
        }
        return Lanewise.Decompose<V512<T>, T>(x, out exponent);
    }
}
