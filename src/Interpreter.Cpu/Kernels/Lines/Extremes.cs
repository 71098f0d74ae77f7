using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Where along an axis the greatest or the least element is: of adjacent elements by lanes, of others for many lines at once. Where the sum of a
/// line's elements is NaN, which it is where one of them is, the line is gone through again one by one.
/// </summary>
internal static unsafe class Extremes<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int Columns = 256;

    private static bool IsFloat => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(Shape shape, int axis, bool least, VectorWidth width, int from, int to)
    {
        var lines = Lines.Along(shape, axis);
        if (sizeof(T) == 1) return EachLine(lines, least, from, to);
        return width.Within((lines.Inner == 1 ? lines.Extent : lines.Inner) * sizeof(T)) switch
        {
            VectorWidth.V512 => Kernel<V512<T>>(lines, least, from, to),
            VectorWidth.V256 => Kernel<V256<T>>(lines, least, from, to),
            VectorWidth.V128 => Kernel<V128<T>>(lines, least, from, to),
            _ => EachLine(lines, least, from, to),
        };
    }

    private static Kernel EachLine(Lines lines, bool least, int from, int to) => Parts.Kernel(lines.Count, lines.Size, (frame, first, until, _) =>
    {
        for (var line = first; line < until; line++) ((int*)frame[to])[line] = Line((T*)frame[from] + lines.Start(line), lines.Extent, lines.Inner, least);
    });

    private static Kernel Kernel<V>(Lines lines, bool least, int from, int to) where V : struct, ILanes<V, T>
    {
        if (lines.Inner == 1)
        {
            return Parts.Kernel(lines.Outer, lines.Size, (frame, first, until, _) =>
            {
                for (var line = first; line < until; line++)
                {
                    var x = (T*)frame[from] + line * lines.Extent;
                    ((int*)frame[to])[line] = least ? Adjacent<V, Least>(x, lines.Extent) : Adjacent<V, Greatest>(x, lines.Extent);
                }
            });
        }
        var blocks = (lines.Inner + Columns - 1) / Columns;
        return Parts.Kernel(lines.Outer * blocks, lines.Size, (frame, first, until, _) =>
        {
            for (var i = first; i < until; i++)
            {
                var (o, column) = (i / blocks, i % blocks * Columns);
                var x = (T*)frame[from] + o * lines.Extent * lines.Inner + column;
                var y = (int*)frame[to] + o * lines.Inner + column;
                var count = (int)Math.Min(Columns, lines.Inner - column);
                if (least) Beside<V, Least>(x, lines.Extent, lines.Inner, count, y);
                else Beside<V, Greatest>(x, lines.Extent, lines.Inner, count, y);
            }
        });
    }

    /// <summary>What makes one number better than another.</summary>
    private interface IOrder
    {
        static abstract V Better<V>(V later, V earlier) where V : struct, ILanes<V, T>;

        static abstract bool IsLeast { get; }
    }

    private readonly struct Greatest : IOrder
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Better<V>(V later, V earlier) where V : struct, ILanes<V, T> => V.Greater(later, earlier);

        public static bool IsLeast => false;
    }

    private readonly struct Least : IOrder
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Better<V>(V later, V earlier) where V : struct, ILanes<V, T> => V.Less(later, earlier);

        public static bool IsLeast => true;
    }

    /// <summary>Of adjacent elements, no fewer than lanes: two vectors of the best so far and of their places, then the best of all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Adjacent<V, TOrder>(T* x, int count) where V : struct, ILanes<V, T> where TOrder : struct, IOrder
    {
        T* best = stackalloc T[2 * V.Count], places = stackalloc T[2 * V.Count];
        for (var i = 0; i < V.Count; i++) places[i] = Bits(i);
        var (a, placeA) = (V.Load(x), V.Load(places));
        var (b, placeB) = (a, placeA);
        var (sumA, sumB, place) = (a, V.All(T.Zero), placeA);
        var at = V.Count;
        for (; at <= count - 2 * V.Count; at += 2 * V.Count)
        {
            var (next, after) = (V.Load(x + at), V.Load(x + at + V.Count));
            var (better, betterB) = (TOrder.Better(next, a), TOrder.Better(after, b));
            a = V.Select(better, next, a);
            b = V.Select(betterB, after, b);
            placeA = V.Select(better, V.AddBits(place, V.All(Bits(at))), placeA);
            placeB = V.Select(betterB, V.AddBits(place, V.All(Bits(at + V.Count))), placeB);
            if (!IsFloat) continue;
            sumA += next;
            sumB += after;
        }
        for (; at < count; at += V.Count)
        {
            at = Math.Min(at, count - V.Count);
            var next = V.Load(x + at);
            var better = TOrder.Better(next, a);
            a = V.Select(better, next, a);
            placeA = V.Select(better, V.AddBits(place, V.All(Bits(at))), placeA);
            if (IsFloat) sumA += next;
        }
        sumA += sumB;
        if (IsFloat && V.Any(V.NotEqual(sumA, sumA))) return Line(x, count, 1, TOrder.IsLeast);
        V.Store(a, best);
        V.Store(b, best + V.Count);
        V.Store(placeA, places);
        V.Store(placeB, places + V.Count);
        var chosen = 0;
        for (var i = 1; i < 2 * V.Count; i++)
            if (best[i] == best[chosen] ? Integer(places[i]) < Integer(places[chosen]) : TOrder.IsLeast ? best[i] < best[chosen] : best[i] > best[chosen]) chosen = i;
        return Integer(places[chosen]);
    }

    /// <summary>Of lines that lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Beside<V, TOrder>(T* x, int extent, long row, int lines, int* y) where V : struct, ILanes<V, T> where TOrder : struct, IOrder
    {
        T* best = stackalloc T[Columns], places = stackalloc T[Columns], sums = stackalloc T[Columns];
        var whole = lines / V.Count * V.Count;
        for (var c = 0; c < whole; c += V.Count)
        {
            V.Store(V.Load(x + c), best + c);
            V.Store(V.Load(x + c), sums + c);
            V.Store(V.All(T.Zero), places + c);
        }
        for (var i = 1; i < extent; i++)
        {
            var next = x + i * row;
            var place = V.All(Bits(i));
            for (var c = 0; c < whole; c += V.Count)
            {
                var (later, earlier) = (V.Load(next + c), V.Load(best + c));
                var better = TOrder.Better(later, earlier);
                V.Store(V.Select(better, later, earlier), best + c);
                V.Store(V.Select(better, place, V.Load(places + c)), places + c);
                if (IsFloat) V.Store(V.Load(sums + c) + later, sums + c);
            }
        }
        for (var c = 0; c < lines; c++) y[c] = c < whole && !T.IsNaN(sums[c]) ? Integer(places[c]) : Line(x + c, extent, row, TOrder.IsLeast);
    }

    /// <summary>An integer in a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Bits(int i) => sizeof(T) == 4 ? Unsafe.BitCast<int, T>(i) : Unsafe.BitCast<long, T>(i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Integer(T bits) => sizeof(T) == 4 ? Unsafe.BitCast<T, int>(bits) : (int)Unsafe.BitCast<T, long>(bits);

    /// <summary>Of one line: NaN beats numbers, nothing beats NaN.</summary>
    private static int Line(T* x, int extent, long step, bool least)
    {
        var best = 0L;
        for (var i = 1L; i < extent && !T.IsNaN(x[best * step]); i++)
        {
            var (later, earlier) = (x[i * step], x[best * step]);
            if (T.IsNaN(later) || (least ? later < earlier : later > earlier)) best = i;
        }
        return (int)best;
    }
}
