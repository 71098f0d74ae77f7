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
    private const int Together = 3;
    private const int EnoughTasks = 16;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Strip<T> strip;
    private readonly LoopBody task;
    private readonly long[] positions, lines, filterLines;
    private readonly int length, rounded, images;
    private readonly bool isShared, copies;
    private readonly long stripBytes, filterBytes, sumBytes;

    public LineConvolution(ConvolutionShape shape, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (axes, last) = (shape.Axes, shape.Last);
        strip = new(shape, axes[0].Under(axes[0].Count), last.Under(last.Count), Apart);
        length = last.Window;
        rounded = (length + V.Count - 1) / V.Count * V.Count;
        positions = [.. Over(axes.Select(a => a.Count), (d, i) => strip.At(d, i * axes[d].Stride))];
        lines = [.. Over(axes.SkipLast(1).Select(a => a.Window), (d, t) => strip.At(d, axes[d].Phases[0].Taps[t].Offset - axes[d].Low))];
        filterLines = [.. Over(axes.SkipLast(1).Select(a => a.Window), (d, t) => axes[d].Phases[0].Taps[t].Tap * shape.StridesY[d])];
        copies = rounded > length || shape.StridesY[^1] != 1;
        stripBytes = Blocking.Aligned((strip.Size + V.Count) * sizeof(T));
        images = shape.Groups >= EnoughTasks ? shape.Images : 1;
        filterBytes = copies ? Blocking.Aligned((long)shape.Out * lines.Length * rounded * sizeof(T)) : 0;
        sumBytes = Blocking.Aligned((long)images * shape.Out * positions.Length * V.Count * sizeof(T));
        isShared = 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps >= FlopsToShare;
        task = Task;
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
    }

    private int Tasks => shape.Images / images * shape.Groups;

    /// <summary>Elements of the window that follow each other meet elements that are so far apart.</summary>
    private static int Apart(WindowAxis axis) => axis.Phases[0].Taps is [var first, var second, ..] ? second.Offset - first.Offset : 1;

    private static IEnumerable<long> Over(IEnumerable<int> extents, Func<int, int, long> at) => Indices.Of(Shape.Of(extents)).Select(index => index.Select((i, d) => at(d, i)).Sum());

    /// <inheritdoc/>
    public long Scratch(int threads) => Math.Min(isShared ? threads : 1, Tasks) * (stripBytes + filterBytes + sumBytes);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        if (isShared) frame.Pool.For(Tasks, frame, task, &run);
        else
            for (var i = 0; i < Tasks; i++) Task(frame, &run, i, 0);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var slot = !isShared ? 0 : Tasks <= frame.Pool.Threads ? index : worker;
        var padded = run->Scratch + (slot * (stripBytes + filterBytes + sumBytes));
        var filter = (T*)(padded + stripBytes);
        var sums = (T*)(padded + stripBytes + filterBytes);
        var (image, group) = Math.DivRem(index, shape.Groups);
        image *= images;
        new Span<T>(sums, (int)(sumBytes / sizeof(T))).Clear();
        for (var channel = 0; channel < shape.In; channel++)
        {
            for (var o = 0; o < shape.Out && copies; o++) Copy(run->Y + shape.FilterAt(group, o, channel), filter + ((long)o * lines.Length * rounded));
            var sum = sums;
            for (var i = 0; i < images; i++)
            {
                strip.Fill(run->X + shape.ImageAt(image + i, group) + (channel * shape.X.Strides[1]), (T*)padded, 1, 0, 0, shape.Axes[0].Low, shape.Last.Low);
                for (var o = 0; o < shape.Out; o++)
                {
                    var y = copies ? filter + ((long)o * lines.Length * rounded) : run->Y + shape.FilterAt(group, o, channel);
                    for (int p = 0, count; p < positions.Length; p += count, sum += count * V.Count)
                    {
                        count = positions.Length - p >= Together ? Together : 1;
                        if (count == Together) Multiply((T*)padded, p, y, sum);
                        else MultiplyOne((T*)padded, p, y, sum);
                    }
                }
            }
        }
        for (var i = 0; i < images; i++)
        {
            var (at, size) = (shape.ResultAt(image + i, group), shape.Out * positions.Length);
            for (var e = 0; e < size; e++, sums += V.Count) run->Z[at + e] = V.Sum(V.Load(sums));
            finish?.Invoke(frame, at, at + size);
        }
    }

    /// <summary>The lines of a filter one after the other, zeros past the end of each.</summary>
    private void Copy(T* source, T* target)
    {
        foreach (var line in filterLines)
        {
            if (shape.StridesY[^1] == 1) Packing<T>.Copy(target, source + line, length);
            else Interleaving.Gather(target, source + line, shape.StridesY[^1], length);
            for (var i = length; i < rounded; i++) target[i] = T.Zero;
            target += rounded;
        }
    }

    /// <summary>Of what lies past the end of a line, nothing is read, for nothing times infinity is something.</summary>
    private V Tail
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Less(V.Counting(T.Zero), V.All(T.CreateTruncating(length % V.Count)));
    }

    /// <summary>Some positions at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(T* padded, int position, T* y, T* sums)
    {
        var tail = Tail;
        var (a, b, c) = (V.Load(sums), V.Load(sums + V.Count), V.Load(sums + (2 * V.Count)));
        var (second, third) = ((nint)(positions[position + 1] - positions[position]), (nint)(positions[position + 2] - positions[position]));
        var whole = length / V.Count * V.Count;
        for (var line = 0; line < lines.Length; line++)
        {
            var x = padded + positions[position] + lines[line];
            var z = copies ? y + ((long)line * rounded) : y + filterLines[line];
            for (var i = 0; i < whole; i += V.Count, x += V.Count, z += V.Count)
            {
                var filter = V.Load(z);
                a = V.Fma(V.Load(x), filter, a);
                b = V.Fma(V.Load(x + second), filter, b);
                c = V.Fma(V.Load(x + third), filter, c);
            }
            if (whole == length) continue;
            var end = V.Load(z);
            a = V.Fma(V.Load(x) & tail, end, a);
            b = V.Fma(V.Load(x + second) & tail, end, b);
            c = V.Fma(V.Load(x + third) & tail, end, c);
        }
        V.Store(a, sums);
        V.Store(b, sums + V.Count);
        V.Store(c, sums + (2 * V.Count));
    }

    /// <summary>One position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyOne(T* padded, int position, T* y, T* sums)
    {
        var tail = Tail;
        var sum = V.Load(sums);
        var whole = length / V.Count * V.Count;
        for (var line = 0; line < lines.Length; line++)
        {
            var x = padded + positions[position] + lines[line];
            var z = copies ? y + ((long)line * rounded) : y + filterLines[line];
            for (var i = 0; i < whole; i += V.Count) sum = V.Fma(V.Load(x + i), V.Load(z + i), sum);
            if (whole < length) sum = V.Fma(V.Load(x + whole) & tail, V.Load(z + whole), sum);
        }
        V.Store(sum, sums);
    }
}
