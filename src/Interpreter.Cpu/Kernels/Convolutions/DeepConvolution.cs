using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A convolution of few positions and a great window, as that which gives a filter's cotangent is: a matrix product for each position, whose rows
/// are images (or positions along the last axis, where there are more of these), whose columns are channels out, and whose depth, channels in and
/// elements of the window, is taken in chunks. Where the result is small, parts of the depth are tasks, and are summed in order; else blocks of
/// the images are, for all of which filters are copied once. Images that meet one position and no padding are read where they lie.
/// </summary>
internal sealed unsafe class DeepConvolution<T> : IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    private const int ChunkDepth = 256;
    private const long SharedBytes = 32 << 20;
    private const int BadDistance = 512;
    private const long FlopsToShare = 1_500_000;

    private readonly ConvolutionShape shape;
    private readonly Finish? finish;
    private readonly Strip<T> strip;
    private readonly Tiling<T> tiles;
    private readonly (int Tap, int Offset)[] lines;
    private readonly (int From, int Until)[] inside;
    private readonly long[] taps;
    private readonly int[] table;
    private readonly (long At, int Place, int Row)[] places;
    private readonly LoopBody task, sum, copy;
    private readonly bool isShared, rowsAreColumns, readsInPlace, copiesOnce;
    private readonly int images, imageBlocks, channels, chunks, linesToChunk, lineBlocks, parts, width, pitch, toLine;
    private readonly long stripBytes, filterBytes, resultBytes, toImage;

    public DeepConvolution(ConvolutionShape shape, Target target, Finish? finish)
    {
        (this.shape, this.finish) = (shape, finish);
        var (first, last) = (shape.Axes[0], shape.Last);
        lines = first.Phases[0].Taps;
        toLine = shape.Taps / lines.Length;
        linesToChunk = DirectConvolution<T>.Even(lines.Length, Math.Max(1, ChunkDepth / toLine));
        lineBlocks = DirectConvolution<T>.Blocks(lines.Length, linesToChunk);
        channels = linesToChunk < lines.Length ? 1 : DirectConvolution<T>.Even(shape.In, Math.Max(1, ChunkDepth / shape.Taps));
        chunks = DirectConvolution<T>.Blocks(shape.In, channels) * lineBlocks;
        rowsAreColumns = shape.Images < last.Positions && shape.Images < 6;
        tiles = new(target.Width, rowsAreColumns ? last.Stride : 0, Indexed.Left);
        width = tiles.Columns(rowsAreColumns ? last.Positions : shape.Images);
        pitch = Blocking.Pitch(shape.Out, sizeof(T));
        isShared = 2L * shape.Images * shape.AllOut * shape.Positions * shape.In * shape.Taps >= FlopsToShare;
        (images, parts) = DeepDivision.Of(shape.Images, shape.Positions, (long)pitch * sizeof(T), shape.Groups, isShared ? chunks : 1, (long)shape.In * shape.Taps);
        imageBlocks = DirectConvolution<T>.Blocks(shape.Images, images);
        readsInPlace = shape.Positions == 1 && shape.StridesX[^1] == 1 && shape.X.Strides[0] * sizeof(T) % BadDistance != 0 && shape.Axes.All(a => a.IsInside);
        strip = new(shape, ((first.Positions - 1) * first.Stride) + lines[linesToChunk - 1].Offset - lines[0].Offset + 1, last.Under(last.Count), Apart);
        taps = shape.TapsOf([.. shape.Axes.Select(a => a.Phases[0])]);
        var (toChannel, pitches) = readsInPlace ? (shape.X.Strides[1], shape.StridesX) : (strip.Pitch, strip.Pitches);
        toImage = readsInPlace ? shape.X.Strides[0] : channels * strip.Pitch;
        long[] offsets = [.. ConvolutionShape.Over([.. shape.Axes.Select(a => a.Phases[0])], (d, t) => (t.Offset - shape.Axes[d].Low) / (readsInPlace ? 1 : Apart(shape.Axes[d])) * pitches[d])];
        var depth = linesToChunk * toLine;
        table = GC.AllocateUninitializedArray<int>(channels * depth, pinned: true);
        for (var c = 0; c < channels; c++)
            for (var k = 0; k < depth; k++) table[(c * depth) + k] = checked((int)(((c * toChannel) + offsets[k]) * sizeof(T)));
        places = [.. Places()];
        inside = [.. Enumerable.Range(0, first.Positions).Select(p => first.Inside(first.Phases[0], p))];
        stripBytes = readsInPlace ? 0 : Blocking.Aligned(((((images * channels) - 1) * strip.Pitch) + strip.Size) * sizeof(T));
        filterBytes = Blocking.Aligned((long)channels * depth * tiles.Rounded(shape.Out) * sizeof(T));
        resultBytes = Blocking.Aligned(((((long)shape.Positions * images) - 1) * pitch + shape.Out) * sizeof(T));
        copiesOnce = imageBlocks > 1 && shape.Groups * chunks * filterBytes <= SharedBytes;
        (task, sum, copy) = (Task, Sum, Copy);
    }

    /// <summary>Whether it can compute a convolution.</summary>
    public static bool Serves(ConvolutionShape shape) => shape.Axes.All(a => a.Step == 1 && a.Phases[0].Taps.Length == a.Window && a.Low <= a.High) && shape.Taps > 2 * shape.Positions;

    private struct Operands
    {
        public T* X;
        public T* Y;
        public T* Z;
        public byte* Scratch;
    }

    /// <summary>How far elements of the window are apart: where those of a line are not neighbours, the strip makes them so.</summary>
    private int Apart(WindowAxis axis) => !rowsAreColumns && axis.Phases[0].Taps is [var tap, var next, ..] ? next.Offset - tap.Offset : 1;

    private int Tasks => shape.Groups * imageBlocks * parts;

    /// <summary>All filters, of which the last chunk may be smaller than others.</summary>
    private long CopiedBytes
    {
        get
        {
            var (_, channelCount, _, lineCount) = Chunk(chunks - 1);
            return (((shape.Groups * chunks) - 1) * filterBytes) + Blocking.Aligned((long)channelCount * lineCount * toLine * tiles.Rounded(shape.Out) * sizeof(T));
        }
    }

    /// <summary>Results are kept for each task where parts are summed in the end, else for each thread.</summary>
    private int Results(int threads) => parts > 1 ? Tasks : Slots(threads);

    private int Slots(int threads) => Math.Min(isShared ? threads : 1, Tasks);

    /// <inheritdoc/>
    public long Scratch(int threads) => (Results(threads) * resultBytes) + (Slots(threads) * (stripBytes + (copiesOnce ? 0 : filterBytes))) + (copiesOnce ? CopiedBytes : 0);

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { X = x, Y = y, Z = z, Scratch = scratch };
        if (copiesOnce) Each(frame, shape.Groups * chunks, copy, &run);
        Each(frame, Tasks, task, &run);
        if (parts > 1) Each(frame, shape.Groups * imageBlocks * images, sum, &run);
    }

    private void Each(Frame frame, int count, LoopBody body, Operands* run)
    {
        if (isShared) frame.Pool.ForStretches(count, frame, body, run);
        else
            for (var i = 0; i < count; i++) body(frame, run, i, 0);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var slot = !isShared ? 0 : Tasks <= frame.Pool.Threads ? index : worker;
        var result = (T*)(run->Scratch + ((parts > 1 ? index : slot) * resultBytes));
        var slots = run->Scratch + (Results(frame.Pool.Threads) * resultBytes);
        (index, var part) = Math.DivRem(index, parts);
        var (group, block) = Math.DivRem(index, imageBlocks);
        Part(run, (T*)(slots + (slot * stripBytes)), slots + (Slots(frame.Pool.Threads) * stripBytes) + (copiesOnce ? group * chunks * filterBytes : slot * filterBytes), result, group, block * images, part);
        if (parts > 1) return;
        for (var image = block * images; image < Math.Min(shape.Images, (block + 1) * images); image++) Finished(frame, run->Z, result + ((image - (block * images)) * pitch), group, image);
    }

    private int ImagesFrom(int image) => Math.Min(images, shape.Images - image);

    /// <summary>A chunk's filters, for all tasks.</summary>
    private void Copy(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var (group, chunk) = Math.DivRem(index, chunks);
        var (channel, channelCount, line, lineCount) = Chunk(chunk);
        var filters = run->Scratch + (Results(frame.Pool.Threads) * resultBytes) + (Slots(frame.Pool.Threads) * stripBytes) + (index * filterBytes);
        Copy(run->Y + shape.FilterAt(group, 0, channel), (T*)filters, channelCount, line, lineCount);
    }

    private (int Channel, int Channels, int Line, int Lines) Chunk(int chunk)
    {
        var (channel, line) = (chunk / lineBlocks * channels, chunk % lineBlocks * linesToChunk);
        return (channel, Math.Min(channels, shape.In - channel), line, Math.Min(linesToChunk, lines.Length - line));
    }

    private void Part(Operands* run, T* strips, byte* copies, T* result, int group, int image, int part)
    {
        var (from, until) = ((int)((long)chunks * part / parts), (int)((long)chunks * (part + 1) / parts));
        var source = run->X + shape.ImageAt(image, group);
        for (var chunk = from; chunk < until; chunk++)
        {
            var (channel, channelCount, line, lineCount) = Chunk(chunk);
            var depth = channelCount * lineCount * toLine;
            var filters = (T*)(copies + (copiesOnce ? chunk * filterBytes : 0));
            if (!copiesOnce) Copy(run->Y + shape.FilterAt(group, 0, channel), filters, channelCount, line, lineCount);
            for (var i = 0; i < ImagesFrom(image) && !readsInPlace; i++)
                strip.Fill(source + (i * shape.X.Strides[0]) + (channel * shape.X.Strides[1]), strips + (i * toImage), channelCount, shape.X.Strides[1], strip.Pitch, lines[line].Offset, shape.Last.Low);
            var padded = strips;
            if (readsInPlace)
            {
                padded = source + (channel * shape.X.Strides[1]) + (lines[line].Offset * shape.StridesX[0]);
                for (var d = 1; d < shape.Axes.Length; d++) padded += shape.Axes[d].Low * shape.StridesX[d];
            }
            var steps = (int*)Marshal.UnsafeAddrOfPinnedArrayElement(table, 0);
            var left = new LeftOperand { Row = (nint)(rowsAreColumns ? shape.Last.Stride : toImage) * sizeof(T), Step = 0 };
            for (var o = 0; o < shape.Out; o += width)
            {
                var outs = Math.Min(width, shape.Out - o);
                var panel = filters + ((long)o * depth);
                foreach (var (at, place, row) in places)
                {
                    var (first, count) = Steps(row, line, lineCount, depth);
                    left.Table = steps + first;
                    Position(padded + at, left, outs, count, panel + (first * tiles.Rounded(outs)), result + ((long)place * ImagesFrom(image) * pitch) + o, ImagesFrom(image), chunk > from);
                }
            }
        }
    }

    /// <summary>The first of a chunk's steps, and how many there are, at a position along the first axis: of one channel, lines that lie outside are left out.</summary>
    private (int From, int Depth) Steps(int row, int line, int lineCount, int depth)
    {
        if (channels > 1) return (0, depth);
        var (from, until) = inside[row];
        from = Math.Clamp(from - line, 0, lineCount);
        return (from * toLine, (Math.Clamp(until - line, from, lineCount) - from) * toLine);
    }

    /// <summary>One position of the window, or all along the last axis, in all images.</summary>
    private void Position(T* padded, LeftOperand left, int outs, int depth, T* panel, T* result, int count, bool add)
    {
        var step = (nint)tiles.Rounded(outs) * sizeof(T);
        left.Start = (byte*)padded;
        if (!rowsAreColumns) tiles.Panel(count, outs, depth, left, (byte*)panel, step, (byte*)result, (nint)pitch * sizeof(T), add);
        else
            for (var i = 0; i < count; i++, left.Start += toImage * sizeof(T))
                tiles.Panel(shape.Last.Positions, outs, depth, left, (byte*)panel, step, (byte*)(result + (i * pitch)), (nint)count * pitch * sizeof(T), add);
    }

    /// <summary>The filters' chunk, channels out side by side. The depth of a chunk of fewer channels or lines is less, and so the table's first entries must serve.</summary>
    private void Copy(T* source, T* filters, int channelCount, int line, int lineCount)
    {
        var depth = lineCount * toLine;
        for (var o = 0; o < shape.Out; o += width)
        {
            var outs = Math.Min(width, shape.Out - o);
            var rounded = tiles.Rounded(outs);
            for (var c = 0; c < channelCount; c++, filters += (long)depth * rounded)
            {
                var from = source + (o * shape.Y.Strides[0]) + (c * shape.Y.Strides[1]);
                Packing<T>.Gather(from, shape.Y.Strides[0], taps.AsSpan(line * toLine, depth), filters, rounded, outs);
                if (outs < rounded)
                    for (var k = 0; k < depth; k++) new Span<T>(filters + ((long)k * rounded) + outs, rounded - outs).Clear();
            }
        }
    }

    /// <summary>The positions that a product's rows begin at: where each is in the strip, and its place.</summary>
    private IEnumerable<(long, int, int)> Places()
    {
        foreach (var index in Indices.Of(Shape.Of(shape.Axes.Select(a => a.Positions))))
        {
            if (rowsAreColumns && index[^1] > 0) continue;
            var (at, place) = (0L, 0);
            for (var d = 0; d < index.Length; d++)
            {
                at += strip.At(d, index[d] * shape.Axes[d].Stride);
                place = (place * shape.Axes[d].Positions) + index[d];
            }
            yield return (at, place, index[0]);
        }
    }

    /// <summary>An image's result: the sum of those of the parts, the first part's first.</summary>
    private void Sum(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        var (group, image) = Math.DivRem(index, imageBlocks * images);
        if (image >= shape.Images) return;
        var (block, within) = Math.DivRem(image, images);
        var result = run->Scratch + ((((long)group * imageBlocks) + block) * parts * resultBytes);
        var rowPitch = (long)ImagesFrom(block * images) * pitch;
        for (var place = 0; place < shape.Positions; place++)
        {
            var to = (T*)result + (place * rowPitch) + (within * pitch);
            for (var part = 1; part < parts; part++)
            {
                var from = (T*)((byte*)to + (part * resultBytes));
                var o = 0;
                for (; o <= shape.Out - Vector256<T>.Count; o += Vector256<T>.Count) (Vector256.Load(to + o) + Vector256.Load(from + o)).Store(to + o);
                for (; o < shape.Out; o++) to[o] = unchecked(to[o] + from[o]);
            }
        }
        Finished(frame, run->Z, (T*)result + (within * pitch), group, image);
    }

    /// <summary>An image's result, positions first, as it is wanted, channels out first.</summary>
    private void Finished(Frame frame, T* z, T* result, int group, int image)
    {
        var at = shape.ResultAt(image, group);
        Transposition<T>.Copy(result, (long)ImagesFrom(image / images * images) * pitch, z + at, shape.Positions, shape.Positions, shape.Out);
        finish?.Invoke(frame, (byte*)z, at, at + ((long)shape.Out * shape.Positions));
    }
}
