using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Kernels;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>How products are divided among a GPU's groups.</summary>
public sealed class DivisionTests
{
    private static readonly Geometry Device = new(256, 132, TensorCores.TF32);

    private static Division Of(ProductSize size, MatrixNumbers? cores, int run = 4) => Division.Of(size, Device, cores, run, run);

    public static TheoryData<string> Ways => ["threads", .. Enum.GetNames<MatrixNumbers>()];

    private static MatrixNumbers? Cores(string way) => Enum.TryParse<MatrixNumbers>(way, out var numbers) ? numbers : null;

    [Theory]
    [MemberData(nameof(Ways))]
    public void Large_products_have_the_largest_tiles_and_small_ones_none_that_are_empty(string way)
    {
        var large = Of(new(1, 8192, 8192, 8192), Cores(way));
        Assert.Equal((128, 128, 1), (large.Tile.Rows, large.Tile.Columns, large.Parts));
        Assert.Equal(Cores(way) is null ? 8 : 16, large.Tile.Depth);
        var small = Of(new(1, 16, 16, 64), Cores(way)).Tile;
        Assert.InRange(small.Rows * small.Columns, 16 * 16, 64 * 64);
    }

    /// <summary>Of a product of few rows and columns the depth is divided, so that no half of the device is idle.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void The_depth_of_products_with_few_tiles_is_divided(string way)
    {
        var size = new ProductSize(1, 128, 128, 65536);
        var division = Of(size, Cores(way));
        Assert.InRange(division.Tile.Count(size) * division.Parts, Device.Processors / 2, 2 * Device.Processors);
        Assert.InRange(division.Depth * division.Parts, size.Depth, 2 * size.Depth);
    }

    /// <summary>In as many parts as fill the device, whatever their number: of nine tiles fourteen parts, not eight or sixteen.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Parts_are_as_many_as_fill_the_device(string way)
    {
        var size = new ProductSize(1, 1152, 128, 6272);
        var division = Of(size, Cores(way));
        var turns = division.Tile.Count(size) * division.Parts / (double)Device.Processors;
        Assert.InRange(turns / Math.Ceiling(turns), 0.9, 1);
    }

    [Fact]
    public void Tensor_cores_and_wide_reads_take_less_time()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 50; trial++)
        {
            var size = new ProductSize(random.Next(1, 4), random.Next(128, 5000), random.Next(128, 5000), random.Next(64, 5000));
            double Cycles(MatrixNumbers? cores, int run) => Of(size, cores, run).Cycles(size, Device, run, run);
            Assert.True(Cycles(MatrixNumbers.TF32, 4) < Cycles(null, 4), $"{size}");
            Assert.True(Cycles(MatrixNumbers.BF16, 8) < Cycles(MatrixNumbers.TF32, 4), $"{size}");
            foreach (var cores in new MatrixNumbers?[] { null, MatrixNumbers.TF32, MatrixNumbers.F16 }) Assert.True(Cycles(cores, 4) < Cycles(cores, 1), $"{size} {cores}");
        }
    }
}
