using Benchmarks.Measuring;
using System.Collections.Immutable;
using Functional;
using TorchSharp;
using static Functional.Prelude;

namespace Benchmarks.Peers;

/// <summary>Convolutions of well-known nets: forward, and both adjoints.</summary>
public static class Convolutions
{
    private readonly record struct Layer(
        string Name, int Batch, int In, int Size, int Out, int Kernel, int Stride = 1, int Padding = 0, int Dilation = 1, int Groups = 1)
    {
        public int[] X => [Batch, In, Size, Size];

        public int[] W => [Out, In / Groups, Kernel, Kernel];

        public int Positions => (Size + 2 * Padding - Dilation * (Kernel - 1) - 1) / Stride + 1;

        public int[] Y => [Batch, Out, Positions, Positions];
    }

    private static readonly ImmutableArray<Layer> Layers =
    [
        new("AlexNet 11×11/4, 3 → 64 at 224", 16, 3, 224, 64, 11, 4, 2),
        new("AlexNet 5×5, 64 → 192 at 27", 16, 64, 27, 192, 5, 1, 2),
        new("AlexNet 3×3, 192 → 384 at 13", 16, 192, 13, 384, 3, 1, 1),
        new("AlexNet 5×5 in 2 groups, 96 → 256 at 27", 16, 96, 27, 256, 5, 1, 2, Groups: 2),
        new("LeNet 5×5, 1 → 32 at 28", 64, 1, 28, 32, 5),
        new("LeNet 5×5, 32 → 64 at 12", 64, 32, 12, 64, 5),
        new("VGG 3×3, 3 → 64 at 224", 4, 3, 224, 64, 3, 1, 1),
        new("VGG 3×3, 64 → 64 at 224", 4, 64, 224, 64, 3, 1, 1),
        new("VGG 3×3, 128 → 128 at 112", 4, 128, 112, 128, 3, 1, 1),
        new("VGG 3×3, 256 → 256 at 56", 4, 256, 56, 256, 3, 1, 1),
        new("VGG 3×3, 512 → 512 at 28", 4, 512, 28, 512, 3, 1, 1),
        new("VGG 3×3, 512 → 512 at 14", 4, 512, 14, 512, 3, 1, 1),
        new("ResNet 7×7/2, 3 → 64 at 224", 8, 3, 224, 64, 7, 2, 3),
        new("ResNet 3×3, 64 → 64 at 56", 8, 64, 56, 64, 3, 1, 1),
        new("ResNet 3×3/2, 64 → 128 at 56", 8, 64, 56, 128, 3, 2, 1),
        new("ResNet 3×3, 128 → 128 at 28", 8, 128, 28, 128, 3, 1, 1),
        new("ResNet 3×3, 256 → 256 at 14", 8, 256, 14, 256, 3, 1, 1),
        new("ResNet 3×3, 512 → 512 at 7", 8, 512, 7, 512, 3, 1, 1),
        new("ResNet-18 1×1/2, 64 → 128 at 56", 8, 64, 56, 128, 1, 2),
        new("ResNet-50 1×1, 64 → 256 at 56", 8, 64, 56, 256, 1),
        new("ResNet-50 1×1, 256 → 64 at 56", 8, 256, 56, 64, 1),
        new("ResNet-50 1×1, 1024 → 256 at 14", 8, 1024, 14, 256, 1),
        new("MobileNet depthwise 3×3, 32 at 112", 8, 32, 112, 32, 3, 1, 1, Groups: 32),
        new("MobileNet depthwise 3×3/2, 64 at 112", 8, 64, 112, 64, 3, 2, 1, Groups: 64),
        new("MobileNet depthwise 3×3, 512 at 14", 8, 512, 14, 512, 3, 1, 1, Groups: 512),
        new("ResNet-50 1×1, 512 → 2048 at 7", 8, 512, 7, 2048, 1),
        new("MobileNet 1×1, 512 → 512 at 14", 8, 512, 14, 512, 1),
        new("MobileNet 1×1, 1024 → 1024 at 7", 8, 1024, 7, 1024, 1),
        new("dilated by 2 3×3, 256 → 256 at 28", 8, 256, 28, 256, 3, 1, 2, Dilation: 2),
        new("grouped 3×3 in 32 groups, 128 → 128 at 56", 8, 128, 56, 128, 3, 1, 1, Groups: 32),
    ];

    /// <summary>Three rows for each layer.</summary>
    public static ImmutableArray<Row> Rows() => [.. Layers.SelectMany(l => new[] { Forward(l), OfInput(l), OfWeight(l) })];

    /// <summary>Whether a row is one of 3×3, stride 1, whose ratios have a mean of their own to reach.</summary>
    public static bool IsThreeByThree(string row) =>
        row.Contains(" 3×3, ", StringComparison.Ordinal) && !row.Contains("depthwise", StringComparison.Ordinal) && !row.Contains("dilated", StringComparison.Ordinal);

    private static Expr Apply(Layer l, Expr x, Expr w) => conv2d(x, w, l.Stride, l.Padding, l.Dilation, l.Groups);

    private static torch.Tensor Apply(Layer l, torch.Tensor x, torch.Tensor w) =>
        torch.nn.functional.conv2d(x, w, null, [l.Stride, l.Stride], [l.Padding, l.Padding], [l.Dilation, l.Dilation], l.Groups);

    private static Row Forward(Layer l) => Counted(l, new(
        $"{l.Name}, forward",
        cpu => Ours.Side(cpu, p => [Apply(l, p[0], p[1])], Numbers.Tensor(1, l.X), Numbers.Tensor(2, l.W)),
        () =>
        {
            var (x, w) = (Libtorch.Tensor(1, l.X), Libtorch.Tensor(2, l.W));
            return Libtorch.Side(() => [Apply(l, x, w)]);
        }));

    /// <summary>libtorch's forward pass is done once before; what is timed is its backward pass alone.</summary>
    private static Row OfInput(Layer l) => Counted(l, new(
        $"{l.Name}, d input",
        cpu => Ours.Side(
            cpu, p => [linearTranspose<Expr, Expr>(x => Apply(l, x, p[0]), variable("x", TensorType.F32(l.X)))(p[1])], Numbers.Tensor(2, l.W), Numbers.Tensor(3, l.Y)),
        () =>
        {
            var (x, w, dy) = (Libtorch.Tensor(1, l.X).requires_grad_(), Libtorch.Tensor(2, l.W), Libtorch.Tensor(3, l.Y));
            var y = Apply(l, x, w);
            return Libtorch.Side(() => [.. torch.autograd.grad([y], [x], [dy], retain_graph: true)]);
        }));

    private static Row OfWeight(Layer l) => Counted(l, new(
        $"{l.Name}, d weight",
        cpu => Ours.Side(
            cpu, p => [linearTranspose<Expr, Expr>(w => Apply(l, p[0], w), variable("w", TensorType.F32(l.W)))(p[1])], Numbers.Tensor(1, l.X), Numbers.Tensor(3, l.Y)),
        () =>
        {
            var (x, w, dy) = (Libtorch.Tensor(1, l.X), Libtorch.Tensor(2, l.W).requires_grad_(), Libtorch.Tensor(3, l.Y));
            var y = Apply(l, x, w);
            return Libtorch.Side(() => [.. torch.autograd.grad([y], [w], [dy], retain_graph: true)]);
        }));

    /// <summary>All three do the arithmetic of the forward pass: products with padding are not counted.</summary>
    private static Row Counted(Layer l, Row row) => row with
    {
        Flops = Apply(l, variable("x", TensorType.F32(l.X)), variable("w", TensorType.F32(l.W))).Op.Flops,
        Bytes = new[] { l.X, l.W, l.Y }.Sum(shape => (double)TensorType.F32(shape).Bytes),
        Target = 1,
    };
}
