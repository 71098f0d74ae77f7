using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Lines of a plane as windows want them, with zeros where these reach over the edge: those after a line are those before the next. Elements may be
/// parted by what is left when their index is divided by a number, so that neighbouring positions meet neighbouring elements at any stride, or
/// neighbouring elements of the window at any dilation.
/// </summary>
internal sealed unsafe class PaddedLines<T, V> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private readonly int extent, rows, apart, first, before, count, width, pitch;
    private readonly long toRow;

    /// <param name="rows">The plane's lines.</param>
    /// <param name="toRow">From line to line of the plane.</param>
    /// <param name="extent">The elements of a line.</param>
    /// <param name="low">The first of those that are wanted.</param>
    /// <param name="under">How many are wanted.</param>
    /// <param name="apart">By what their index is divided.</param>
    public PaddedLines(int rows, long toRow, int extent, int low, int under, int apart)
    {
        (this.rows, this.toRow, this.extent, this.apart) = (rows, toRow, extent, apart);
        (first, var until) = (Math.Clamp(low, 0, extent), Math.Clamp(low + under, 0, extent));
        (count, before) = (Math.Max(0, until - first), first - low);
        Lead = apart == 1 ? Rounded(before) : 0;
        width = apart == 1 ? count + Math.Max(before, under - before - count) : DirectConvolution<T>.Blocks(under, apart);
        pitch = Rounded(apart == 1 ? width : width + (2 * V.Count));
    }

    /// <summary>From line to line.</summary>
    public int Pitch => pitch * apart;

    /// <summary>What is before the first line.</summary>
    public int Lead { get; }

    /// <summary>The lines under the windows of a convolution.</summary>
    public static PaddedLines<T, V> UnderWindows(ConvolutionShape shape, int apart) =>
        new(shape.Axes[0].Extent, shape.StridesX[0], shape.Last.Extent, shape.Last.Low, shape.Last.Under(shape.Last.Count), apart);

    /// <summary>The elements of some lines, and of what a vector reads beyond.</summary>
    public long Size(int lines) => Lead + ((long)lines * Pitch) + V.Count;

    /// <summary>How far an element is from where its line begins, counted from the first that is wanted.</summary>
    public long At(int element) => apart == 1 ? element - before : ((long)(element % apart) * pitch) + (element / apart);

    /// <summary>Fills some lines, of which the first is that of a row, or of what is before the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(T* plane, T* target, int row, int lines)
    {
        var (next, all, left) = (Pitch, pitch, count % V.Count);
        var (whole, mask) = (count - left, V.Less(V.Counting(T.Zero), V.All(T.CreateTruncating(left))));
        var top = count == 0 ? lines : Math.Clamp(-row, 0, lines);
        var bottom = Math.Clamp(rows - row, top, lines);
        Clear(target, 0, Lead + (top * next));
        Clear(target, Lead + (bottom * next), Lead + (lines * next));
        var (from, end) = ((nint)(plane + ((row + top) * toRow) + first), (nint)(plane + ((rows - 1) * toRow) + extent - whole - V.Count));
        target += Lead + (top * next);
        for (var line = top; line < bottom; line++, target += next, from += (nint)toRow * sizeof(T))
        {
            var x = (T*)from;
            if (apart > 1)
            {
                Parted(x, target);
                continue;
            }
            var i = 0;
            for (; i < whole; i += V.Count) V.Store(V.Load(x + i), target + i);
            if (left > 0)
            {
                if (from <= end) V.Store(V.Load(x + i) & mask, target + i);
                else
                {
                    V.Store(V.All(T.Zero), target + i);
                    Packing<T>.Copy(target + i, x + i, left);
                }
                i += V.Count;
            }
            Clear(target, i, all);
        }
    }

    private void Parted(T* from, T* target)
    {
        for (var part = 0; part < apart; part++) Clear(target + (part * pitch), 0, (before - part + apart - 1) / apart);
        if (apart == 2) Interleaving.Part(target + At(before), target + At(before + 1), from, count);
        else
            for (var i = 0; i < Math.Min(apart, count); i++) Interleaving.Gather(target + At(before + i), from + i, apart, (count - i + apart - 1) / apart);
        for (var part = 0; part < apart; part++) Clear(target + (part * pitch), (before + count - part + apart - 1) / apart, width);
    }

    /// <summary>Zeros from one element to another, and some more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(T* target, int from, int until)
    {
        for (var i = from; i < until; i += V.Count) V.Store(V.All(T.Zero), target + i);
    }

    private static int Rounded(int count) => (count + V.Count - 1) / V.Count * V.Count;
}
