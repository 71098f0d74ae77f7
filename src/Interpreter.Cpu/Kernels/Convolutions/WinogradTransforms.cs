using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The transforms for one width of vectors.</summary>
/// <param name="Input">Of the elements under tiles.</param>
/// <param name="Filter">Of filters.</param>
/// <param name="Output">To tiles of results.</param>
/// <param name="Cotangent">The transpose of <paramref name="Output"/>.</param>
/// <param name="Gradient">That of <paramref name="Filter"/>.</param>
internal sealed unsafe record WinogradTransforms(
    WinogradTransforms.OfPixels Input, WinogradTransforms.OfTile Filter, WinogradTransforms.OfPart Output, WinogradTransforms.OfPixels Cotangent, WinogradTransforms.OfTile Gradient)
{
    public delegate void OfPixels(float* pixels, nint row, nint column, float* tile, nint next, int channels);

    public delegate void OfTile(float* from, nint fromNext, float* to, nint next, int channels);

    public delegate void OfPart(float* tile, nint next, float* pixels, nint row, nint column, int rows, int columns, int channels);

    public static WinogradTransforms Of(VectorWidth width) => width switch
    {
        VectorWidth.V512 => Of<V512<float>>(),
        VectorWidth.V256 => Of<V256<float>>(),
        _ => Of<V128<float>>(),
    };

    private static WinogradTransforms Of<V>() where V : struct, ILanes<V, float> =>
        new(WinogradTransforms<V>.Input, WinogradTransforms<V>.Filter, WinogradTransforms<V>.Output, WinogradTransforms<V>.Cotangent, WinogradTransforms<V>.Gradient);
}

/// <summary>
/// The transforms of Winograd's F(4×4, 3×3) for vectors of channels (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016):
/// a tile of 4×4 results is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, for a filter g of 3×3 and the 6×6 elements d under the tile. The points are 0, ±1, ±2, ∞.
/// </summary>
internal static unsafe class WinogradTransforms<V> where V : struct, ILanes<V, float>
{
    /// <summary>Bᵀ d B. Pixels and the results' tiles are so many elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float* pixels, nint row, nint column, float* tile, nint next, int channels)
    {
        var half = stackalloc float[36 * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < 6; j++)
            {
                var from = pixels + (j * column) + c;
                Input(V.Load(from), V.Load(from + row), V.Load(from + (2 * row)), V.Load(from + (3 * row)), V.Load(from + (4 * row)), V.Load(from + (5 * row)), half + (j * V.Count), 6 * V.Count);
            }
            for (var i = 0; i < 6; i++)
            {
                var from = half + (i * 6 * V.Count);
                Input(Half(from, 0), Half(from, 1), Half(from, 2), Half(from, 3), Half(from, 4), Half(from, 5), tile + (i * 6 * next) + c, next);
            }
        }
    }

    /// <summary>G g Gᵀ. The filter's elements and the results are so many elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(float* filter, nint apart, float* tile, nint next, int channels)
    {
        var half = stackalloc float[18 * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < 3; j++)
            {
                var from = filter + (j * apart) + c;
                Filter(V.Load(from), V.Load(from + (3 * apart)), V.Load(from + (6 * apart)), half + (j * V.Count), 3 * V.Count);
            }
            for (var i = 0; i < 6; i++)
            {
                var from = half + (i * 3 * V.Count);
                Filter(Half(from, 0), Half(from, 1), Half(from, 2), tile + (i * 6 * next) + c, next);
            }
        }
    }

    /// <summary>Aᵀ m A, of which the first rows and columns are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* tile, nint next, float* pixels, nint row, nint column, int rows, int columns, int channels)
    {
        var half = stackalloc float[24 * V.Count];
        var line = stackalloc float[4 * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < 6; j++)
            {
                var from = tile + (j * next) + c;
                Output(V.Load(from), V.Load(from + (6 * next)), V.Load(from + (12 * next)), V.Load(from + (18 * next)), V.Load(from + (24 * next)), V.Load(from + (30 * next)), half + (j * V.Count), 6 * V.Count);
            }
            for (var i = 0; i < rows; i++)
            {
                var from = half + (i * 6 * V.Count);
                var to = pixels + (i * row) + c;
                if (columns == 4) Output(Half(from, 0), Half(from, 1), Half(from, 2), Half(from, 3), Half(from, 4), Half(from, 5), to, column);
                else
                {
                    Output(Half(from, 0), Half(from, 1), Half(from, 2), Half(from, 3), Half(from, 4), Half(from, 5), line, V.Count);
                    for (var j = 0; j < columns; j++) V.Store(Half(line, j), to + (j * column));
                }
            }
        }
    }

    /// <summary>A y Aᵀ, the transpose of <see cref="Output(float*, nint, float*, nint, nint, int, int, int)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cotangent(float* pixels, nint row, nint column, float* tile, nint next, int channels)
    {
        var half = stackalloc float[24 * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < 4; j++)
            {
                var from = pixels + (j * column) + c;
                Cotangent(V.Load(from), V.Load(from + row), V.Load(from + (2 * row)), V.Load(from + (3 * row)), half + (j * V.Count), 4 * V.Count);
            }
            for (var i = 0; i < 6; i++)
            {
                var from = half + (i * 4 * V.Count);
                Cotangent(Half(from, 0), Half(from, 1), Half(from, 2), Half(from, 3), tile + (i * 6 * next) + c, next);
            }
        }
    }

    /// <summary>Gᵀ m G, the transpose of <see cref="Filter(float*, nint, float*, nint, int)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float* tile, nint next, float* filter, nint apart, int channels)
    {
        var half = stackalloc float[18 * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < 6; j++)
            {
                var from = tile + (j * next) + c;
                Gradient(V.Load(from), V.Load(from + (6 * next)), V.Load(from + (12 * next)), V.Load(from + (18 * next)), V.Load(from + (24 * next)), V.Load(from + (30 * next)), half + (j * V.Count), 6 * V.Count);
            }
            for (var i = 0; i < 3; i++)
            {
                var from = half + (i * 6 * V.Count);
                Gradient(Half(from, 0), Half(from, 1), Half(from, 2), Half(from, 3), Half(from, 4), Half(from, 5), filter + (i * 3 * apart) + c, apart);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Half(float* from, int at) => V.Load(from + (at * V.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(V d0, V d1, V d2, V d3, V d4, V d5, float* to, nint apart)
    {
        var (even, odd) = (V.Fma(V.All(-4), d2, d4), V.Fma(V.All(-4), d1, d3));
        var (evenLess, oddLess) = (d4 - d2, d3 - d1);
        V.Store(V.Fma(V.All(4), d0, V.Fma(V.All(-5), d2, d4)), to);
        V.Store(even + odd, to + apart);
        V.Store(even - odd, to + (2 * apart));
        V.Store(V.Fma(V.All(2), oddLess, evenLess), to + (3 * apart));
        V.Store(V.Fma(V.All(-2), oddLess, evenLess), to + (4 * apart));
        V.Store(V.Fma(V.All(4), d1, V.Fma(V.All(-5), d3, d5)), to + (5 * apart));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter(V g0, V g1, V g2, float* to, nint apart)
    {
        var (ends, wide) = (g0 + g2, V.Fma(V.All(4), g2, g0));
        V.Store(g0 * V.All(1 / 4f), to);
        V.Store((ends + g1) * V.All(-1 / 6f), to + apart);
        V.Store((ends - g1) * V.All(-1 / 6f), to + (2 * apart));
        V.Store(V.Fma(V.All(2), g1, wide) * V.All(1 / 24f), to + (3 * apart));
        V.Store(V.Fma(V.All(-2), g1, wide) * V.All(1 / 24f), to + (4 * apart));
        V.Store(g2, to + (5 * apart));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output(V m0, V m1, V m2, V m3, V m4, V m5, float* to, nint apart)
    {
        var (sum, difference) = (m1 + m2, m1 - m2);
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(m0 + sum + sum2, to);
        V.Store(V.Fma(V.All(2), difference2, difference), to + apart);
        V.Store(V.Fma(V.All(4), sum2, sum), to + (2 * apart));
        V.Store(V.Fma(V.All(8), difference2, difference) + m5, to + (3 * apart));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Cotangent(V y0, V y1, V y2, V y3, float* to, nint apart)
    {
        var (even, odd) = (y0 + y2, y1 + y3);
        var (even2, odd2) = (V.Fma(V.All(4), y2, y0), V.Fma(V.All(4), y3, y1));
        V.Store(y0, to);
        V.Store(even + odd, to + apart);
        V.Store(even - odd, to + (2 * apart));
        V.Store(V.Fma(V.All(2), odd2, even2), to + (3 * apart));
        V.Store(V.Fma(V.All(-2), odd2, even2), to + (4 * apart));
        V.Store(y3, to + (5 * apart));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradient(V m0, V m1, V m2, V m3, V m4, V m5, float* to, nint apart)
    {
        var (sum, difference) = ((m1 + m2) * V.All(-1 / 6f), (m2 - m1) * V.All(1 / 6f));
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(V.Fma(V.All(1 / 4f), m0, V.Fma(V.All(1 / 24f), sum2, sum)), to);
        V.Store(V.Fma(V.All(1 / 12f), difference2, difference), to + apart);
        V.Store(V.Fma(V.All(1 / 6f), sum2, sum) + m5, to + (2 * apart));
    }
}
