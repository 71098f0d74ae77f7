using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// f16: a sign, 5 bits of exponent, which is 112 less than f32's, and 10 of fraction. Numbers below the least normal one, 2⁻¹⁴, are multiples of
/// 2⁻²⁴, which is the last place of ½ in f32: the last bits of their sum with ½ are their own.
/// </summary>
public readonly struct Binary16 : IHalfFloat
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Dropped = 13;
    private const uint Exponents = 112u << 23;
    private const uint Infinity = 0x7F80_0000;
    private const uint Size = 0x7FFF;
    private const float LeastNormal = 1 / 16384f;
    private const float Greatest = 65504;
    private const float FirstBeyond = 65520;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Widened<V>(V bits) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>)) return Unsafe.BitCast<Vector512<uint>, V>(Widened(Unsafe.BitCast<V, Vector512<uint>>(bits)));
        var (half, size) = (V.All(0.5f), bits & HalfFloats.Bits<V>(Size));
        var normal = V.AddBits(V.ShiftLeft(size, Dropped), HalfFloats.Bits<V>(Exponents));
        var number = V.Select(V.Less(normal, V.All(LeastNormal)), V.AddBits(half, size) - half, normal);
        return V.Select(V.Greater(normal, V.All(Greatest)), normal | HalfFloats.Bits<V>(Infinity), number) | V.ShiftLeft(bits ^ size, 16);
    }

    [MethodImpl(Inline)]
    private static Vector512<uint> Widened(Vector512<uint> bits)
    {
        var (half, size) = (Vector512.Create(0.5f), bits & Vector512.Create(Size));
        var normal = (size << Dropped) + Vector512.Create(Exponents);
        var number = Vector512.ConditionalSelect(Vector512.LessThan(normal, Vector512.Create(Exponents + (1 << 23))), ((half.AsUInt32() + size).AsSingle() - half).AsUInt32(), normal);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(normal.AsSingle(), Vector512.Create(Greatest)).AsUInt32(), normal | Vector512.Create(Infinity), number) | ((bits ^ size) << 16);
    }

    /// <summary>Adding 2¹³ times a number's own power of two, or 2⁻¹⁴ where that is greater, leaves as many bits as it keeps: the sum rounds.</summary>
    [MethodImpl(Inline)]
    public static V Round<V>(V x) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>)) return Unsafe.BitCast<Vector512<float>, V>(Round(Unsafe.BitCast<V, Vector512<float>>(x)));
        var size = V.Abs(x);
        var rounder = V.AddBits(V.AtLeast(size & HalfFloats.Bits<V>(Infinity), V.All(LeastNormal)), HalfFloats.Bits<V>(Dropped << 23));
        var near = size + rounder - rounder;
        return V.CopySign(V.Select(V.GreaterOrEqual(size, V.All(FirstBeyond)), V.All(float.PositiveInfinity), near), x);
    }

    [MethodImpl(Inline)]
    private static Vector512<float> Round(Vector512<float> x)
    {
        var size = Vector512.Abs(x);
        var rounder = (Vector512.Max(size.AsUInt32() & Vector512.Create(Infinity), Vector512.Create(Exponents + (1 << 23))) + Vector512.Create((uint)Dropped << 23)).AsSingle();
        var near = size + rounder - rounder;
        near = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(size, Vector512.Create(FirstBeyond)), Vector512.Create(float.PositiveInfinity), near);
        return Vector512.ConditionalSelect(Vector512.Create(-0.0f), x, near);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Bits<V>(V x) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>)) return Unsafe.BitCast<Vector512<uint>, V>(Bits(Unsafe.BitCast<V, Vector512<float>>(x)));
        var (half, size) = (V.All(0.5f), V.Abs(x));
        var normal = V.ShiftRightLogical(V.SubtractBits(size, HalfFloats.Bits<V>(Exponents)), Dropped);
        var special = V.ShiftRightLogical(size, Dropped) & HalfFloats.Bits<V>(Size);
        var number = V.Select(V.LessOrEqual(size, V.All(Greatest)), normal, special);
        return V.Select(V.Less(size, V.All(LeastNormal)), V.SubtractBits(size + half, half), number) | V.ShiftRightLogical(x ^ size, 16);
    }

    [MethodImpl(Inline)]
    private static Vector512<uint> Bits(Vector512<float> x)
    {
        var (half, size) = (Vector512.Create(0.5f), Vector512.Abs(x));
        var normal = (size.AsUInt32() - Vector512.Create(Exponents)) >>> Dropped;
        var special = (size.AsUInt32() >>> Dropped) & Vector512.Create(Size);
        var number = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(size, Vector512.Create(Greatest)).AsUInt32(), normal, special);
        return Vector512.ConditionalSelect(Vector512.LessThan(size, Vector512.Create(LeastNormal)).AsUInt32(), (size + half).AsUInt32() - half.AsUInt32(), number) | ((x.AsUInt32() ^ size.AsUInt32()) >>> 16);
    }
}
