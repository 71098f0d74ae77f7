using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// Polynomials c₀ + x (c₁ + x (...)) by Horner's rule in fused multiply-adds, and with p as the last coefficient: an overload for each number of
/// coefficients, since a loop over an array would neither unroll nor keep its constants in instructions.
/// </summary>
public static partial class Lanes
{
    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c2, c2), x, c0, c1);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c3, c3), x, c0, c1, c2);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c4, c4), x, c0, c1, c2, c3);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c5, c5), x, c0, c1, c2, c3, c4);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c6, c6), x, c0, c1, c2, c3, c4, c5);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c7, c7), x, c0, c1, c2, c3, c4, c5, c6);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c8, c8), x, c0, c1, c2, c3, c4, c5, c6, c7);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c9, c9), x, c0, c1, c2, c3, c4, c5, c6, c7, c8);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c10, c10), x, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c11, c11), x, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        Horner<V, T>(V.Constant((float)c12, c12), x, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c7, c7));
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c8, c8));
        p = V.Fma(p, x, V.Constant((float)c7, c7));
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c9, c9));
        p = V.Fma(p, x, V.Constant((float)c8, c8));
        p = V.Fma(p, x, V.Constant((float)c7, c7));
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c10, c10));
        p = V.Fma(p, x, V.Constant((float)c9, c9));
        p = V.Fma(p, x, V.Constant((float)c8, c8));
        p = V.Fma(p, x, V.Constant((float)c7, c7));
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }

    [MethodImpl(Inline)]
    private static V Horner<V, T>(V p, V x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11)
        where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        p = V.Fma(p, x, V.Constant((float)c11, c11));
        p = V.Fma(p, x, V.Constant((float)c10, c10));
        p = V.Fma(p, x, V.Constant((float)c9, c9));
        p = V.Fma(p, x, V.Constant((float)c8, c8));
        p = V.Fma(p, x, V.Constant((float)c7, c7));
        p = V.Fma(p, x, V.Constant((float)c6, c6));
        p = V.Fma(p, x, V.Constant((float)c5, c5));
        p = V.Fma(p, x, V.Constant((float)c4, c4));
        p = V.Fma(p, x, V.Constant((float)c3, c3));
        p = V.Fma(p, x, V.Constant((float)c2, c2));
        p = V.Fma(p, x, V.Constant((float)c1, c1));
        return V.Fma(p, x, V.Constant((float)c0, c0));
    }
}
