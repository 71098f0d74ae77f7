using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Writes rows k0.. of columns j0.. of the right operand, <see cref="ImplicitGemm{T}.Columns"/> to a row, zeros past the last column.</summary>
internal unsafe delegate void PackRight<T>(Frame frame, T* panel, int k0, int depth, int j0, int columns) where T : unmanaged;

/// <summary>
/// C = A·B for packed panels, after Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008): A in panels of
/// <see cref="Rows"/> rows, B in panels of <see cref="Columns"/> columns, C in registers. How A, B and C lie is the callers' affair, so that
/// a convolution is a product whose right operand is packed from the image.
/// </summary>
internal static unsafe class ImplicitGemm<T> where T : unmanaged, INumber<T>
{
    /// <summary>Rows of a micro-tile.</summary>
    public const int Rows = 6;

    private const int Depth = 256;
    private const int PanelsPerPart = 8;

    /// <summary>Columns of a micro-tile: two vectors.</summary>
    public static int Columns => 2 * Vector<T>.Count;

    /// <summary>The bytes that a product packs its operands into: all rows of the left one, and for each thread one panel of the right one.</summary>
    public static long Scratch(long m, long n, long k, int threads) =>
        m == 0 || n == 0 ? 0 : PackedLeft(m, k) + Math.Min(threads, (n + Columns * PanelsPerPart - 1) / (Columns * PanelsPerPart)) * PackedRight(k);

    private static long PackedLeft(long m, long k) => Aligned((m + Rows - 1) / Rows * Rows * Math.Min(k, Depth) * sizeof(T));

    private static long PackedRight(long k) => Aligned(Math.Min(k, Depth) * Columns * sizeof(T));

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;

    /// <summary>The product, parts of the columns in parallel, each the same whatever the number of threads.</summary>
    /// <param name="frame">The run.</param>
    /// <param name="scratch">Memory of <see cref="Scratch"/> bytes.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A's first element.</param>
    /// <param name="rowA">A's stride from row to row.</param>
    /// <param name="columnA">A's stride from column to column.</param>
    /// <param name="packB">Packs B.</param>
    /// <param name="c">C's first element.</param>
    /// <param name="rowC">C's stride from row to row.</param>
    /// <param name="columnC">Where each column of C begins.</param>
    public static void Multiply(Frame frame, byte* scratch, int m, int n, int k, T* a, Func<int, long> rowA, Func<int, long> columnA, PackRight<T> packB, T* c, long rowC, Func<int, long> columnC)
    {
        var (panelsA, panelsB) = ((m + Rows - 1) / Rows, (n + Columns - 1) / Columns);
        if (m == 0 || n == 0) return;
        var parts = (panelsB + PanelsPerPart - 1) / PanelsPerPart;
        var packedA = (T*)scratch;
        var right = scratch + PackedLeft(m, k);
        var (each, perPart) = (PackedRight(k), parts <= frame.Pool.Threads);
        var k0 = 0;
        do
        {
            var depth = Math.Min(Depth, k - k0);
            var (first, start) = (k0 == 0, k0);
            Each(frame, panelsA, (long)m * depth, (panel, _) => PackLeft(packedA + (long)panel * Rows * depth, a, rowA, columnA, panel * Rows, Math.Min(Rows, m - panel * Rows), start, depth));
            Each(frame, parts, 2L * m * n * depth, (part, worker) =>
                Part(frame, part, (T*)(right + (perPart ? part : worker) * each), m, n, start, depth, packedA, panelsA, packB, c, rowC, columnC, first));
            k0 += depth;
        }
        while (k0 < k);
    }

    private static void Each(Frame frame, int count, long work, Action<int, int> body)
    {
        if (work < 32_768)
            for (var i = 0; i < count; i++) body(i, 0);
        else frame.Pool.For(count, body);
    }

    private static void PackLeft(T* panel, T* a, Func<int, long> rowA, Func<int, long> columnA, int row, int rows, int k0, int depth)
    {
        var starts = stackalloc long[Rows];
        for (var r = 0; r < rows; r++) starts[r] = rowA(row + r);
        for (var k = 0; k < depth; k++)
        {
            var at = columnA(k0 + k);
            for (var r = 0; r < Rows; r++) panel[k * Rows + r] = r < rows ? a[starts[r] + at] : T.Zero;
        }
    }

    private static void Part(Frame frame, int part, T* panel, int m, int n, int k0, int depth, T* packedA, int panelsA, PackRight<T> packB, T* c, long rowC, Func<int, long> columnC, bool first)
    {
        var width = Columns;
        var tile = stackalloc T[Rows * width];
        var offsets = stackalloc long[width];
        for (var p = part * PanelsPerPart; p < (part + 1) * PanelsPerPart && p * width < n; p++)
        {
            var (j0, columns) = (p * width, Math.Min(width, n - p * width));
            packB(frame, panel, k0, depth, j0, columns);
            for (var j = 0; j < columns; j++) offsets[j] = columnC(j0 + j);
            var adjacent = columns == width && offsets[width - 1] - offsets[0] == width - 1;
            for (var i = 0; i < panelsA; i++)
            {
                var rows = Math.Min(Rows, m - i * Rows);
                if (adjacent && rows == Rows)
                {
                    Micro(depth, packedA + (long)i * Rows * depth, panel, c + offsets[0] + i * Rows * rowC, rowC, first);
                    continue;
                }
                Micro(depth, packedA + (long)i * Rows * depth, panel, tile, width, true);
                for (var r = 0; r < rows; r++)
                    for (var j = 0; j < columns; j++)
                    {
                        ref var element = ref c[offsets[j] + (i * Rows + r) * rowC];
                        element = first ? tile[r * width + j] : unchecked(element + tile[r * width + j]);
                    }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Fma(Vector<T> x, Vector<T> y, Vector<T> z) =>
        typeof(T) == typeof(float) ? Vector.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>()
        : typeof(T) == typeof(double) ? Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>()
        : x * y + z;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Micro(int depth, T* a, T* b, T* c, long stride, bool first)
    {
        var v = Vector<T>.Count;
        Vector<T> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector<T> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (var k = 0; k < depth; k++)
        {
            var b0 = Vector.Load(b);
            var b1 = Vector.Load(b + v);
            var a0 = new Vector<T>(a[0]);
            c00 = Fma(a0, b0, c00);
            c01 = Fma(a0, b1, c01);
            var a1 = new Vector<T>(a[1]);
            c10 = Fma(a1, b0, c10);
            c11 = Fma(a1, b1, c11);
            var a2 = new Vector<T>(a[2]);
            c20 = Fma(a2, b0, c20);
            c21 = Fma(a2, b1, c21);
            var a3 = new Vector<T>(a[3]);
            c30 = Fma(a3, b0, c30);
            c31 = Fma(a3, b1, c31);
            var a4 = new Vector<T>(a[4]);
            c40 = Fma(a4, b0, c40);
            c41 = Fma(a4, b1, c41);
            var a5 = new Vector<T>(a[5]);
            c50 = Fma(a5, b0, c50);
            c51 = Fma(a5, b1, c51);
            a += Rows;
            b += 2 * v;
        }
        Store(c, c00, c01, first);
        Store(c + stride, c10, c11, first);
        Store(c + 2 * stride, c20, c21, first);
        Store(c + 3 * stride, c30, c31, first);
        Store(c + 4 * stride, c40, c41, first);
        Store(c + 5 * stride, c50, c51, first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* c, Vector<T> x, Vector<T> y, bool first)
    {
        if (!first) (x, y) = (x + Vector.Load(c), y + Vector.Load(c + Vector<T>.Count));
        x.Store(c);
        y.Store(c + Vector<T>.Count);
    }
}
