using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>How vectors are loaded of elements at equal distances.</summary>
internal unsafe interface IStep
{
    /// <summary>The elements at from, from + step, from + 2 step, ... Nothing beyond the last of them is read.</summary>
    static abstract V Load<V, T>(T* from, nint step) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>;
}

/// <summary>Elements that lie side by side.</summary>
internal readonly unsafe struct Adjacent : IStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, T>(T* from, nint step) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => V.Load(from);
}

/// <summary>Every second element, of four bytes each.</summary>
internal readonly unsafe struct Alternate : IStep
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static V Load<V, T>(T* from, nint step) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> =>
        typeof(V) == typeof(V512<T>) ? Unsafe.BitCast<Vector512<int>, V>(Even(Vector512.Load((int*)from), Vector512.Load((int*)from + 15)))
        : typeof(V) == typeof(V256<T>) ? Unsafe.BitCast<Vector256<int>, V>(Even(Vector256.Load((int*)from), Vector256.Load((int*)from + 7)))
        : typeof(V) == typeof(V128<T>) ? Unsafe.BitCast<Vector128<int>, V>(Even(Vector128.Load((int*)from), Vector128.Load((int*)from + 3)))
        : V.Load(from);

    /// <summary>The even elements and the odd ones of twice as many as a vector has.</summary>
    [MethodImpl(Inline)]
    public static (V Even, V Odd) Both<V, T>(T* from) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var x = (int*)from;
        var y = x + V.Count;
        if (typeof(V) == typeof(V512<T>))
        {
            var (low, high) = (Vector512.Load(x), Vector512.Load(y));
            return (
                Unsafe.BitCast<Vector512<int>, V>(Avx512F.PermuteVar16x32x2(low, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), high)),
                Unsafe.BitCast<Vector512<int>, V>(Avx512F.PermuteVar16x32x2(low, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), high)));
        }
        if (typeof(V) == typeof(V256<T>))
        {
            var order = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
            var (low, high) = (Vector256.Shuffle(Vector256.Load(x), order), Vector256.Shuffle(Vector256.Load(y), order));
            return (
                Unsafe.BitCast<Vector256<int>, V>(Vector256.Create(low.GetLower(), high.GetLower())),
                Unsafe.BitCast<Vector256<int>, V>(Vector256.Create(low.GetUpper(), high.GetUpper())));
        }
        if (typeof(V) == typeof(V128<T>))
        {
            var order = Vector128.Create(0, 2, 1, 3);
            var (low, high) = (Vector128.Shuffle(Vector128.Load(x), order), Vector128.Shuffle(Vector128.Load(y), order));
            return (
                Unsafe.BitCast<Vector128<int>, V>(Vector128.Create(low.GetLower(), high.GetLower())),
                Unsafe.BitCast<Vector128<int>, V>(Vector128.Create(low.GetUpper(), high.GetUpper())));
        }
        return (V.Load(from), V.Load(from + 1));
    }

    /// <summary>Writes two vectors by turns.</summary>
    [MethodImpl(Inline)]
    public static void Store<V, T>(V x, V y, T* to) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        if (typeof(V) == typeof(V512<T>)) ByTurns(Unsafe.BitCast<V, Vector512<int>>(x), Unsafe.BitCast<V, Vector512<int>>(y), (int*)to);
        else if (typeof(V) == typeof(V256<T>)) ByTurns(Unsafe.BitCast<V, Vector256<int>>(x), Unsafe.BitCast<V, Vector256<int>>(y), (int*)to);
        else ByTurns(Unsafe.BitCast<V, Vector128<int>>(x), Unsafe.BitCast<V, Vector128<int>>(y), (int*)to);
    }

    [MethodImpl(Inline)]
    private static void ByTurns(Vector512<int> x, Vector512<int> y, int* to)
    {
        Avx512F.PermuteVar16x32x2(x, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), y).Store(to);
        Avx512F.PermuteVar16x32x2(x, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), y).Store(to + 16);
    }

    [MethodImpl(Inline)]
    private static void ByTurns(Vector256<int> x, Vector256<int> y, int* to)
    {
        ByTurns(x.GetLower(), y.GetLower(), to);
        ByTurns(x.GetUpper(), y.GetUpper(), to + 8);
    }

    [MethodImpl(Inline)]
    private static void ByTurns(Vector128<int> x, Vector128<int> y, int* to)
    {
        var odd = Vector128.Create(0, -1, 0, -1);
        Vector128.ConditionalSelect(odd, Vector128.Shuffle(y, Vector128.Create(0, 0, 1, 1)), Vector128.Shuffle(x, Vector128.Create(0, 0, 1, 1))).Store(to);
        Vector128.ConditionalSelect(odd, Vector128.Shuffle(y, Vector128.Create(2, 2, 3, 3)), Vector128.Shuffle(x, Vector128.Create(2, 2, 3, 3))).Store(to + 4);
    }

    /// <summary>The even lanes of the first, then the odd lanes of the second.</summary>
    [MethodImpl(Inline)]
    private static Vector512<int> Even(Vector512<int> x, Vector512<int> y) =>
        Avx512F.PermuteVar16x32x2(x, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31), y);

    [MethodImpl(Inline)]
    private static Vector256<int> Even(Vector256<int> x, Vector256<int> y) => Vector256.ConditionalSelect(
        Vector256.Create(-1, -1, -1, -1, 0, 0, 0, 0),
        Vector256.Shuffle(x, Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6)),
        Vector256.Shuffle(y, Vector256.Create(1, 3, 5, 7, 1, 3, 5, 7)));

    [MethodImpl(Inline)]
    private static Vector128<int> Even(Vector128<int> x, Vector128<int> y) => Vector128.ConditionalSelect(
        Vector128.Create(-1, -1, 0, 0),
        Vector128.Shuffle(x, Vector128.Create(0, 2, 0, 2)),
        Vector128.Shuffle(y, Vector128.Create(1, 3, 1, 3)));
}

/// <summary>Elements at any distance, one by one.</summary>
internal readonly unsafe struct Apart : IStep
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Load<V, T>(T* from, nint step) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        if (V.Count == 1) return V.Load(from);
        var lanes = stackalloc T[V.Count];
        for (var i = 0; i < V.Count; i++) lanes[i] = from[i * step];
        return V.Load(lanes);
    }
}
