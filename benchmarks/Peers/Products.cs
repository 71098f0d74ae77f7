using Benchmarks.Measuring;
using System.Collections.Immutable;
using TorchSharp;
using static Functional.Prelude;

namespace Benchmarks.Peers;

/// <summary>Matrix products.</summary>
public static class Products
{
    private const int PeakFrom = 512;

    /// <summary>Square ones with every operand transposed, and the shapes of nets.</summary>
    public static ImmutableArray<Row> Rows() =>
    [
        .. new[] { 128, 256, 512, 1024, 2048 }.SelectMany(n => new[] { (false, false), (false, true), (true, false) }.Select(t =>
            Product($"{n}{Orientation(t.Item1, t.Item2)}", n, n, n, t.Item1, t.Item2) with { Share = n >= PeakFrom ? 0.85 : null })),
        .. new (string Name, int M, int K, int N)[]
        {
            ("64×576×3136, 3×3 of 64 channels as im2col", 64, 576, 3136),
            ("128×1152×784, 3×3 of 128 channels", 128, 1152, 784),
            ("256×2304×196, 3×3 of 256 channels", 256, 2304, 196),
            ("512×4608×49, 3×3 of 512 channels", 512, 4608, 49),
            ("64×147×12544, 7×7 of 3 channels", 64, 147, 12544),
            ("64×576×64", 64, 576, 64),
            ("64×576×256", 64, 576, 256),
            ("64×576×1024", 64, 576, 1024),
            ("64×784×512, dense of the MLP", 64, 784, 512),
            ("16×9216×4096, dense of AlexNet", 16, 9216, 4096),
            ("1024×512×2048, dense of the transformer", 1024, 512, 2048),
            ("32×256×1024, a step of the LSTM", 32, 256, 1024),
            ("4096×256×1024, inputs of the LSTM", 4096, 256, 1024),
            ("1×4096×4096, matrix and vector", 1, 4096, 4096),
            ("65536×16×16, tall and skinny", 65536, 16, 16),
            ("512×4×512, of small depth", 512, 4, 512),
        }.Select(s => Product(s.Name, s.M, s.K, s.N)),
        Product("9216×16×4096 T×N, a dense layer's weight gradient", 9216, 16, 4096, transposeX: true),
        Product("16×4096×9216 N×T, a dense layer's input gradient", 16, 4096, 9216, transposeY: true),
        Product("256×4096×1024 T×N, the LSTM's weight gradient", 256, 4096, 1024, transposeX: true),
        Batched(64, 128, 64, 128),
        Batched(64, 128, 128, 64),
    ];

    private static string Orientation(bool x, bool y) => x ? " T×N" : y ? " N×T" : "";

    private static Row Product(string name, int m, int k, int n, bool transposeX = false, bool transposeY = false)
    {
        var (left, right) = (transposeX ? new[] { k, m } : [m, k], transposeY ? new[] { n, k } : [k, n]);
        return new(name,
            cpu => Ours.Side(cpu, p => [matmul(transposeX ? transpose(p[0]) : p[0], transposeY ? transpose(p[1]) : p[1])], Numbers.Tensor(1, left), Numbers.Tensor(2, right)),
            () =>
            {
                var (x, y) = (Libtorch.Tensor(1, left), Libtorch.Tensor(2, right));
                return Libtorch.Side(() => [torch.mm(transposeX ? x.t() : x, transposeY ? y.t() : y)]);
            })
        {
            Flops = 2.0 * m * k * n,
            Bytes = 4.0 * ((double)m * k + (double)k * n + (double)m * n),
            Target = 1,
        };
    }

    private static Row Batched(int batch, int m, int k, int n) => new(
        $"{batch} of {m}×{k}×{n}, attention",
        cpu => Ours.Side(cpu, p => [matmul(p[0], p[1])], Numbers.Tensor(1, batch, m, k), Numbers.Tensor(2, batch, k, n)),
        () =>
        {
            var (x, y) = (Libtorch.Tensor(1, batch, m, k), Libtorch.Tensor(2, batch, k, n));
            return Libtorch.Side(() => [torch.bmm(x, y)]);
        })
    {
        Flops = 2.0 * batch * m * k * n,
        Bytes = 4.0 * batch * ((double)m * k + k * n + m * n),
        Target = 1,
    };
}
