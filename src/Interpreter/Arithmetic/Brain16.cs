using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Arithmetic;

/// <summary>bf16: the upper half of f32's bits.</summary>
public readonly struct Brain16 : IHalfFloat
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const uint Upper = 0xFFFF_0000;
    private const uint Quiet = 0x0040_0000;
    private const uint AlmostHalf = 0x7FFF;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Widened<V>(V bits) where V : struct, ILanes<V, float> => V.ShiftLeft(bits, 16);

    /// <summary>Half of the last place that is kept is added, less what breaks a tie to even, and the lower half dropped. A NaN is made quiet instead.</summary>
    [MethodImpl(Inline)]
    public static V Round<V>(V x) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>)) return Unsafe.BitCast<Vector512<uint>, V>(Round(Unsafe.BitCast<V, Vector512<uint>>(x)));
        var odd = V.ShiftRightLogical(x, 16) & HalfFloats.Bits<V>(1);
        var near = V.AddBits(x, V.AddBits(odd, HalfFloats.Bits<V>(AlmostHalf)));
        return V.Select(V.Equal(x, x), near, x | HalfFloats.Bits<V>(Quiet)) & HalfFloats.Bits<V>(Upper);
    }

    [MethodImpl(Inline)]
    private static Vector512<uint> Round(Vector512<uint> x)
    {
        var near = x + (((x >>> 16) & Vector512<uint>.One) + Vector512.Create(AlmostHalf));
        return Vector512.ConditionalSelect(Vector512.Equals(x.AsSingle(), x.AsSingle()).AsUInt32(), near, x | Vector512.Create(Quiet)) & Vector512.Create(Upper);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Bits<V>(V x) where V : struct, ILanes<V, float> => V.ShiftRightLogical(x, 16);
}
