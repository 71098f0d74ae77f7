using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Sums over adjacent axes, along trees that depend on the shape alone.</summary>
internal static unsafe class Sums<T> where T : unmanaged, INumber<T>
{
    private const int Chunk = 8192;
    private const int FewRows = 64;

    private static (long Outer, long Extent, long Inner) Around(Sum op)
    {
        var (first, last) = op.Axes.Count == 0 ? (op.X.Rank, op.X.Rank - 1) : (op.Axes[0], op.Axes[^1]);
        return (op.X.Shape[..first].Size, op.X.Shape[first..(last + 1)].Size, op.X.Shape[(last + 1)..].Size);
    }

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(Sum op, int from, int to, int scratch)
    {
        var (outer, extent, inner) = Around(op);
        var (work, chunks) = (outer * extent * inner, Chunks(extent));
        if (inner > 1)
        {
            var perThread = Halvings(extent) * inner;
            return Parts.Kernel(outer, work, (frame, first, until, worker) =>
            {
                var parts = scratch < 0 ? null : (T*)frame[scratch] + (outer == 1 ? 0 : worker) * perThread;
                for (var o = first; o < until; o++) Rows((T*)frame[from] + o * extent * inner, (T*)frame[to] + o * inner, extent, inner, parts);
            });
        }
        if (outer != 1 || chunks <= 1)
        {
            return Parts.Kernel(outer, work, (frame, first, until, _) =>
            {
                for (var o = first; o < until; o++) ((T*)frame[to])[o] = Run((T*)frame[from] + o * extent, extent);
            });
        }
        var each = Parts.Kernel(chunks, work, (frame, first, until, _) =>
        {
            for (var c = first; c < until; c++) ((T*)frame[scratch])[c] = Run((T*)frame[from] + c * Chunk, Math.Min(Chunk, extent - c * Chunk));
        });
        return frame =>
        {
            each(frame);
            *(T*)frame[to] = Run((T*)frame[scratch], chunks);
        };
    }

    /// <summary>The bytes that a sum keeps parts in: of one long run, a number for each chunk; of many rows, a row for each halving and thread.</summary>
    public static long Scratch(Sum op, int threads)
    {
        var (outer, extent, inner) = Around(op);
        return sizeof(T) * (inner > 1 ? (outer > 1 ? threads : outer) * Halvings(extent) * inner : outer == 1 && Chunks(extent) > 1 ? Chunks(extent) : 0);
    }

    /// <summary>The chunks of a fixed size of a long run, whose sums are added in order.</summary>
    private static long Chunks(long extent) => (extent + Chunk - 1) / Chunk;

    /// <summary>How often <see cref="Rows"/> halves a number of rows.</summary>
    private static int Halvings(long rows)
    {
        var halvings = 0;
        for (; rows > FewRows; rows -= rows / 2) halvings++;
        return halvings;
    }

    /// <summary>The sum of adjacent elements: four vectors of partial sums over runs of 1,024 elements, halved until a run is short.</summary>
    public static T Run(T* x, long count)
    {
        if (count > 1024)
        {
            var half = (count / 2 + 1023) / 1024 * 1024;
            return unchecked(Run(x, half) + Run(x + half, count - half));
        }
        var (v, i) = (Vector<T>.Count, 0L);
        Vector<T> a = default, b = default, c = default, d = default;
        for (; i <= count - 4 * v; i += 4 * v)
        {
            a += Vector.Load(x + i);
            b += Vector.Load(x + i + v);
            c += Vector.Load(x + i + 2 * v);
            d += Vector.Load(x + i + 3 * v);
        }
        var sum = Vector.Sum(a + b + (c + d));
        for (; i < count; i++) sum = unchecked(sum + x[i]);
        return sum;
    }

    /// <summary>The sum of rows, halved until they are few; a row of scratch for each halving.</summary>
    private static void Rows(T* x, T* y, long count, long length, T* scratch)
    {
        new Span<T>(y, checked((int)length)).Clear();
        if (count <= FewRows)
        {
            for (var r = 0L; r < count; r++) AddTo(y, x + r * length, length);
            return;
        }
        var half = count / 2;
        Rows(x, y, half, length, scratch);
        Rows(x + half * length, scratch, count - half, length, scratch + length);
        AddTo(y, scratch, length);
    }

    /// <summary>Adds elements to others.</summary>
    public static void AddTo(T* y, T* x, long length)
    {
        var (v, i) = (Vector<T>.Count, 0L);
        for (; i <= length - v; i += v) (Vector.Load(y + i) + Vector.Load(x + i)).Store(y + i);
        for (; i < length; i++) y[i] = unchecked(y[i] + x[i]);
    }
}
