using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using static Functional.Prelude;

namespace Benchmarks.Gpu;

/// <summary>Rates of products and convolutions, beside those of PyTorch, which are cuBLAS's and cuDNN's.</summary>
public static class Rates
{
    private static readonly ImmutableArray<string> Columns = ["", "ours, ms", "TFLOP/s", "PyTorch, ms", "share of its rate, %", "first run, s", "difference from the CPU", "the CPU's, ms"];

    private static readonly ImmutableArray<(int M, int K, int N)> Shapes =
        [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (4096, 4096, 4096), (8192, 8192, 8192), (16, 9216, 4096), (64, 784, 512), (1024, 512, 2048), (4096, 64, 4096), (256, 65536, 256)];

    private static readonly ImmutableArray<ConvLayer> Layers =
    [
        new("AlexNet 11×11/4, batch 64", [64, 3, 224, 224], [64, 3, 11, 11], 4, 2),
        new("AlexNet 5×5, batch 64", [64, 64, 27, 27], [192, 64, 5, 5], 1, 2),
        new("VGG 3×3 at 224, batch 16", [16, 64, 224, 224], [64, 64, 3, 3], 1, 1),
        new("VGG 3×3 at 56, batch 16", [16, 256, 56, 56], [256, 256, 3, 3], 1, 1),
        new("VGG 3×3 at 14, batch 16", [16, 512, 14, 14], [512, 512, 3, 3], 1, 1),
        new("ResNet 1×1 at 56, batch 32", [32, 256, 56, 56], [64, 256, 1, 1], 1, 0),
        new("ResNet 3×3/2 at 56, batch 32", [32, 64, 56, 56], [128, 64, 3, 3], 2, 1),
    ];

    /// <summary>Products in f32, a row each time.</summary>
    public static IEnumerable<Figures> Products(Functional.Interpreter.Gpu.Gpu gpu, string filter, double seconds, PyTorch peers) =>
        from s in Shapes
        let name = $"{s.M}×{s.K}×{s.N}"
        where name.Contains(filter, StringComparison.OrdinalIgnoreCase)
        select new Figures("products in f32", Columns, [Row(gpu, name, p => [matmul(p[0], p[1])], seconds, peers, Numbers.Tensor(1, s.M, s.K), Numbers.Tensor(2, s.K, s.N))]);

    /// <summary>The same in fewer bits: TF32, to which a device of its own rounds factors of f32, and factors that are f16 or bf16 already; sums are f32.</summary>
    public static IEnumerable<Figures> ReducedProducts(Functional.Interpreter.Gpu.Gpu gpu, Functional.Interpreter.Gpu.Gpu tf32, string filter, double seconds, PyTorch peers) =>
        Shapes.SelectMany(s => Reduced(gpu, tf32, $"{s.M}×{s.K}×{s.N}", p => [matmul(p[0], p[1])], filter, seconds, peers, [s.M, s.K], [s.K, s.N])).Select(row => new Figures("products on tensor cores", Columns, [row]));

    /// <inheritdoc cref="ReducedProducts"/>
    public static IEnumerable<Figures> ReducedConvolutions(Functional.Interpreter.Gpu.Gpu gpu, Functional.Interpreter.Gpu.Gpu tf32, string filter, double seconds, PyTorch peers) =>
        Layers.SelectMany(l => l.Programs).SelectMany(r => Reduced(gpu, tf32, r.Name, r.Program, filter, seconds, peers, r.First, r.Second)).Select(row => new Figures("convolutions on tensor cores", Columns, [row]));

    private static IEnumerable<ImmutableArray<object>> Reduced(
        Functional.Interpreter.Gpu.Gpu gpu, Functional.Interpreter.Gpu.Gpu tf32, string row, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, string filter, double seconds, PyTorch peers, int[] x, int[] y) =>
        from type in new[] { DType.F32, DType.F16, DType.BF16 }
        let name = $"{row}, {(type == DType.F32 ? "tf32" : type.Text)}"
        where name.Contains(filter, StringComparison.OrdinalIgnoreCase)
        select Row(type == DType.F32 ? tf32 : gpu, name, p => program([.. p.Select(v => convert(v, DType.F32))]), seconds, peers, As(type, Numbers.Tensor(1, x)), As(type, Numbers.Tensor(2, y)));

    private static Tensor As(DType type, Tensor x) => type switch
    {
        DType.F16 => Tensor.Of<Half>(x.Shape, Array.ConvertAll(x.ToArray<float>(), v => (Half)v)),
        DType.BF16 => Tensor.Of<BFloat16>(x.Shape, Array.ConvertAll(x.ToArray<float>(), v => (BFloat16)v)),
        _ => x,
    };

    /// <summary>Convolutions in f32, a row each time.</summary>
    public static IEnumerable<Figures> Convolutions(Functional.Interpreter.Gpu.Gpu gpu, string filter, double seconds, PyTorch peers) =>
        from r in Layers.SelectMany(l => l.Programs)
        where r.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)
        select new Figures("convolutions in f32", Columns, [Row(gpu, r.Name, r.Program, seconds, peers, Numbers.Tensor(1, r.First), Numbers.Tensor(2, r.Second))]);

    private static ImmutableArray<object> Row(Functional.Interpreter.Gpu.Gpu gpu, string name, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, double seconds, PyTorch peers, params ImmutableArray<Tensor> inputs)
    {
        Console.Error.WriteLine(name);
        var function = Function.Trace(program, [.. inputs.Select((x, i) => ($"x{i}", x.Type))]);
        var clock = Stopwatch.StartNew();
        var run = gpu.Compile(function);
        var here = ImmutableArray.CreateRange(inputs, gpu.Put);
        var result = run.Run(here);
        gpu.Synchronize();
        var first = clock.Elapsed.TotalSeconds;
        var cpu = new Functional.Interpreter.Cpu.Cpu().Compile(function);
        var difference = Numbers.Difference([.. result.Select(Numbers.Values)], [.. cpu.Run(inputs).Select(Numbers.Values)]);
        clock.Restart();
        cpu.Run(inputs);
        var there = clock.Elapsed.TotalSeconds;
        var time = Repeated.Seconds(gpu, seconds, () =>
        {
            foreach (var r in run.Run(here)) r.Delete();
        });
        var flops = Fold.PostOrder(Simplify.Of(function.Results)).Where(n => n.Op is Bilinear).Sum(n => (double)n.Op.Flops);
        return [name, time * 1e3, flops / time / 1e12, peers[name] is { } t ? t * 1e3 : "", peers[name] is { } theirs ? 100 * theirs / time : "", first, difference, there * 1e3];
    }
}
