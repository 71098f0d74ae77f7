using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of few positions, a great window and few channels out, as that which gives the cotangent of a filter of groups of few channels: for
/// each position the product of two arrays, with vectors along the last axis of the window. A task has all channels out of a group, of one image or of
/// all.
/// </summary>
internal sealed unsafe class LineConvolution<T, V> : IProduct<T> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private const int Together = 9;
    private const int EnoughTasks = 16;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly PaddedLines<T, V> xLines, yLines;
    private readonly CrossCorrelation<T, V>? correlation;
    private readonly LoopBody task;
    private readonly nint[] positions;
    private readonly int length, images, imageLines, toLine;
    private readonly TaskLoop loop;
    private readonly bool copies;
    private readonly long imageBytes, filterBytes, sumBytes;

    public LineConvolution(ConvolutionShape shape, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        xLines = PaddedLines<T, V>.UnderWindows(shape, Apart(last));
        yLines = new(first.Window, shape.StridesY[0], last.Window, 0, last.Window, 1);
        (length, imageLines, toLine) = (last.Window, first.Under(first.Count), Apart(first) * xLines.Pitch);
        positions = [.. Indices.Of(Shape.Of([first.Count, last.Count])).Select(index => (nint)(((long)index[0] * first.Stride * xLines.Pitch) + xLines.At(index[1] * last.Stride)))];
        correlation = CrossCorrelation<T, V>.Of(shape);
        copies = length % V.Count > 0;
        imageBytes = Blocking.Aligned(xLines.Size(imageLines) * sizeof(T));
        images = shape.Groups >= EnoughTasks ? shape.Images : 1;
        filterBytes = copies ? Blocking.Aligned(shape.Out * yLines.Size(first.Window) * sizeof(T)) : 0;
        sumBytes = Blocking.Aligned((long)images * shape.Out * positions.Length * V.Count * sizeof(T));
        loop = new(shape.Images / images * shape.Groups, 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps >= FlopsToShare);
        task = Task;
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
    }

    /// <summary>Elements of the window that follow each other meet elements that are so far apart.</summary>
    private static int Apart(WindowAxis axis) => axis.Phases[0].Taps is [var first, var second, ..] ? second.Offset - first.Offset : 1;

    /// <inheritdoc/>
    public long Scratch(int threads) => loop.Slots(threads) * (imageBytes + filterBytes + sumBytes);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        loop.Run(frame, task, &run);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var slot = loop.Slot(frame, index, worker);
        var padded = run->Scratch + (slot * (imageBytes + filterBytes + sumBytes));
        var filters = (T*)(padded + imageBytes);
        var sums = (T*)(padded + imageBytes + filterBytes);
        var (image, group) = Math.DivRem(index, shape.Groups);
        image *= images;
        new Span<T>(sums, (int)(sumBytes / sizeof(T))).Clear();
        for (var channel = 0; channel < shape.In; channel++)
        {
            if (correlation is not null && AddInPlace(run, image, group, channel, sums)) continue;
            for (var o = 0; o < shape.Out && copies; o++) yLines.Fill(run->Y + shape.FilterAt(group, o, channel), Copied(filters, o), 0, shape.Axes[0].Window);
            var sum = sums;
            for (var i = 0; i < images; i++)
            {
                xLines.Fill(run->X + XAt(image + i, group, channel), (T*)padded, shape.Axes[0].Low, imageLines);
                for (var o = 0; o < shape.Out; o++, sum += positions.Length * V.Count)
                    if (copies) Multiply((T*)padded + xLines.Lead, Copied(filters, o), yLines.Pitch, sum);
                    else Multiply((T*)padded + xLines.Lead, run->Y + shape.FilterAt(group, o, channel), (nint)shape.StridesY[0], sum);
            }
        }
        for (var i = 0; i < images; i++)
        {
            var (at, size) = (shape.ResultAt(image + i, group), shape.Out * positions.Length);
            for (var e = 0; e < size; e++, sums += V.Count) run->Z[at + e] = V.Sum(V.Load(sums));
            finish?.Invoke(frame, (byte*)run->Z, at, at + size);
        }
    }

    /// <summary>All products of a channel's planes where they lie; false where not all of them can be read so.</summary>
    private bool AddInPlace(Operands* run, int image, int group, int channel, T* sums)
    {
        for (var i = 0; i < images; i++)
            for (var o = 0; o < shape.Out; o++)
                if (!correlation!.IsInside(XAt(image + i, group, channel), shape.FilterAt(group, o, channel))) return false;
        for (var i = 0; i < images; i++)
            for (var o = 0; o < shape.Out; o++, sums += positions.Length * V.Count)
                correlation!.Add(run->X + XAt(image + i, group, channel), run->Y + shape.FilterAt(group, o, channel), sums);
        return true;
    }

    private long XAt(int image, int group, int channel) => shape.ImageAt(image, group) + (channel * shape.X.Strides[1]);

    private T* Copied(T* filters, int channelOut) => filters + (channelOut * yLines.Size(shape.Axes[0].Window));

    /// <summary>All positions, some at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(T* padded, T* filter, nint toFilter, T* sums)
    {
        var (lines, whole, tail) = (shape.Axes[0].Window, length / V.Count * V.Count, Tail);
        var at = 0;
        for (; at <= positions.Length - Together; at += Together, sums += Together * V.Count)
        {
            var (p0, p1, p2) = (positions[at], positions[at + 1], positions[at + 2]);
            var (p3, p4, p5) = (positions[at + 3], positions[at + 4], positions[at + 5]);
            var (p6, p7, p8) = (positions[at + 6], positions[at + 7], positions[at + 8]);
            var (s0, s1, s2) = (V.Load(sums), V.Load(sums + V.Count), V.Load(sums + (2 * V.Count)));
            var (s3, s4, s5) = (V.Load(sums + (3 * V.Count)), V.Load(sums + (4 * V.Count)), V.Load(sums + (5 * V.Count)));
            var (s6, s7, s8) = (V.Load(sums + (6 * V.Count)), V.Load(sums + (7 * V.Count)), V.Load(sums + (8 * V.Count)));
            for (var line = 0; line < lines; line++)
            {
                var x = padded + ((nint)line * toLine);
                var y = filter + (line * toFilter);
                for (var i = 0; i < whole; i += V.Count, x += V.Count)
                {
                    var w = V.Load(y + i);
                    (s0, s1, s2) = (V.Fma(w, V.Load(x + p0), s0), V.Fma(w, V.Load(x + p1), s1), V.Fma(w, V.Load(x + p2), s2));
                    (s3, s4, s5) = (V.Fma(w, V.Load(x + p3), s3), V.Fma(w, V.Load(x + p4), s4), V.Fma(w, V.Load(x + p5), s5));
                    (s6, s7, s8) = (V.Fma(w, V.Load(x + p6), s6), V.Fma(w, V.Load(x + p7), s7), V.Fma(w, V.Load(x + p8), s8));
                }
                if (whole == length) continue;
                var end = V.Load(y + whole);
                (s0, s1, s2) = (V.Fma(end, V.Load(x + p0) & tail, s0), V.Fma(end, V.Load(x + p1) & tail, s1), V.Fma(end, V.Load(x + p2) & tail, s2));
                (s3, s4, s5) = (V.Fma(end, V.Load(x + p3) & tail, s3), V.Fma(end, V.Load(x + p4) & tail, s4), V.Fma(end, V.Load(x + p5) & tail, s5));
                (s6, s7, s8) = (V.Fma(end, V.Load(x + p6) & tail, s6), V.Fma(end, V.Load(x + p7) & tail, s7), V.Fma(end, V.Load(x + p8) & tail, s8));
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
        for (; at < positions.Length; at++, sums += V.Count) V.Store(One(padded + positions[at], filter, toFilter, V.Load(sums)), sums);
    }

    /// <summary>Of what lies past the end of a line, nothing is read, for nothing times infinity is something.</summary>
    private V Tail
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Less(V.Counting(T.Zero), V.All(T.CreateTruncating(length % V.Count)));
    }

    /// <summary>One position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private V One(T* x, T* filter, nint toFilter, V sum)
    {
        var (lines, whole, tail) = (shape.Axes[0].Window, length / V.Count * V.Count, Tail);
        for (var line = 0; line < lines; line++, x += toLine, filter += toFilter)
        {
            for (var i = 0; i < whole; i += V.Count) sum = V.Fma(V.Load(filter + i), V.Load(x + i), sum);
            if (whole < length) sum = V.Fma(V.Load(filter + whole), V.Load(x + whole) & tail, sum);
        }
        return sum;
    }
}
