using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// C = A·B for each of a batch, A having one row, or few, and B's columns lying one element after the other, as in a product of a matrix and a vector:
/// vectors along the depth, so that B need not be copied. Where there are few results, parts of the depth are tasks, and are summed in order.
/// </summary>
internal sealed unsafe class RowProduct<T, V> : IProduct<T> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private const int Together = 4;
    private const int FewResults = 32;
    private const int ChunkBytes = 4096;
    private const int DepthToTask = 16 << 10;
    private const long ElementsToTask = 64 << 10;

    private readonly long[] batchA, batchB, rows, columns;
    private readonly Finish? finish;
    private readonly LoopBody task;
    private readonly int m, n, k, depth, splits, columnsToTask, columnBlocks;

    public RowProduct(Matrix a, Matrix b, long[] batchA, long[] batchB, Finish? finish)
    {
        (this.batchA, this.batchB, this.finish) = (batchA, batchB, finish);
        (m, n, k) = (a.Rows.Length, b.Columns.Length, b.Rows.Length);
        rows = [.. a.Rows.Select(at => at + a.Columns[0])];
        columns = [.. b.Columns.Select(at => at + b.Rows[0])];
        splits = Size < FewResults ? (k + DepthToTask - 1) / DepthToTask : 1;
        depth = (k + splits - 1) / splits;
        splits = (k + depth - 1) / depth;
        columnsToTask = (int)Math.Clamp(ElementsToTask / depth / Together * Together, Together, Math.Max(Together, n));
        columnBlocks = (n + columnsToTask - 1) / columnsToTask;
        task = Task;
    }

    private struct Operands
    {
        public T* A;
        public T* B;
        public T* C;
    }

    private long Size => (long)batchA.Length * m * n;

    /// <inheritdoc/>
    public long Scratch(int threads) => splits > 1 ? Blocking.Aligned(splits * Size * sizeof(T)) : 0;

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { A = x, B = y, C = splits > 1 ? (T*)scratch : z };
        frame.Pool.ForStretches(batchA.Length * columnBlocks * splits, frame, task, &run);
        if (splits == 1) return;
        for (var i = 0; i < Size; i++)
        {
            z[i] = run.C[i];
            for (var split = 1; split < splits; split++) z[i] = unchecked(z[i] + run.C[(split * Size) + i]);
        }
        finish?.Invoke(frame, (byte*)z, 0, Size);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        (index, var split) = Math.DivRem(index, splits);
        var (batch, block) = Math.DivRem(index, columnBlocks);
        var (j, until, from) = (block * columnsToTask, Math.Min(n, (block + 1) * columnsToTask), split * depth);
        var x = run->A + batchA[batch];
        var y = run->B + batchB[batch];
        var c = run->C + (split * Size) + ((long)batch * m * n);
        for (var at = j; at < until; at += Together) Columns(x, y, at, Math.Min(Together, until - at), from, Math.Min(k, from + depth), c + at);
        if (splits > 1 || finish is null) return;
        for (var r = 0; r < m; r++)
        {
            var row = (((long)batch * m) + r) * n;
            finish(frame, (byte*)run->C, row + j, row + until);
        }
    }

    /// <summary>All rows times a few columns: several rows at once chunk by chunk of the depth, so that those of the columns stay in the first-level cache.</summary>
    private void Columns(T* x, T* y, int j, int count, int from, int until, T* c)
    {
        var r = 0;
        if (count == Together)
        {
            T* b0 = y + columns[j], b1 = y + columns[j + 1], b2 = y + columns[j + 2], b3 = y + columns[j + 3];
            var several = m / Together * Together;
            if (several > 0)
            {
                for (var at = from; at < until; at += ChunkBytes / sizeof(T))
                    for (r = 0; r < several; r += Together)
                        Multiply(x + rows[r] + at, x + rows[r + 1] + at, x + rows[r + 2] + at, x + rows[r + 3] + at, b0 + at, b1 + at, b2 + at, b3 + at, Math.Min(ChunkBytes / sizeof(T), until - at), c + ((long)r * n), n, at > from);
            }
            for (; r < m; r++) Multiply(x + rows[r] + from, b0 + from, b1 + from, b2 + from, b3 + from, until - from, c + ((long)r * n));
            return;
        }
        for (; r < m; r++)
            for (var i = 0; i < count; i++) c[((long)r * n) + i] = Multiply(x + rows[r] + from, y + columns[j + i] + from, until - from);
    }

    /// <summary>Four rows times as many columns, added to what is there or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(T* a0, T* a1, T* a2, T* a3, T* b0, T* b1, T* b2, T* b3, int count, T* c, long row, bool add)
    {
        var (s00, s01, s02, s03) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var (s10, s11, s12, s13) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var (s20, s21, s22, s23) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var (s30, s31, s32, s33) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            var (y0, y1, y2, y3) = (V.Load(b0 + i), V.Load(b1 + i), V.Load(b2 + i), V.Load(b3 + i));
            var x = V.Load(a0 + i);
            (s00, s01, s02, s03) = (V.Fma(x, y0, s00), V.Fma(x, y1, s01), V.Fma(x, y2, s02), V.Fma(x, y3, s03));
            x = V.Load(a1 + i);
            (s10, s11, s12, s13) = (V.Fma(x, y0, s10), V.Fma(x, y1, s11), V.Fma(x, y2, s12), V.Fma(x, y3, s13));
            x = V.Load(a2 + i);
            (s20, s21, s22, s23) = (V.Fma(x, y0, s20), V.Fma(x, y1, s21), V.Fma(x, y2, s22), V.Fma(x, y3, s23));
            x = V.Load(a3 + i);
            (s30, s31, s32, s33) = (V.Fma(x, y0, s30), V.Fma(x, y1, s31), V.Fma(x, y2, s32), V.Fma(x, y3, s33));
        }
        var sums = stackalloc T[Together * Together];
        (sums[0], sums[1], sums[2], sums[3]) = (V.Sum(s00), V.Sum(s01), V.Sum(s02), V.Sum(s03));
        (sums[4], sums[5], sums[6], sums[7]) = (V.Sum(s10), V.Sum(s11), V.Sum(s12), V.Sum(s13));
        (sums[8], sums[9], sums[10], sums[11]) = (V.Sum(s20), V.Sum(s21), V.Sum(s22), V.Sum(s23));
        (sums[12], sums[13], sums[14], sums[15]) = (V.Sum(s30), V.Sum(s31), V.Sum(s32), V.Sum(s33));
        for (; i < count; i++)
        {
            Rest(sums, a0[i], b0[i], b1[i], b2[i], b3[i]);
            Rest(sums + Together, a1[i], b0[i], b1[i], b2[i], b3[i]);
            Rest(sums + 2 * Together, a2[i], b0[i], b1[i], b2[i], b3[i]);
            Rest(sums + 3 * Together, a3[i], b0[i], b1[i], b2[i], b3[i]);
        }
        for (var r = 0; r < Together; r++, c += row, sums += Together)
            for (var j = 0; j < Together; j++) c[j] = add ? unchecked(c[j] + sums[j]) : sums[j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rest(T* sums, T x, T y0, T y1, T y2, T y3) =>
        (sums[0], sums[1], sums[2], sums[3]) = unchecked((sums[0] + x * y0, sums[1] + x * y1, sums[2] + x * y2, sums[3] + x * y3));

    /// <summary>The row times some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(T* row, T* b0, T* b1, T* b2, T* b3, int count, T* c)
    {
        var (s0, s1, s2, s3) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            var x = V.Load(row + i);
            s0 = V.Fma(x, V.Load(b0 + i), s0);
            s1 = V.Fma(x, V.Load(b1 + i), s1);
            s2 = V.Fma(x, V.Load(b2 + i), s2);
            s3 = V.Fma(x, V.Load(b3 + i), s3);
        }
        (c[0], c[1], c[2], c[3]) = (V.Sum(s0), V.Sum(s1), V.Sum(s2), V.Sum(s3));
        for (; i < count; i++)
        {
            c[0] = unchecked(c[0] + row[i] * b0[i]);
            c[1] = unchecked(c[1] + row[i] * b1[i]);
            c[2] = unchecked(c[2] + row[i] * b2[i]);
            c[3] = unchecked(c[3] + row[i] * b3[i]);
        }
    }

    /// <summary>The row times a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Multiply(T* row, T* b, int count)
    {
        var (s0, s1, s2, s3) = (V.All(T.Zero), V.All(T.Zero), V.All(T.Zero), V.All(T.Zero));
        var i = 0;
        for (; i <= count - (4 * V.Count); i += 4 * V.Count)
        {
            s0 = V.Fma(V.Load(row + i), V.Load(b + i), s0);
            s1 = V.Fma(V.Load(row + i + V.Count), V.Load(b + i + V.Count), s1);
            s2 = V.Fma(V.Load(row + i + (2 * V.Count)), V.Load(b + i + (2 * V.Count)), s2);
            s3 = V.Fma(V.Load(row + i + (3 * V.Count)), V.Load(b + i + (3 * V.Count)), s3);
        }
        for (; i <= count - V.Count; i += V.Count) s0 = V.Fma(V.Load(row + i), V.Load(b + i), s0);
        var sum = V.Sum(s0 + s1 + (s2 + s3));
        for (; i < count; i++) sum = unchecked(sum + row[i] * b[i]);
        return sum;
    }
}
