using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// The functions of graphs, written once over <see cref="ILanes{V, T}"/>, for f32 and f64, from sums, products, fused multiply-adds and
/// comparisons. NaN goes in and out; infinities, zeros with their signs and subnormal numbers are as in IEEE 754. Each says how far from the true
/// value it may be (<see cref="ComputesAttribute"/>); polynomials are minimax fits by Remez's algorithm for the error relative to the result.
/// </summary>
public static partial class Lanes
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The sign bit.</summary>
    [MethodImpl(Inline)]
    private static V SignBit<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Constant(-0.0f, -0.0);

    /// <summary>Adding it rounds to an integer, ties to even, whose bits are the low bits of the sum.</summary>
    [MethodImpl(Inline)]
    private static V Rounder<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Constant(12582912f, 6755399441055744.0);

    /// <summary>The integer nearest to x · factor; never −0.</summary>
    [MethodImpl(Inline)]
    private static V Nearest<V, T>(V x, V factor) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Fma(x, factor, Rounder<V, T>()) - Rounder<V, T>();
}
