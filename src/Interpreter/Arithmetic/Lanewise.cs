using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Arithmetic;

/// <summary>What lanes do where the processor has no instruction for it: by other instructions, or one by one.</summary>
internal static class Lanewise
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The instruction's name for mantissas in [¾, 1½), NaN for negative numbers.</summary>
    public const byte ThreeQuarters = 15;

    /// <summary>The bits of a significand after the leading one.</summary>
    [MethodImpl(Inline)]
    private static int FractionBits<T>() where T : unmanaged => Unsafe.SizeOf<T>() == 4 ? 23 : 52;

    /// <summary>The number from which on all are integers, and a half more so that negative ones are, too: adding it rounds.</summary>
    [MethodImpl(Inline)]
    private static V Rounder<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.Constant(12582912f, 6755399441055744.0);

    [MethodImpl(Inline)]
    public static V IntegerBits<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.SubtractBits(x + Rounder<V, T>(), Rounder<V, T>());

    [MethodImpl(Inline)]
    public static V OfIntegerBits<V, T>(V bits) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.AddBits(bits, Rounder<V, T>()) - Rounder<V, T>();

    /// <summary>By two powers of two, each half the exponent: the first product is exact, or so small that the second is 0.</summary>
    [MethodImpl(Inline)]
    public static V Scale<V, T>(V x, V n) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var most = V.AtMost(n, V.Constant(254, 2046));
        var all = V.IntegerBits(V.AtLeast(most, V.Constant(-250, -2042)));
        var first = V.ShiftRight(all, 1);
        return x * PowerOfTwo<V, T>(first) * PowerOfTwo<V, T>(V.SubtractBits(all, first));
    }

    /// <summary>2ⁿ for the bits of an integer n that is a normal number's exponent.</summary>
    [MethodImpl(Inline)]
    private static V PowerOfTwo<V, T>(V bits) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        V.ShiftLeft(V.AddBits(bits, V.All(Scalar.OfBits<T>(127, 1023))), FractionBits<T>());

    /// <summary>By integer arithmetic on the bits, of which those above the fraction count powers of two.</summary>
    [MethodImpl(Inline)]
    public static V Decompose<V, T>(V x, out V exponent) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var infinity = V.Constant(float.PositiveInfinity, double.PositiveInfinity);
        var ordinary = V.Greater(x, V.All(T.Zero)) & V.Less(x, infinity);
        var small = V.Less(x, V.Constant(1.17549435e-38f, 2.2250738585072014e-308));
        var normal = V.Select(small, x * V.Constant(16777216f, 18014398509481984.0), x);
        var e = V.ShiftRight(V.SubtractBits(normal, V.Constant(0.75f, 0.75)), FractionBits<T>());
        var limit = V.Select(V.Equal(x, V.All(T.Zero)), -infinity, infinity);
        exponent = V.Select(ordinary, V.OfIntegerBits(e) - (small & V.Constant(24, 54)), limit);
        var other = V.Select(V.GreaterOrEqual(x, V.All(T.Zero)), V.All(T.One), V.Constant(float.NaN, double.NaN));
        return V.Select(ordinary, V.SubtractBits(normal, V.ShiftLeft(e, FractionBits<T>())), other);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Divide<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = Scalar.Divide(a[i], b[i]);
        return V.Load(a);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V ShiftLeft<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = V1<T>.ShiftLeft(new V1<T>(a[i]), new V1<T>(b[i])).Value;
        return V.Load(a);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V ShiftRightLogical<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = V1<T>.ShiftRightLogical(new V1<T>(a[i]), new V1<T>(b[i])).Value;
        return V.Load(a);
    }

    /// <summary>The lanes of bytes in one, along the tree of halves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Reduce<T>(V128<T> x, Func<T, T, T> f) where T : unmanaged, IBinaryNumber<T>
    {
        Span<T> lanes = stackalloc T[V128<T>.Count];
        x.Value.CopyTo(lanes);
        for (var n = lanes.Length / 2; n > 0; n /= 2)
        {
            for (var i = 0; i < n; i++) lanes[i] = f(lanes[i], lanes[i + n]);
        }
        return lanes[0];
    }

    /// <summary>y, and where the mask holds a double's function of x.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Replace<V, T>(V mask, V x, V y, Func<double, double> f) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        T* m = stackalloc T[V.Count], a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(mask, m);
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++)
        {
            if (Scalar.HasBits(m[i])) b[i] = T.CreateTruncating(f(double.CreateTruncating(a[i])));
        }
        return V.Load(b);
    }

    /// <summary>r, and where the mask holds the remainder of x by y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Remainder<V, T>(V mask, V x, V y, V r) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        T* m = stackalloc T[V.Count], a = stackalloc T[V.Count], b = stackalloc T[V.Count], c = stackalloc T[V.Count];
        V.Store(mask, m);
        V.Store(x, a);
        V.Store(y, b);
        V.Store(r, c);
        for (var i = 0; i < V.Count; i++)
        {
            if (Scalar.HasBits(m[i])) c[i] = Scalar.Remainder(a[i], b[i]);
        }
        return V.Load(c);
    }
}
