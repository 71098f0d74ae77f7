using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>bf16: the upper half of f32's bits.</summary>
public readonly struct Brain16 : IHalfFloat
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Widened<V>(V bits) where V : struct, ILanes<V, float> => V.ShiftLeft(bits, 16);

    /// <summary>Half of the last place that is kept is added, less what breaks a tie to even, and the lower half dropped. A NaN is made quiet instead.</summary>
    [MethodImpl(Inline)]
    public static V Round<V>(V x) where V : struct, ILanes<V, float>
    {
        var odd = V.ShiftRightLogical(x, 16) & HalfFloats.Bits<V>(1);
        var near = V.AddBits(x, V.AddBits(odd, HalfFloats.Bits<V>(0x7FFF)));
        return V.Select(V.Equal(x, x), near, x | HalfFloats.Bits<V>(0x0040_0000)) & HalfFloats.Bits<V>(0xFFFF_0000);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Bits<V>(V x) where V : struct, ILanes<V, float> => V.ShiftRightLogical(x, 16);
}
