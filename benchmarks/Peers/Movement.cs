using Benchmarks.Measuring;
using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using TorchSharp;
using static Functional.Prelude;

namespace Benchmarks.Peers;

/// <summary>Pooling, gathers, scatters, sorts, cumulative sums and random numbers.</summary>
public static class Movement
{
    private const int Many = 10_000_000;
    private const int Words = 30_000;
    private const int Width = 512;
    private const int Tokens = 32_768;

    private static readonly int[] Images = [16, 64, 112, 112];

    /// <summary>What should run at the speed of memory.</summary>
    public static ImmutableArray<Row> Rows() =>
    [
        MaxPool("2×2", 2, 2, 0), MaxPoolAdjoint("2×2", 2, 2, 0), MaxPool("3×3/2", 3, 2, 1), MaxPoolAdjoint("3×3/2", 3, 2, 1),
        Gather, Scatter, Sort, Cumulative, CumulativeRows, Transpose, Random,
    ];

    private static int[] Pooled(int size, int stride, int padding) => [.. Images[..2], .. Images[2..].Select(n => (n + 2 * padding - size) / stride + 1)];

    private static Row MaxPool(string name, int size, int stride, int padding) => new(
        $"max pooling {name} of 16×64×112×112",
        cpu => Ours.Side(cpu, p => [maxPool2d(p[0], size, stride, padding)], Numbers.Tensor(1, Images)),
        () =>
        {
            var x = Libtorch.Tensor(1, Images);
            return Libtorch.Side(() => [torch.nn.functional.max_pool2d(x, size, stride, padding)]);
        })
    { Bytes = TensorType.F32(Images).Bytes + TensorType.F32(Pooled(size, stride, padding)).Bytes };

    /// <summary>Ours finds the greatest again; libtorch has kept where they are.</summary>
    private static Row MaxPoolAdjoint(string name, int size, int stride, int padding)
    {
        var pooled = Pooled(size, stride, padding);
        return new(
            $"max pooling {name} of 16×64×112×112, d input",
            cpu => Ours.Side(cpu, p => [vjp<Expr, Expr>(x => maxPool2d(x, size, stride, padding), p[0]).Pullback(p[1])], Numbers.Tensor(1, Images), Numbers.Tensor(2, pooled)),
            () =>
            {
                var (x, dy) = (Libtorch.Tensor(1, Images).requires_grad_(), Libtorch.Tensor(2, pooled));
                var y = torch.nn.functional.max_pool2d(x, size, stride, padding);
                return Libtorch.Side(() => [.. torch.autograd.grad([y], [x], [dy], retain_graph: true)]);
            })
        { Bytes = 2 * TensorType.F32(Images).Bytes + TensorType.F32(pooled).Bytes };
    }

    private static Tensor Indices => Tensor.Of<int>(Numbers.Below(Words, 3, Tokens));

    private static torch.Tensor TorchIndices => torch.tensor(Numbers.Below(Words, 3, Tokens)).to_type(torch.ScalarType.Int64);

    private static Row Gather => new(
        "embedding of 32768 words, 30000×512",
        cpu => Ours.Side(cpu, p => [take(p[0], p[1])], Numbers.Tensor(1, Words, Width), Indices),
        () =>
        {
            var (table, indices) = (Libtorch.Tensor(1, Words, Width), TorchIndices);
            return Libtorch.Side(() => [table.index_select(0, indices)]);
        })
    { Bytes = 2.0 * 4 * Tokens * Width };

    private static Row Scatter => new(
        "sum of 32768 rows into 30000×512",
        cpu => Ours.Side(cpu, p => [scatterAdd(p[0], p[1], Words)], Numbers.Tensor(1, Tokens, Width), Indices),
        () =>
        {
            var (updates, indices) = (Libtorch.Tensor(1, Tokens, Width), TorchIndices);
            return Libtorch.Side(() => [torch.zeros(Words, Width).index_add_(0, indices, updates, 1)]);
        })
    { Bytes = 4.0 * (2 * Tokens + Words) * Width };

    private static Row Sort => new(
        "sort of 10⁶ floats",
        cpu => Ours.Side(cpu, p => [sort(p[0])], Numbers.Tensor(1, 1_000_000)),
        () =>
        {
            var x = Libtorch.Tensor(1, 1_000_000);
            return Libtorch.Side(() => [torch.sort(x).values]);
        })
    { Bytes = 2.0 * 4 * 1_000_000 };

    private static Row Cumulative => new(
        "cumulative sum of 10⁷ floats",
        cpu => Ours.Side(cpu, p => [cumulativeSum(p[0], 0)], Numbers.Tensor(1, Many)),
        () =>
        {
            var x = Libtorch.Tensor(1, Many);
            return Libtorch.Side(() => [x.cumsum(0)]);
        })
    { Bytes = 2.0 * 4 * Many, Tolerance = 1e-3 };

    private static Row CumulativeRows => new(
        "cumulative sum of 4096×2048 along rows",
        cpu => Ours.Side(cpu, p => [cumulativeSum(p[0], 1)], Numbers.Tensor(1, 4096, 2048)),
        () =>
        {
            var x = Libtorch.Tensor(1, 4096, 2048);
            return Libtorch.Side(() => [x.cumsum(1)]);
        })
    { Bytes = 2.0 * 4 * 4096 * 2048 };

    private static Row Transpose => new(
        "transpose of 4096×2048",
        cpu => Ours.Side(cpu, p => [transpose(p[0])], Numbers.Tensor(1, 4096, 2048)),
        () =>
        {
            var x = Libtorch.Tensor(1, 4096, 2048);
            return Libtorch.Side(() => [x.t().contiguous()]);
        })
    { Bytes = 2.0 * 4 * 4096 * 2048 };

    /// <summary>Their bits differ, so what is compared are 1 + the mean and the variance. Our key is an input, so that nothing is known before.</summary>
    private static Row Random => new(
        "10⁷ normal random floats",
        cpu => Moments(Ours.Side(cpu, p => [normal(foldIn(key(1), p[0]), [Many])], Tensor.Scalar(1L))),
        () => Moments(Libtorch.Side(() => [torch.randn(Many)])))
    { Bytes = 4.0 * Many, Tolerance = 1e-2 };

    private static Side Moments(Side side) => side with
    {
        Values = () =>
        {
            var values = side.Values()[0];
            var mean = values.Average(v => (double)v);
            return [[(float)(1 + mean), (float)values.Average(v => (v - mean) * (v - mean))]];
        },
    };
}
