using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Products of two planes, of which one is shifted by each of 3×3 neighbouring distances, summed in as many vectors. Both are read where they lie:
/// what vectors read beyond a line is masked.
/// </summary>
internal sealed unsafe class CrossCorrelation<T, V> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private const int Shifts = 3;

    private readonly int lines, low, ofY, length, lowest;
    private readonly long toLineX, toLineY, firstX, mostX, mostY;
    private readonly T[] masks;

    private CrossCorrelation(ConvolutionShape shape)
    {
        var (first, last) = (shape.Axes[0], shape.Last);
        (lines, lowest, low, ofY, length) = (first.Extent, first.Low, last.Low, first.Window, last.Window);
        (toLineX, toLineY) = (shape.StridesX[0], shape.StridesY[0]);
        var chunks = DirectConvolution<T>.Blocks(length, V.Count);
        firstX = Math.Max(0, -low);
        mostX = shape.X.Root.Shape.Size - ((lines - 1) * toLineX) - low - (Shifts - 1) - (chunks * V.Count);
        mostY = shape.Y.Root.Shape.Size - ((ofY - 1) * toLineY) - (chunks * V.Count);
        masks = GC.AllocateArray<T>(chunks * (Shifts + 1) * V.Count, pinned: true);
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var mask = Masks + (chunk * (Shifts + 1) * V.Count);
            var at = V.Counting(T.CreateTruncating(chunk * V.Count));
            var inside = V.Less(at, V.All(T.CreateTruncating(length)));
            V.Store(inside, mask);
            for (var c = 0; c < Shifts; c++)
                V.Store(inside & V.GreaterOrEqual(at, V.All(T.CreateTruncating(-low - c))) & V.Less(at, V.All(T.CreateTruncating(last.Extent - low - c))), mask + ((c + 1) * V.Count));
        }
    }

    private T* Masks => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(masks, 0);

    /// <summary>That of a convolution whose planes it multiplies; null of another.</summary>
    public static CrossCorrelation<T, V>? Of(ConvolutionShape shape) =>
        shape.Axes is [var first, var last] && Serves(first) && Serves(last) && T.CreateTruncating(-1) < T.Zero ? new(shape) : null;

    private static bool Serves(WindowAxis axis) =>
        axis is { Count: Shifts, Stride: 1, Step: 1 } && axis.Phases[0].Taps is var taps && Enumerable.Range(1, taps.Length - 1).All(i => taps[i].Offset - taps[i - 1].Offset == 1);

    /// <summary>Whether all that is read around planes that begin here is in their memory.</summary>
    public bool IsInside(long x, long y) => x >= firstX && x <= mostX && y <= mostY;

    /// <summary>Adds to the sums, one after the other, those of the lines' distances slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(T* xPlane, T* yPlane, T* sums)
    {
        var (s0, s1, s2) = (V.Load(sums), V.Load(sums + V.Count), V.Load(sums + (2 * V.Count)));
        var (s3, s4, s5) = (V.Load(sums + (3 * V.Count)), V.Load(sums + (4 * V.Count)), V.Load(sums + (5 * V.Count)));
        var (s6, s7, s8) = (V.Load(sums + (6 * V.Count)), V.Load(sums + (7 * V.Count)), V.Load(sums + (8 * V.Count)));
        var until = Math.Min(lines, ofY + Shifts - 1 + lowest);
        for (var line = Math.Max(0, lowest); line < until; line++)
        {
            var from = xPlane + (line * toLineX) + low;
            T* y0 = Line(yPlane, line - lowest), y1 = Line(yPlane, line - lowest - 1), y2 = Line(yPlane, line - lowest - 2), mask = Masks;
            for (var q = 0; q < length; q += V.Count, from += V.Count, mask += (Shifts + 1) * V.Count)
            {
                var inside = V.Load(mask);
                var (a, b, c) = (V.Load(from) & V.Load(mask + V.Count), V.Load(from + 1) & V.Load(mask + (2 * V.Count)), V.Load(from + 2) & V.Load(mask + (3 * V.Count)));
                if (y0 is not null)
                {
                    var y = V.Load(y0 + q) & inside;
                    (s0, s1, s2) = (V.Fma(y, a, s0), V.Fma(y, b, s1), V.Fma(y, c, s2));
                }
                if (y1 is not null)
                {
                    var y = V.Load(y1 + q) & inside;
                    (s3, s4, s5) = (V.Fma(y, a, s3), V.Fma(y, b, s4), V.Fma(y, c, s5));
                }
                if (y2 is not null)
                {
                    var y = V.Load(y2 + q) & inside;
                    (s6, s7, s8) = (V.Fma(y, a, s6), V.Fma(y, b, s7), V.Fma(y, c, s8));
                }
            }
        }
        V.Store(s0, sums);
        V.Store(s1, sums + V.Count);
        V.Store(s2, sums + (2 * V.Count));
        V.Store(s3, sums + (3 * V.Count));
        V.Store(s4, sums + (4 * V.Count));
        V.Store(s5, sums + (5 * V.Count));
        V.Store(s6, sums + (6 * V.Count));
        V.Store(s7, sums + (7 * V.Count));
        V.Store(s8, sums + (8 * V.Count));
    }

    private T* Line(T* y, int line) => (uint)line < (uint)ofY ? y + (line * toLineY) : null;
}
