using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The transforms for one width of vectors and one extent of windows.</summary>
/// <param name="Window">The lines of a window, and their elements.</param>
/// <param name="Input">Of the elements under tiles.</param>
/// <param name="Filter">Of filters.</param>
/// <param name="Output">To tiles of results.</param>
/// <param name="Cotangent">The transpose of <paramref name="Output"/>.</param>
/// <param name="Sum">That of <paramref name="Input"/>, added to pixels.</param>
/// <param name="Gradient">That of <paramref name="Filter"/>.</param>
internal sealed unsafe record WinogradTransforms(
    int Window, WinogradTransforms.OfPixels Input, WinogradTransforms.OfTile Filter, WinogradTransforms.OfPart Output, WinogradTransforms.OfPixels Cotangent, WinogradTransforms.ToPixels Sum, WinogradTransforms.OfTile Gradient)
{
    /// <summary>The lines under a tile, and their elements.</summary>
    public const int Under = 6;

    /// <summary>The elements under a tile.</summary>
    public const int Elements = Under * Under;

    public delegate void OfPixels(float* pixels, nint row, nint column, float* tile, nint next, int channels);

    public delegate void ToPixels(float* tile, nint next, float* pixels, nint row, nint column, int channels);

    public delegate void OfTile(float* from, nint fromNext, float* to, nint next, int channels);

    public delegate void OfPart(float* tile, nint next, float* pixels, nint row, nint column, int rows, int columns, int channels);

    /// <summary>The lines of a tile of results, and their elements, with windows of such an extent.</summary>
    public static int Side(int window) => Under + 1 - window;

    /// <summary>Whether there are transforms for windows of such an extent.</summary>
    public static bool Serve(int window) => window is 3 or 5;

    public static WinogradTransforms Of(VectorWidth width, int window) => width switch
    {
        VectorWidth.V512 => Of<V512<float>>(window),
        VectorWidth.V256 => Of<V256<float>>(window),
        _ => Of<V128<float>>(window),
    };

    private static WinogradTransforms Of<V>(int window) where V : struct, ILanes<V, float> => window == 3 ? Of<V, ThreeTaps<V>>() : Of<V, FiveTaps<V>>();

    private static WinogradTransforms Of<V, L>() where V : struct, ILanes<V, float> where L : struct, IWinogradLines => new(
        L.Window, WinogradTransforms<V, L>.Input, WinogradTransforms<V, L>.Filter, WinogradTransforms<V, L>.Output, WinogradTransforms<V, L>.Cotangent, WinogradTransforms<V, L>.Sum,
        WinogradTransforms<V, L>.Gradient);
}

/// <summary>
/// The transforms of Winograd's F(4×4, 3×3) and F(2×2, 5×5) for vectors of channels (Lavin and Gray, "Fast algorithms for convolutional neural networks",
/// 2016): a tile of results is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, for a filter g and the 6×6 elements d under the tile. The points are 0, ±1, ±2, ∞.
/// </summary>
internal static unsafe class WinogradTransforms<V, L> where V : struct, ILanes<V, float> where L : struct, IWinogradLines
{
    private const int Under = WinogradTransforms.Under;

    private static int Side => WinogradTransforms.Side(L.Window);

    /// <summary>Bᵀ d B. Pixels and the results' tiles are so many elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float* pixels, nint row, nint column, float* tile, nint next, int channels)
    {
        var half = stackalloc float[Under * Under * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < Under; j++) Input(pixels + (j * column) + c, row, half + (j * V.Count), Under * V.Count);
            for (var i = 0; i < Under; i++) Input(half + (i * Under * V.Count), V.Count, tile + (i * Under * next) + c, next);
        }
    }

    /// <summary>G g Gᵀ. The filter's elements and the results are so many elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(float* filter, nint apart, float* tile, nint next, int channels)
    {
        var half = stackalloc float[Under * L.Window * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < L.Window; j++) L.Filter(filter + (j * apart) + c, L.Window * apart, half + (j * V.Count), L.Window * V.Count);
            for (var i = 0; i < Under; i++) L.Filter(half + (i * L.Window * V.Count), V.Count, tile + (i * Under * next) + c, next);
        }
    }

    /// <summary>Aᵀ m A, of which the first rows and columns are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* tile, nint next, float* pixels, nint row, nint column, int rows, int columns, int channels)
    {
        var half = stackalloc float[Side * Under * V.Count];
        var line = stackalloc float[Side * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < Under; j++) L.Output(tile + (j * next) + c, Under * next, half + (j * V.Count), Under * V.Count);
            for (var i = 0; i < rows; i++)
            {
                var from = half + (i * Under * V.Count);
                var to = pixels + (i * row) + c;
                if (columns == Side) L.Output(from, V.Count, to, column);
                else
                {
                    L.Output(from, V.Count, line, V.Count);
                    for (var j = 0; j < columns; j++) V.Store(V.Load(line + (j * V.Count)), to + (j * column));
                }
            }
        }
    }

    /// <summary>A y Aᵀ, the transpose of <see cref="Output(float*, nint, float*, nint, nint, int, int, int)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cotangent(float* pixels, nint row, nint column, float* tile, nint next, int channels)
    {
        var half = stackalloc float[Under * Side * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < Side; j++) L.Cotangent(pixels + (j * column) + c, row, half + (j * V.Count), Side * V.Count);
            for (var i = 0; i < Under; i++) L.Cotangent(half + (i * Side * V.Count), V.Count, tile + (i * Under * next) + c, next);
        }
    }

    /// <summary>B m Bᵀ, the transpose of <see cref="Input(float*, nint, nint, float*, nint, int)"/>, added to pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* tile, nint next, float* pixels, nint row, nint column, int channels)
    {
        var half = stackalloc float[Under * Under * V.Count];
        var line = stackalloc float[Under * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < Under; j++) Sum(tile + (j * next) + c, Under * next, half + (j * V.Count), Under * V.Count);
            for (var i = 0; i < Under; i++)
            {
                Sum(half + (i * Under * V.Count), V.Count, line, V.Count);
                var to = pixels + (i * row) + c;
                for (var j = 0; j < Under; j++) V.Store(V.Load(to + (j * column)) + V.Load(line + (j * V.Count)), to + (j * column));
            }
        }
    }

    /// <summary>Gᵀ m G, the transpose of <see cref="Filter(float*, nint, float*, nint, int)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float* tile, nint next, float* filter, nint apart, int channels)
    {
        var half = stackalloc float[L.Window * Under * V.Count];
        for (var c = 0; c < channels; c += V.Count)
        {
            for (var j = 0; j < Under; j++) L.Gradient(tile + (j * next) + c, Under * next, half + (j * V.Count), Under * V.Count);
            for (var i = 0; i < L.Window; i++) L.Gradient(half + (i * Under * V.Count), V.Count, filter + (i * L.Window * apart) + c, apart);
        }
    }

    /// <summary>Bᵀ, which does not depend on the window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(float* from, nint fromNext, float* to, nint next)
    {
        var (d0, d1, d2) = (V.Load(from), V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (d3, d4, d5) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)), V.Load(from + (5 * fromNext)));
        var (even, odd) = (V.Fma(V.All(-4), d2, d4), V.Fma(V.All(-4), d1, d3));
        var (evenLess, oddLess) = (d4 - d2, d3 - d1);
        V.Store(V.Fma(V.All(4), d0, V.Fma(V.All(-5), d2, d4)), to);
        V.Store(even + odd, to + next);
        V.Store(even - odd, to + (2 * next));
        V.Store(V.Fma(V.All(2), oddLess, evenLess), to + (3 * next));
        V.Store(V.Fma(V.All(-2), oddLess, evenLess), to + (4 * next));
        V.Store(V.Fma(V.All(4), d1, V.Fma(V.All(-5), d3, d5)), to + (5 * next));
    }

    /// <summary>B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(float* from, nint fromNext, float* to, nint next)
    {
        var (m0, m1, m2) = (V.Load(from), V.Load(from + fromNext), V.Load(from + (2 * fromNext)));
        var (m3, m4, m5) = (V.Load(from + (3 * fromNext)), V.Load(from + (4 * fromNext)), V.Load(from + (5 * fromNext)));
        var (sum, difference) = (m1 + m2, m1 - m2);
        var (sum2, difference2) = (m3 + m4, m3 - m4);
        V.Store(V.All(4) * m0, to);
        V.Store(V.Fma(V.All(4), m5 - difference, V.All(-2) * difference2), to + next);
        V.Store(V.Fma(V.All(-5), m0, V.Fma(V.All(-4), sum, V.All(-1) * sum2)), to + (2 * next));
        V.Store(V.Fma(V.All(-5), m5, V.Fma(V.All(2), difference2, difference)), to + (3 * next));
        V.Store(m0 + sum + sum2, to + (4 * next));
        V.Store(m5, to + (5 * next));
    }
}
