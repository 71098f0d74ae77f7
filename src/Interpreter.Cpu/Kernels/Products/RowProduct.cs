using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// C = a·B for each of a batch, a being one row and B's columns lying one element after the other, as in a product of a matrix and a vector: vectors
/// along the depth. Where there are few columns, parts of the depth are tasks, and are summed in order.
/// </summary>
internal sealed unsafe class RowProduct<T, V> : IProduct<T> where T : unmanaged, IBinaryNumber<T> where V : struct, ILanes<V, T>
{
    private const int Together = 4;
    private const int FewColumns = 32;
    private const int DepthToTask = 16 << 10;
    private const long ElementsToTask = 64 << 10;

    private readonly long[] batchA, batchB, columns;
    private readonly Finish? finish;
    private readonly LoopBody task;
    private readonly int n, k, depth, splits, columnsToTask, columnBlocks;

    public RowProduct(Matrix a, Matrix b, long[] batchA, long[] batchB, Finish? finish)
    {
        (this.batchA, this.batchB, this.finish) = (batchA, batchB, finish);
        (n, k) = (b.Columns.Length, b.Rows.Length);
        columns = [.. b.Columns.Select(at => at + b.Rows[0])];
        this.batchA = [.. batchA.Select(at => at + a.Rows[0] + a.Columns[0])];
        splits = (long)batchA.Length * n < FewColumns ? (k + DepthToTask - 1) / DepthToTask : 1;
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

    private long Size => (long)batchA.Length * n;

    /// <inheritdoc/>
    public long Scratch(int threads) => splits > 1 ? Blocking.Aligned(splits * Size * sizeof(T)) : 0;

    /// <inheritdoc/>
    public void Run(Frame frame, byte* scratch, T* x, T* y, T* z)
    {
        var run = new Operands { A = x, B = y, C = splits > 1 ? (T*)scratch : z };
        frame.Pool.For(batchA.Length * columnBlocks * splits, frame, task, &run);
        if (splits == 1) return;
        for (var i = 0; i < Size; i++)
        {
            z[i] = run.C[i];
            for (var split = 1; split < splits; split++) z[i] = unchecked(z[i] + run.C[(split * Size) + i]);
        }
        finish?.Invoke(frame, 0, Size);
    }

    private void Task(Frame frame, void* arguments, int index, int worker)
    {
        var run = (Operands*)arguments;
        (index, var split) = Math.DivRem(index, splits);
        var (batch, block) = Math.DivRem(index, columnBlocks);
        var (j, until, from) = (block * columnsToTask, Math.Min(n, (block + 1) * columnsToTask), split * depth);
        var (count, first) = (Math.Min(depth, k - from), ((long)batch * n) + j);
        var row = run->A + batchA[batch] + from;
        var b = run->B + batchB[batch] + from;
        var c = run->C + (split * Size) + ((long)batch * n);
        for (; j <= until - Together; j += Together) Multiply(row, b + columns[j], b + columns[j + 1], b + columns[j + 2], b + columns[j + 3], count, c + j);
        for (; j < until; j++) c[j] = Multiply(row, b + columns[j], count);
        if (splits == 1) finish?.Invoke(frame, first, ((long)batch * n) + until);
    }

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
