using System.Collections.Immutable;
using Functional;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>The kernels that a GPU is given for the op examples, and for a training step.</summary>
internal static class ExampleKernels
{
    private static readonly Lazy<ImmutableArray<KernelCode>> LongLines = new(() => Of(((TensorType[])[TensorType.F32(2, 40_000), TensorType.F64(2, 9_000)]).Select(type => Function.Trace(
        p =>
        [
            sort(p[0]), cumulativeSum(p[0], 1), cumulativeSum(p[0] + 1, 0), argmax(p[0], 1), sum(p[0], 0), sum(p[0] * p[0]), max(p[0], 1), softmax(p[0]),
            scatterAdd(p[0], p[1], 100, 1), sum(permute(p[0], [1, 0]) + 1, 0),
        ],
        ("x", type), ("i", TensorType.I32(type.Shape[1]))))));

    private static readonly Lazy<ImmutableArray<KernelCode>> Step = new(() => Of([PlanLaws.LeNetStep(batch: 32).Step]));

    /// <summary>Those of a training step of a convolutional network.</summary>
    public static ImmutableArray<KernelCode> OfTrainingStep => Step.Value;

    /// <summary>Those of lines that several groups share.</summary>
    public static ImmutableArray<KernelCode> OfLongLines => LongLines.Value;

    /// <summary>Those of the examples in an element type, and of all elementwise functions of it.</summary>
    public static ImmutableArray<KernelCode> Of(DType type) => Of((type.IsNumber ? OpExamples.Of(type) : []).Concat(OpExamples.Functions(type))
        .Select(e => Function.Trace(x => [e.Program([.. x])], [.. e.Inputs.Select((t, i) => ($"x{i}", t))])));

    private static readonly Lazy<ImmutableArray<KernelCode>> Products = new(() =>
        [.. from size in new[] { (2048, 1024, 2048), (512, 511, 513), (256, 64, 128), (128, 300, 65), (60, 33, 100), (30, 2000, 30) }
            from precision in Enum.GetValues<Precision>()
            from code in Of([Product(size, precision, 1, 0), Product(size, precision, 0, 1)], MatmulPrecision.TF32).Where(c => c.Name == "dot")
            select code,
        .. from shape in new[] { (8, 64, 28, 128, 3), (4, 32, 14, 96, 1), (2, 3, 27, 40, 5) }
            from precision in Enum.GetValues<Precision>()
            from code in Of([Convolution(shape, precision)], MatmulPrecision.TF32).Where(c => c.Name == "conv")
            select code]);

    /// <summary>Those of products of several sizes on tensor cores, in all of their numbers, of operands that lie along the depth and across it; and of convolutions with both gradients.</summary>
    public static ImmutableArray<KernelCode> OnTensorCores => Products.Value;

    private static Function Product((int M, int K, int N) size, Precision precision, int contractX, int contractY)
    {
        var ((m, k, n), type) = (size, precision.Factor);
        var (x, y) = (variable("x", new TensorType(type, contractX == 1 ? [m, k] : [k, m])), variable("y", new TensorType(type, contractY == 1 ? [n, k] : [k, n])));
        return new([x, y], [dot(convert(x, DType.F32), convert(y, DType.F32), [], [], contractX, contractY)]);
    }

    private static Function Convolution((int N, int C, int Size, int O, int Window) shape, Precision precision)
    {
        var (n, c, size, o, window) = shape;
        return Function.Trace(
            p =>
            {
                Expr Of(Expr a, Expr b) => conv(a, b, [new(window, 1, window / 2, window / 2), new(window, 1, window / 2, window / 2)], precision: precision);
                var (x, y) = grad<(Expr X, Expr Y)>(q => sum(Of(q.X, q.Y) * p[2]))((p[0], p[1]));
                return [Of(p[0], p[1]), x, y];
            },
            ("x", TensorType.F32(n, c, size, size)), ("y", TensorType.F32(o, c, window, window)), ("z", TensorType.F32(n, o, size, size)));
    }

    private static ImmutableArray<KernelCode> Of(IEnumerable<Function> programs, MatmulPrecision precision = MatmulPrecision.Highest)
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, precision: precision).IfFail(e => throw e);
        foreach (var program in programs) gpu.Compile(program);
        return gpu.KernelCodes;
    }
}
