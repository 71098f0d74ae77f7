using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>One number: the end of an array, and what a device's thread computes with.</summary>
public readonly struct V1<T>(T value) : ILanes<V1<T>, T> where T : unmanaged, IBinaryNumber<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The number.</summary>
    public T Value { get; } = value;

    [MethodImpl(Inline)]
    private static V1<T> Mask(bool holds) => new(holds ? T.AllBitsSet : T.Zero);

    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V1<T> Load(T* from) => new(*from);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void Store(V1<T> x, T* to) => *to = x.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> All(T value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Constant(float single, double @double) => new(Scalar.Constant<T>(single, @double));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Counting(T start) => new(start);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator +(V1<T> x, V1<T> y) => new(unchecked(x.Value + y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator -(V1<T> x, V1<T> y) => new(unchecked(x.Value - y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator *(V1<T> x, V1<T> y) => new(unchecked(x.Value * y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator /(V1<T> x, V1<T> y) => new(Scalar.Divide(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator -(V1<T> x) => new(unchecked(-x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator &(V1<T> x, V1<T> y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator |(V1<T> x, V1<T> y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator ^(V1<T> x, V1<T> y) => new(x.Value ^ y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> operator ~(V1<T> x) => new(~x.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Fma(V1<T> x, V1<T> y, V1<T> z) => new(Scalar.Fma(x.Value, y.Value, z.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Min(V1<T> x, V1<T> y) => new(T.Min(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Max(V1<T> x, V1<T> y) => new(T.Max(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> AtLeast(V1<T> x, V1<T> bound) => bound.Value > x.Value ? bound : x;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> AtMost(V1<T> x, V1<T> bound) => bound.Value < x.Value ? bound : x;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Abs(V1<T> x) => new(Scalar.Abs(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Sqrt(V1<T> x) => new(Scalar.Sqrt(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Floor(V1<T> x) => new(Scalar.Floor(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Ceiling(V1<T> x) => new(Scalar.Ceiling(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Round(V1<T> x) => new(Scalar.Round(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Truncate(V1<T> x) => new(Scalar.Truncate(x.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> CopySign(V1<T> x, V1<T> sign) => new((sign.Value & -T.Zero) | (x.Value & ~-T.Zero));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Less(V1<T> x, V1<T> y) => Mask(x.Value < y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> LessOrEqual(V1<T> x, V1<T> y) => Mask(x.Value <= y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Greater(V1<T> x, V1<T> y) => Mask(x.Value > y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> GreaterOrEqual(V1<T> x, V1<T> y) => Mask(x.Value >= y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Equal(V1<T> x, V1<T> y) => Mask(x.Value == y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> NotEqual(V1<T> x, V1<T> y) => Mask(x.Value != y.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> Select(V1<T> mask, V1<T> x, V1<T> y) => Scalar.HasBits(mask.Value) ? x : y;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static bool Any(V1<T> mask) => Scalar.HasBits(mask.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe V1<T> LoadMask(byte* from) => Mask(*from != 0);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static unsafe void StoreMask(V1<T> mask, byte* to) => *to = (byte)(Scalar.HasBits(mask.Value) ? 1 : 0);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Sum(V1<T> x) => x.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T Product(V1<T> x) => x.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MinOf(V1<T> x) => x.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static T MaxOf(V1<T> x) => x.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> ShiftLeft(V1<T> x, int n) => new(Scalar.ShiftLeft(x.Value, n));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> ShiftRight(V1<T> x, int n) => new(Scalar.ShiftRight(x.Value, n));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> ShiftRightLogical(V1<T> x, int n) => new(Scalar.ShiftRightLogical(x.Value, n));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> ShiftLeft(V1<T> x, V1<T> y) => new(Scalar.InWidth(y.Value) ? Scalar.ShiftLeft(x.Value, int.CreateTruncating(y.Value)) : T.Zero);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> ShiftRightLogical(V1<T> x, V1<T> y) =>
        new(Scalar.InWidth(y.Value) ? Scalar.ShiftRightLogical(x.Value, int.CreateTruncating(y.Value)) : T.Zero);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> AddBits(V1<T> x, V1<T> y) => new(Scalar.AddBits(x.Value, y.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V1<T> SubtractBits(V1<T> x, V1<T> y) => new(Scalar.SubtractBits(x.Value, y.Value));
}
