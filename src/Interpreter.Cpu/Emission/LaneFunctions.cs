using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>What emitted code calls for an elementwise function of vectors: one method for each, by the function's name.</summary>
internal static class LaneFunctions
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const BindingFlags Static = BindingFlags.Static | BindingFlags.Public;

    /// <summary>The method, closed over a vector and its element type; null where there is none and lanes are computed one by one.</summary>
    public static MethodInfo? Find(string name, Type vector, Type element) =>
        LaneFunction.Find(name)?.Method.MakeGenericMethod(vector, element);

    /// <summary>A method of this class by its name, closed over some types.</summary>
    public static MethodInfo Of(string name, params Type[] types) => typeof(LaneFunctions).GetMethod(name, Static)!.MakeGenericMethod(types);

    [MethodImpl(Inline)]
    public static V Add<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => x + y;

    [MethodImpl(Inline)]
    public static V Maximum<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Max(x, y);

    [MethodImpl(Inline)]
    public static V Minimum<V, T>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Min(x, y);

    /// <summary>x where a mask of the integers as wide holds, y elsewhere.</summary>
    [MethodImpl(Inline)]
    public static V Choose<V, T, M>(M mask, V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> where M : struct =>
        V.Select(Unsafe.BitCast<M, V>(mask), x, y);

    /// <summary>The same bits as other lanes.</summary>
    [MethodImpl(Inline)]
    public static TTo Bits<TFrom, TTo>(TFrom x) where TFrom : struct where TTo : struct => Unsafe.BitCast<TFrom, TTo>(x);

    /// <summary>1 where a mask holds, 0 elsewhere.</summary>
    [MethodImpl(Inline)]
    public static V OfMask<V, T, M>(M mask) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> where M : struct =>
        V.Select(Unsafe.BitCast<M, V>(mask), V.All(T.One), V.All(T.Zero));

    /// <summary>Whether each is not zero.</summary>
    [MethodImpl(Inline)]
    public static V ToMask<V, T>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.NotEqual(x, V.All(T.Zero));

    /// <summary>The number at an address in all lanes.</summary>
    [MethodImpl(Inline)]
    public static unsafe V Spread<V, T>(T* from) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.All(*from);

    /// <summary>The truth value at an address in all lanes.</summary>
    [MethodImpl(Inline)]
    public static unsafe V SpreadMask<V, T>(byte* from) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.All(*from == 0 ? T.Zero : T.AllBitsSet);

    /// <summary>Adds the lanes to the number at an address.</summary>
    public static unsafe void FoldSum<V, T>(V x, T* to) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => *to = unchecked(*to + V.Sum(x));

    /// <summary>Makes the number at an address the greatest of the lanes and itself.</summary>
    public static unsafe void FoldMax<V, T>(V x, T* to) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => *to = T.Max(*to, V.MaxOf(x));

    /// <summary>Makes the number at an address the least of the lanes and itself.</summary>
    public static unsafe void FoldMin<V, T>(V x, T* to) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => *to = T.Min(*to, V.MinOf(x));

    /// <summary>What a reduction begins with, in all lanes.</summary>
    public static V Neutral<V, T>(int kind) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.All((Reduction)kind switch
    {
        Reduction.Sum => T.Zero,
        Reduction.Max => T.CreateSaturating(double.NegativeInfinity),
        _ => T.CreateSaturating(double.PositiveInfinity),
    });

    /// <summary>Lanes one by one.</summary>
    public static unsafe V EachFloat<V, T, F>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where F : struct, IFloatUnary
    {
        var a = stackalloc T[V.Count];
        V.Store(x, a);
        for (var i = 0; i < V.Count; i++) a[i] = F.Apply(a[i]);
        return V.Load(a);
    }

    /// <summary>Lanes one by one.</summary>
    public static unsafe V EachFloats<V, T, F>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where F : struct, IFloatBinary
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = F.Apply(a[i], b[i]);
        return V.Load(a);
    }

    /// <summary>Lanes one by one.</summary>
    public static unsafe V EachNumber<V, T, F>(V x) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> where F : struct, INumberUnary
    {
        var a = stackalloc T[V.Count];
        V.Store(x, a);
        for (var i = 0; i < V.Count; i++) a[i] = F.Apply(a[i]);
        return V.Load(a);
    }

    /// <summary>Lanes one by one.</summary>
    public static unsafe V EachNumbers<V, T, F>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> where F : struct, INumberBinary
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = F.Apply(a[i], b[i]);
        return V.Load(a);
    }

    /// <summary>Lanes one by one.</summary>
    public static unsafe V EachBits<V, T, F>(V x, V y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryInteger<T> where F : struct, IBitwise
    {
        T* a = stackalloc T[V.Count], b = stackalloc T[V.Count];
        V.Store(x, a);
        V.Store(y, b);
        for (var i = 0; i < V.Count; i++) a[i] = F.Apply(a[i], b[i]);
        return V.Load(a);
    }
}
