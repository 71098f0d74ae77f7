using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of which each plane has a filter of its own: lines of a plane are padded with zeros where windows reach over the edge, some of them
/// at a time, so that they stay in the first-level cache, and vectors along them go straight into the result. A task has some blocks of lines.
/// </summary>
internal sealed unsafe class DepthwiseConvolution<T, V> : IProduct<T> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private const int Together = 4;
    private const int LineBytes = 16 << 10;
    private const int LeastTasks = 16;
    private const long FlopsToTask = 400_000;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly PaddedLines<T, V> lines;
    private readonly Phase[][] phases;
    private readonly LoopBody task;
    private readonly int rows, rowBlocks, blocks, blocksToTask, ahead, pitch;
    private readonly TaskLoop loop;
    private readonly bool isDirect;
    private readonly long lineBytes, resultBytes;

    public DepthwiseConvolution(ConvolutionShape shape, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        lines = PaddedLines<T, V>.UnderWindows(shape, last.Stride);
        rows = DirectConvolution<T>.Even(first.Count, Math.Max(Together, LineBytes / (lines.Pitch * first.Stride * sizeof(T))));
        rowBlocks = DirectConvolution<T>.Blocks(first.Count, rows);
        phases = [.. first.Phases.Select(row => last.Phases.Select(column => new Phase(shape, lines, row, column)).ToArray())];
        isDirect = last.Step == 1 && (first.Step == 1 || last.Positions >= V.Count);
        pitch = (last.Count + V.Count - 1) / V.Count * V.Count;
        lineBytes = Blocking.Aligned((lines.Lead + ((long)first.Under(rows) * lines.Pitch) + V.Count) * sizeof(T));
        resultBytes = isDirect ? 0 : Blocking.Aligned((long)last.Step * rows * pitch * sizeof(T));
        blocks = shape.Images * shape.Groups * rowBlocks;
        var flops = 2L * shape.Images * shape.Groups * shape.Positions * shape.Taps / (first.Step * last.Step);
        blocksToTask = DirectConvolution<T>.Even(blocks, (int)Math.Clamp(FlopsToTask / Math.Max(1, flops / blocks), 1, Math.Max(1, blocks / LeastTasks)));
        ahead = (int)Math.Clamp(LineBytes / lineBytes, 1, blocksToTask);
        loop = new(DirectConvolution<T>.Blocks(blocks, blocksToTask), flops >= FlopsToShare);
        task = Task;
    }

    /// <summary>The positions that meet the same elements of the window.</summary>
    private sealed class Phase(ConvolutionShape shape, PaddedLines<T, V> lines, AxisPhase row, AxisPhase column)
    {
        public AxisPhase Row { get; } = row;

        public AxisPhase Column { get; } = column;

        /// <summary>Where each element of the window is in Y.</summary>
        public long[] Taps { get; } = shape.TapsOf([row, column]);

        /// <summary>Where what it meets is in the lines.</summary>
        public nint[] Offsets { get; } = Pinned(ConvolutionShape.Over([row, column], (d, t) => t.Offset - shape.Axes[d].Low is var at && d == 0 ? (long)at * lines.Pitch : lines.At(at)));

        /// <summary>Whether the window is 3×3, and each of its lines meets what that before it meets a position further on.</summary>
        public bool IsOfThreeLines { get; } =
            row.Taps.Length == 3 && column.Taps.Length == 3 && Enumerable.Range(1, 2).All(i => row.Taps[i].Offset - row.Taps[i - 1].Offset == shape.Axes[0].Stride);

        private static nint[] Pinned(IEnumerable<long> offsets)
        {
            long[] all = [.. offsets];
            var pinned = GC.AllocateUninitializedArray<nint>(Math.Max(1, all.Length), pinned: true);
            for (var i = 0; i < all.Length; i++) pinned[i] = (nint)all[i];
            return pinned;
        }
    }

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
    }

    /// <inheritdoc/>
    public long Scratch(int threads) => loop.Slots(threads) * ((ahead * lineBytes) + resultBytes);

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
        var padded = run->Scratch + (slot * ((ahead * lineBytes) + resultBytes));
        var (first, last) = (shape.Axes[0], shape.Last);
        for (int block = index * blocksToTask, end = Math.Min(blocks, block + blocksToTask), until; block < end; block = until)
        {
            until = Math.Min(end, block + ahead);
            for (var b = block; b < until; b++)
            {
                var (image, group, row) = Place(b);
                lines.Fill(run->X + shape.ImageAt(image, group), (T*)(padded + ((b - block) * lineBytes)), (row * first.Stride) + first.Low, first.Under(Math.Min(rows, first.Count - row)));
            }
            for (var b = block; b < until; b++)
            {
                var (image, group, row) = Place(b);
                var at = shape.ResultAt(image, group) + ((long)row * first.Step * last.Positions);
                foreach (var columns in phases)
                    Lines(run->Y + shape.FilterAt(group, 0, 0), (T*)(padded + ((b - block) * lineBytes)) + lines.Lead, (T*)(padded + (ahead * lineBytes)), run->Z + at, columns, row);
                finish?.Invoke(frame, (byte*)run->Z, at, at + ((long)Math.Min(first.Positions - (row * first.Step), rows * first.Step) * last.Positions));
            }
        }
    }

    private (int Image, int Group, int Row) Place(int block)
    {
        (var plane, block) = Math.DivRem(block, rowBlocks);
        var (image, group) = Math.DivRem(plane, shape.Groups);
        return (image, group, block * rows);
    }

    /// <summary>Those lines of a block that are one phase of the first axis.</summary>
    private void Lines(T* filter, T* padded, T* result, T* to, Phase[] columns, int row)
    {
        var (axis, last) = (columns[0].Row, shape.Last);
        var count = Math.Min(rows, axis.Count - row);
        if (count <= 0) return;
        to += (long)axis.First * last.Positions;
        var toNext = (nint)shape.Axes[0].Step * last.Positions;
        var weights = stackalloc T[shape.Taps];
        for (var c = 0; c < columns.Length; c++)
        {
            var phase = columns[c];
            for (var t = 0; t < phase.Taps.Length; t++) weights[t] = filter[phase.Taps[t]];
            var offsets = (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(phase.Offsets, 0);
            if (isDirect && phase.IsOfThreeLines) MultiplyThreeLines(padded, count, offsets, weights, to, toNext, last.Positions);
            else if (isDirect) Multiply(padded, count, offsets, weights, phase.Taps.Length, to, toNext, last.Positions);
            else Multiply(padded, count, offsets, weights, phase.Taps.Length, result + ((long)c * rows * pitch), pitch, pitch);
        }
        for (var r = 0; r < count && !isDirect; r++, to += toNext, result += pitch)
            if (last.Step == 1) Packing<T>.Copy(to, result, last.Positions);
            else if (last.Step == 2 && columns.Length == 2) Interleaving.Join(to, result, result + ((long)rows * pitch), last.Positions);
            else
                for (var c = 0; c < columns.Length; c++) Interleaving.Scatter(to + c, result + ((long)c * rows * pitch), last.Step, columns[c].Column.Count);
    }

    /// <summary>As <see cref="Multiply"/>, where each line of the plane is read once for the three results that it takes part in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyThreeLines(T* padded, int count, nint* offsets, T* weights, T* to, nint toNext, int columns)
    {
        var next = (nint)lines.Pitch * shape.Axes[0].Stride;
        var (at0, at1, at2, zero) = (offsets[0], offsets[1], offsets[2], V.All(T.Zero));
        var (w0, w1, w2) = (V.All(weights[0]), V.All(weights[1]), V.All(weights[2]));
        var (w3, w4, w5) = (V.All(weights[3]), V.All(weights[4]), V.All(weights[5]));
        var (w6, w7, w8) = (V.All(weights[6]), V.All(weights[7]), V.All(weights[8]));
        var end = stackalloc T[V.Count];
        for (var q = 0; q < columns; q += V.Count)
        {
            if (q + V.Count > columns) q = Math.Max(0, columns - V.Count);
            var x = padded + q;
            var z = to + q;
            var (a, b, c) = (V.Load(x + at0), V.Load(x + at1), V.Load(x + at2));
            var second = V.Fma(w2, c, V.Fma(w1, b, V.Fma(w0, a, zero)));
            x += next;
            (a, b, c) = (V.Load(x + at0), V.Load(x + at1), V.Load(x + at2));
            var first = V.Fma(w5, c, V.Fma(w4, b, V.Fma(w3, a, second)));
            second = V.Fma(w2, c, V.Fma(w1, b, V.Fma(w0, a, zero)));
            for (var r = 0; r < count; r++, z += toNext)
            {
                x += next;
                (a, b, c) = (V.Load(x + at0), V.Load(x + at1), V.Load(x + at2));
                V.Store(V.Fma(w8, c, V.Fma(w7, b, V.Fma(w6, a, first))), columns < V.Count && r == count - 1 ? end : z);
                first = V.Fma(w5, c, V.Fma(w4, b, V.Fma(w3, a, second)));
                second = V.Fma(w2, c, V.Fma(w1, b, V.Fma(w0, a, zero)));
            }
        }
        if (columns < V.Count) Packing<T>.Copy(to + ((count - 1) * toNext), end, columns);
    }

    /// <summary>
    /// Some lines of results. Where a vector is longer than a line it reaches into the next, which is written afterwards; what is left of the last
    /// such line is not written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(T* padded, int count, nint* offsets, T* weights, int taps, T* to, nint toNext, int columns)
    {
        var next = (nint)lines.Pitch * shape.Axes[0].Stride;
        var end = stackalloc T[V.Count];
        for (int r = 0, left; r < count; r += left)
        {
            left = count >= Together ? Together : 1;
            r = Math.Min(r, count - left);
            for (var q = 0; q < columns; q += V.Count)
            {
                if (q + V.Count > columns) q = Math.Max(0, columns - V.Count);
                var x = padded + (r * next) + q;
                var z = to + (r * toNext) + q;
                var past = columns < V.Count && r + left == count ? end : z + ((left - 1) * toNext);
                if (left == 1)
                {
                    var sum = V.All(T.Zero);
                    for (var t = 0; t < taps; t++) sum = V.Fma(V.All(weights[t]), V.Load(x + offsets[t]), sum);
                    V.Store(sum, past);
                    continue;
                }
                var (a, b, c, d) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
                for (var t = 0; t < taps; t++)
                {
                    var from = x + offsets[t];
                    var weight = V.All(weights[t]);
                    a = V.Fma(weight, V.Load(from), a);
                    b = V.Fma(weight, V.Load(from + next), b);
                    c = V.Fma(weight, V.Load(from + (2 * next)), c);
                    d = V.Fma(weight, V.Load(from + (3 * next)), d);
                }
                V.Store(a, z);
                V.Store(b, z + toNext);
                V.Store(c, z + (2 * toNext));
                V.Store(d, past);
            }
        }
        if (columns < V.Count) Packing<T>.Copy(to + ((count - 1) * toNext), end, columns);
    }
}
