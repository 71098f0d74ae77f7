using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Arithmetic;

/// <summary>256 bits of numbers.</summary>
public readonly struct V256<T>(Vector256<T> value) : ILanes<V256<T>, T> where T : unmanaged, IBinaryNumber<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The framework's vector.</summary>
    public Vector256<T> Value { get; } = value;

    /// <inheritdoc/>
    public static int Count => Vector256<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V256<T> Load(T* from) => new(Vector256.Load(from));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void Store(V256<T> x, T* to) => Vector256.Store(x.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> All(T value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Constant(float single, double @double) =>
        new(typeof(T) == typeof(float) ? Vector256.Create(single).As<float, T>() : Vector256.Create(@double).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Counting(T start) => new(Vector256.Create(start) + Vector256<T>.Indices);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator +(V256<T> x, V256<T> y) => new(x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator -(V256<T> x, V256<T> y) => new(x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator *(V256<T> x, V256<T> y) => new(x.Value * y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator /(V256<T> x, V256<T> y) => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? new(x.Value / y.Value) : Lanewise.Divide<V256<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator -(V256<T> x) => new(-x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator &(V256<T> x, V256<T> y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator |(V256<T> x, V256<T> y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator ^(V256<T> x, V256<T> y) => new(x.Value ^ y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> operator ~(V256<T> x) => new(~x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Fma(V256<T> x, V256<T> y, V256<T> z) => new(
        typeof(T) == typeof(float) ? Vector256.FusedMultiplyAdd(x.Value.AsSingle(), y.Value.AsSingle(), z.Value.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Vector256.FusedMultiplyAdd(x.Value.AsDouble(), y.Value.AsDouble(), z.Value.AsDouble()).As<double, T>()
        : (x.Value * y.Value) + z.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Min(V256<T> x, V256<T> y) => new(Vector256.Min(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Max(V256<T> x, V256<T> y) => new(Vector256.Max(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> AtLeast(V256<T> x, V256<T> bound) => new(Vector256.MaxNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> AtMost(V256<T> x, V256<T> bound) => new(Vector256.MinNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Abs(V256<T> x) => new(Vector256.Abs(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Sqrt(V256<T> x) => new(Vector256.Sqrt(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Floor(V256<T> x) => new(
        typeof(T) == typeof(float) ? Vector256.Floor(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector256.Floor(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Ceiling(V256<T> x) => new(
        typeof(T) == typeof(float) ? Vector256.Ceiling(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector256.Ceiling(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Round(V256<T> x) => new(
        typeof(T) == typeof(float) ? Vector256.Round(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector256.Round(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Truncate(V256<T> x) => new(
        typeof(T) == typeof(float) ? Vector256.Truncate(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector256.Truncate(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> CopySign(V256<T> x, V256<T> sign) => new(Vector256.ConditionalSelect(Vector256.Create(-T.Zero), sign.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Less(V256<T> x, V256<T> y) => new(Vector256.LessThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> LessOrEqual(V256<T> x, V256<T> y) => new(Vector256.LessThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Greater(V256<T> x, V256<T> y) => new(Vector256.GreaterThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> GreaterOrEqual(V256<T> x, V256<T> y) => new(Vector256.GreaterThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Equal(V256<T> x, V256<T> y) => new(Vector256.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> NotEqual(V256<T> x, V256<T> y) => new(~Vector256.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Select(V256<T> mask, V256<T> x, V256<T> y) => new(Vector256.ConditionalSelect(mask.Value, x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static bool Any(V256<T> mask) => mask.Value.AsByte() != Vector256<byte>.Zero;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V256<T> LoadMask(byte* from) => new(~Vector256.Equals(Masks.Widen256<T>(from), Vector256<T>.Zero));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void StoreMask(V256<T> mask, byte* to) => Masks.Narrow(mask.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Sum(V256<T> x) => V128<T>.Sum(new(x.Value.GetLower() + x.Value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Product(V256<T> x) => V128<T>.Product(new(x.Value.GetLower() * x.Value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MinOf(V256<T> x) => V128<T>.MinOf(new(Vector128.Min(x.Value.GetLower(), x.Value.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MaxOf(V256<T> x) => V128<T>.MaxOf(new(Vector128.Max(x.Value.GetLower(), x.Value.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> ShiftLeft(V256<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() << n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() << n).As<long, T>() : x.Value << n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> ShiftRight(V256<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >> n).As<long, T>() : x.Value >> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> ShiftRightLogical(V256<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >>> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >>> n).As<long, T>() : x.Value >>> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> ShiftLeft(V256<T> x, V256<T> y) =>
        Avx2.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx2.ShiftLeftLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx2.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx2.ShiftLeftLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftLeft<V256<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> ShiftRightLogical(V256<T> x, V256<T> y) =>
        Avx2.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx2.ShiftRightLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx2.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx2.ShiftRightLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftRightLogical<V256<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> AddBits(V256<T> x, V256<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() + y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() + y.Value.AsInt64()).As<long, T>() : x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> SubtractBits(V256<T> x, V256<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() - y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() - y.Value.AsInt64()).As<long, T>() : x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> IntegerBits(V256<T> x) =>
        typeof(T) == typeof(float) ? new(Vector256.ConvertToInt32Native(x.Value.AsSingle()).As<int, T>())
        : typeof(T) == typeof(double) && Avx512DQ.VL.IsSupported ? new(Vector256.ConvertToInt64Native(x.Value.AsDouble()).As<long, T>())
        : typeof(T) == typeof(double) ? Lanewise.IntegerBits<V256<T>, T>(x) : x;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> OfIntegerBits(V256<T> bits) =>
        typeof(T) == typeof(float) ? new(Vector256.ConvertToSingle(bits.Value.AsInt32()).As<float, T>())
        : typeof(T) == typeof(double) && Avx512DQ.VL.IsSupported ? new(Vector256.ConvertToDouble(bits.Value.AsInt64()).As<double, T>())
        : typeof(T) == typeof(double) ? Lanewise.OfIntegerBits<V256<T>, T>(bits) : bits;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Scale(V256<T> x, V256<T> n) =>
        Avx512F.VL.IsSupported && typeof(T) == typeof(float) ? new(Avx512F.VL.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
        : Avx512F.VL.IsSupported && typeof(T) == typeof(double) ? new(Avx512F.VL.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>())
        : Lanewise.Scale<V256<T>, T>(x, n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V256<T> Decompose(V256<T> x, out V256<T> exponent)
    {
        if (Avx512F.VL.IsSupported && typeof(T) == typeof(float))
        {
            var mantissa = Avx512F.VL.GetMantissa(x.Value.AsSingle(), Lanewise.ThreeQuarters);
            exponent = new((Avx512F.VL.GetExponent(x.Value.AsSingle()) - Avx512F.VL.GetExponent(mantissa)).As<float, T>());
            return new(mantissa.As<float, T>());
        }
        if (Avx512F.VL.IsSupported && typeof(T) == typeof(double))
        {
            var mantissa = Avx512F.VL.GetMantissa(x.Value.AsDouble(), Lanewise.ThreeQuarters);
            exponent = new((Avx512F.VL.GetExponent(x.Value.AsDouble()) - Avx512F.VL.GetExponent(mantissa)).As<double, T>());
            return new(mantissa.As<double, T>());
        }
        return Lanewise.Decompose<V256<T>, T>(x, out exponent);
    }
}
