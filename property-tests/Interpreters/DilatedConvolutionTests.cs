using Functional;
using Functional.Interpreter.Cpu.Kernels;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Dilated convolutions by Winograd's tiles, whose elements are as far apart as those of windows.</summary>
public sealed class DilatedConvolutionTests
{
    private const float Bound = 1f / (1 << 18), GradientBound = 1f / (1 << 16);

    /// <summary>Each element is in one tile, no tile is without elements, and the last one's last is where it is said to be.</summary>
    [Fact]
    public void Tiles_divide_an_axis()
    {
        for (var extent = 1; extent < 45; extent++)
            for (var dilation = 1; dilation < 12; dilation++)
                foreach (var side in (int[])[2, 4])
                {
                    var axis = new WinogradAxis(extent, side, dilation);
                    var tiles = Enumerable.Range(0, axis.Tiles).Select(t => Enumerable.Range(0, axis.Inside(t)).Select(i => axis.At(t) + (i * dilation)).ToArray()).ToArray();
                    Assert.DoesNotContain(tiles, t => t.Length == 0);
                    Assert.Equal(Enumerable.Range(0, extent), tiles.SelectMany(t => t).Order());
                    Assert.Equal(axis.At(axis.Tiles - 1) + (5 * dilation) + 1, axis.Span(6));
                    Assert.True(axis.Tiles % dilation == 0 ? axis.At(axis.Tiles) >= extent : axis.At(axis.Tiles) == extent);
                }
    }

    /// <summary>What is multiplied by elements, and not by padding, is counted, whatever the window.</summary>
    [Fact]
    public void Meetings_are_those_with_elements()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 300; trial++)
        {
            var (window, extent) = (new WindowDim(random.Next(1, 6), random.Next(1, 4), random.Next(-2, 9), random.Next(-2, 9), random.Next(1, 4), random.Next(1, 4)), random.Next(1, 20));
            var (positions, meetings) = (window.Positions(extent), 0);
            for (var p = 0; p < positions; p++)
                for (var k = 0; k < window.Size; k++)
                    if ((p * window.Stride) + (k * window.Dilation) - window.Low is var at && at >= 0 && at < window.Base(extent) && at % window.BaseDilation == 0) meetings++;
            Assert.Equal(meetings, new WindowAxis(window, extent, positions).Meetings);
        }
    }

    /// <summary>
    /// The value and both gradients, with one dilation or two, with phases of different lengths: in rows of tiles that are together in a task or are not,
    /// with few tiles and many filters, in images that share a task, in results that are written past the caches, and, for gradients, in lines that are
    /// divided into parts, each in several rounds, or shared, or all transformed at once. Images are padded so far that the result is as large as
    /// they are, or less or more.
    /// </summary>
    [Theory]
    [InlineData(3, 2, 33, 27, 26, 35, 2, 2, 0)]
    [InlineData(3, 1, 32, 23, 110, 33, 3, 3, 0)]
    [InlineData(3, 2, 70, 13, 14, 261, 2, 2, 0)]
    [InlineData(3, 9, 40, 12, 9, 36, 2, 2, 0)]
    [InlineData(3, 5, 36, 16, 25, 70, 1, 3, 0)]
    [InlineData(3, 5, 70, 25, 16, 36, 4, 1, 0)]
    [InlineData(3, 8, 40, 32, 60, 35, 2, 2, 0)]
    [InlineData(3, 20, 210, 14, 13, 200, 2, 2, 0)]
    [InlineData(3, 1, 32, 242, 272, 64, 3, 3, 0)]
    [InlineData(3, 1, 32, 540, 125, 64, 2, 2, 0)]
    [InlineData(3, 3, 34, 27, 26, 35, 3, 2, 1)]
    [InlineData(3, 1, 34, 25, 112, 35, 3, 3, 3)]
    [InlineData(3, 3, 34, 28, 25, 38, 2, 3, -1)]
    [InlineData(5, 2, 36, 29, 32, 37, 2, 3, 0)]
    [InlineData(5, 1, 35, 40, 61, 50, 3, 3, 0)]
    [InlineData(5, 4, 70, 19, 22, 261, 2, 2, 0)]
    [InlineData(5, 2, 35, 32, 37, 40, 3, 2, 3)]
    [InlineData(5, 2, 35, 32, 37, 40, 3, 2, -2)]
    public void Dilated_convolutions_stay_within_the_bound(int taps, int n, int c, int height, int width, int o, int down, int across, int less)
    {
        WindowDim Window(int dilation) => new(taps, 1, (taps / 2 * dilation) - less, (taps / 2 * dilation) - less, dilation);
        Assert.Equal(3, Served(new(14), [n, c, height, width], [o, c, taps, taps], [Window(down), Window(across)], 1, 1, less == 0 ? 0 : 5 * Math.Max(down, across)));
    }

    /// <summary>Tiles that elements so far apart hardly fill take more multiplications than they save.</summary>
    [Fact]
    public void Tiles_that_are_hardly_filled_do_not_serve() =>
        Assert.Equal(0, Served(new(8), [2, 34, 14, 14], [36, 34, 3, 3], [new(3, 1, 6, 6, 6), new(3, 1, 6, 6, 6)], 1, 1, 0));

    /// <summary>Random ones, padded by another number of elements on each side, or cut, in groups of either kind.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Random_dilated_convolutions_stay_within_the_bound(int taps)
    {
        var (random, served) = (new Random(taps), 0);
        for (var trial = 0; trial < 12; trial++)
        {
            var (features, batches) = (trial % 3) switch { 0 => (1, 1), 1 => (2, 1), _ => (1, 2) };
            int Padding(int dilation) => (taps / 2 * dilation) + random.Next(trial % 2 == 0 ? -dilation - 1 : 0, trial % 2 == 0 ? 1 : 3);
            WindowDim Window(int dilation) => new(taps, 1, Padding(dilation), Padding(dilation), dilation);
            var (down, across) = (random.Next(1, 4), random.Next(2, 4));
            var (c, o) = (random.Next(32, 50), batches * features * random.Next(32, 50));
            served += Served(random, [batches * random.Next(1, 4), features * c, random.Next(24, 36), random.Next(24, 36)], [o, c, taps, taps], [Window(down), Window(across)], features, batches, 5 * Math.Max(down, across));
        }
        Assert.Equal(36, served);
    }

    /// <summary>How many of the value and its gradients are computed by Winograd's way, in the memory that was planned; where most of a window may lie in padding, by the bound of neighbours within reach.</summary>
    private static int Served(Random random, int[] image, int[] filter, WindowDim[] window, int features, int batches, int reach)
    {
        var (x, y) = (ProductTests.Uniform(random, image), ProductTests.Uniform(random, filter));
        Expr Convolved(Expr a, Expr b) => conv(a, b, [.. window], features, batches);
        var z = ProductTests.Uniform(random, [.. Convolved(variable("x", x.Type), variable("y", y.Type)).Shape]);
        Function Value(Func<Expr, Expr> of) => Function.Trace(a => [Convolved(of(a[0]), of(a[1]))], ("x", x.Type), ("y", y.Type));
        Function OfInput(Func<Expr, Expr> of) => Function.Trace(a => [linearTranspose<Expr, Expr>(v => Convolved(v, of(a[0])), variable("v", x.Type))(of(a[1]))], ("y", y.Type), ("z", z.Type));
        Function OfFilter(Func<Expr, Expr> of) => Function.Trace(a => [linearTranspose<Expr, Expr>(w => Convolved(of(a[0]), w), variable("w", y.Type))(of(a[1]))], ("x", x.Type), ("z", z.Type));
        foreach (var threads in (int[])[1, 3])
        {
            PlanLaws.MeasuresAsPlanned(Value(v => v), [x, y], threads: threads);
            PlanLaws.MeasuresAsPlanned(OfInput(v => v), [y, z], threads: threads);
            PlanLaws.MeasuresAsPlanned(OfFilter(v => v), [x, z], threads: threads);
        }
        bool[] served =
        [
            ProductTests.StaysWithin(Bound, Value, reach, x, y), ProductTests.StaysWithin(Bound, OfInput, reach, y, z),
            ProductTests.StaysWithin(filter[^1] == 3 ? Bound : GradientBound, OfFilter, x, z),
        ];
        return served.Count(s => s);
    }
}
