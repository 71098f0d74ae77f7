using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Arithmetic;

/// <summary>128 bits of numbers.</summary>
public readonly struct V128<T>(Vector128<T> value) : ILanes<V128<T>, T> where T : unmanaged, IBinaryNumber<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The framework's vector.</summary>
    public Vector128<T> Value { get; } = value;

    /// <inheritdoc/>
    public static int Count => Vector128<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V128<T> Load(T* from) => new(Vector128.Load(from));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void Store(V128<T> x, T* to) => Vector128.Store(x.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> All(T value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Constant(float single, double @double) =>
        new(typeof(T) == typeof(float) ? Vector128.Create(single).As<float, T>() : Vector128.Create(@double).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Counting(T start) => new(Vector128.Create(start) + Vector128<T>.Indices);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator +(V128<T> x, V128<T> y) => new(x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator -(V128<T> x, V128<T> y) => new(x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator *(V128<T> x, V128<T> y) => new(x.Value * y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator /(V128<T> x, V128<T> y) => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? new(x.Value / y.Value) : Lanewise.Divide<V128<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator -(V128<T> x) => new(-x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator &(V128<T> x, V128<T> y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator |(V128<T> x, V128<T> y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator ^(V128<T> x, V128<T> y) => new(x.Value ^ y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> operator ~(V128<T> x) => new(~x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Fma(V128<T> x, V128<T> y, V128<T> z) => new(
        typeof(T) == typeof(float) ? Vector128.FusedMultiplyAdd(x.Value.AsSingle(), y.Value.AsSingle(), z.Value.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Vector128.FusedMultiplyAdd(x.Value.AsDouble(), y.Value.AsDouble(), z.Value.AsDouble()).As<double, T>()
        : (x.Value * y.Value) + z.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Min(V128<T> x, V128<T> y) => new(Vector128.Min(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Max(V128<T> x, V128<T> y) => new(Vector128.Max(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> AtLeast(V128<T> x, V128<T> bound) => new(Vector128.MaxNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> AtMost(V128<T> x, V128<T> bound) => new(Vector128.MinNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Abs(V128<T> x) => new(Vector128.Abs(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Sqrt(V128<T> x) => new(Vector128.Sqrt(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Floor(V128<T> x) => new(
        typeof(T) == typeof(float) ? Vector128.Floor(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector128.Floor(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Ceiling(V128<T> x) => new(
        typeof(T) == typeof(float) ? Vector128.Ceiling(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector128.Ceiling(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Round(V128<T> x) => new(
        typeof(T) == typeof(float) ? Vector128.Round(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector128.Round(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Truncate(V128<T> x) => new(
        typeof(T) == typeof(float) ? Vector128.Truncate(x.Value.AsSingle()).As<float, T>() : typeof(T) == typeof(double) ? Vector128.Truncate(x.Value.AsDouble()).As<double, T>() : x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> CopySign(V128<T> x, V128<T> sign) => new(Vector128.ConditionalSelect(Vector128.Create(-T.Zero), sign.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Less(V128<T> x, V128<T> y) => new(Vector128.LessThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> LessOrEqual(V128<T> x, V128<T> y) => new(Vector128.LessThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Greater(V128<T> x, V128<T> y) => new(Vector128.GreaterThan(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> GreaterOrEqual(V128<T> x, V128<T> y) => new(Vector128.GreaterThanOrEqual(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Equal(V128<T> x, V128<T> y) => new(Vector128.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> NotEqual(V128<T> x, V128<T> y) => new(~Vector128.Equals(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Select(V128<T> mask, V128<T> x, V128<T> y) => new(Vector128.ConditionalSelect(mask.Value, x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static bool Any(V128<T> mask) => mask.Value.AsByte() != Vector128<byte>.Zero;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V128<T> LoadMask(byte* from) => new(~Vector128.Equals(Masks.Widen128<T>(from), Vector128<T>.Zero));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void StoreMask(V128<T> mask, byte* to) => Masks.Narrow(mask.Value, to);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Sum(V128<T> x) => Unsafe.SizeOf<T>() == 8 ? x.Value[0] + x.Value[1] : Unsafe.SizeOf<T>() == 4 ? (x.Value[0] + x.Value[2]) + (x.Value[1] + x.Value[3]) : Lanewise.Reduce(x, (a, b) => unchecked(a + b));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Product(V128<T> x) => Unsafe.SizeOf<T>() == 8 ? x.Value[0] * x.Value[1] : Unsafe.SizeOf<T>() == 4 ? (x.Value[0] * x.Value[2]) * (x.Value[1] * x.Value[3]) : Lanewise.Reduce(x, (a, b) => unchecked(a * b));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MinOf(V128<T> x) => Unsafe.SizeOf<T>() == 8 ? T.Min(x.Value[0], x.Value[1]) : Unsafe.SizeOf<T>() == 4 ? T.Min(T.Min(x.Value[0], x.Value[2]), T.Min(x.Value[1], x.Value[3])) : Lanewise.Reduce(x, T.Min);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MaxOf(V128<T> x) => Unsafe.SizeOf<T>() == 8 ? T.Max(x.Value[0], x.Value[1]) : Unsafe.SizeOf<T>() == 4 ? T.Max(T.Max(x.Value[0], x.Value[2]), T.Max(x.Value[1], x.Value[3])) : Lanewise.Reduce(x, T.Max);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> ShiftLeft(V128<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() << n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() << n).As<long, T>() : x.Value << n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> ShiftRight(V128<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >> n).As<long, T>() : x.Value >> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> ShiftRightLogical(V128<T> x, int n) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() >>> n).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() >>> n).As<long, T>() : x.Value >>> n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> ShiftLeft(V128<T> x, V128<T> y) =>
        Avx2.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx2.ShiftLeftLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx2.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx2.ShiftLeftLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftLeft<V128<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> ShiftRightLogical(V128<T> x, V128<T> y) =>
        Avx2.IsSupported && Unsafe.SizeOf<T>() == 4 ? new(Avx2.ShiftRightLogicalVariable(x.Value.AsUInt32(), y.Value.AsUInt32()).As<uint, T>())
        : Avx2.IsSupported && Unsafe.SizeOf<T>() == 8 ? new(Avx2.ShiftRightLogicalVariable(x.Value.AsUInt64(), y.Value.AsUInt64()).As<ulong, T>())
        : Lanewise.ShiftRightLogical<V128<T>, T>(x, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> AddBits(V128<T> x, V128<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() + y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() + y.Value.AsInt64()).As<long, T>() : x.Value + y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> SubtractBits(V128<T> x, V128<T> y) => new(
        Unsafe.SizeOf<T>() == 4 ? (x.Value.AsInt32() - y.Value.AsInt32()).As<int, T>() : Unsafe.SizeOf<T>() == 8 ? (x.Value.AsInt64() - y.Value.AsInt64()).As<long, T>() : x.Value - y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> IntegerBits(V128<T> x) =>
        typeof(T) == typeof(float) ? new(Vector128.ConvertToInt32Native(x.Value.AsSingle()).As<int, T>())
        : typeof(T) == typeof(double) && Avx512DQ.VL.IsSupported ? new(Vector128.ConvertToInt64Native(x.Value.AsDouble()).As<long, T>())
        : typeof(T) == typeof(double) ? Lanewise.IntegerBits<V128<T>, T>(x) : x;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> OfIntegerBits(V128<T> bits) =>
        typeof(T) == typeof(float) ? new(Vector128.ConvertToSingle(bits.Value.AsInt32()).As<float, T>())
        : typeof(T) == typeof(double) && Avx512DQ.VL.IsSupported ? new(Vector128.ConvertToDouble(bits.Value.AsInt64()).As<double, T>())
        : typeof(T) == typeof(double) ? Lanewise.OfIntegerBits<V128<T>, T>(bits) : bits;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Scale(V128<T> x, V128<T> n) =>
        Avx512F.VL.IsSupported && typeof(T) == typeof(float) ? new(Avx512F.VL.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
        : Avx512F.VL.IsSupported && typeof(T) == typeof(double) ? new(Avx512F.VL.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>())
        : Lanewise.Scale<V128<T>, T>(x, n);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V128<T> Decompose(V128<T> x, out V128<T> exponent)
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
        return Lanewise.Decompose<V128<T>, T>(x, out exponent);
    }
}
