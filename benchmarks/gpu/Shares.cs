using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using static Functional.Prelude;

namespace Benchmarks.Gpu;

/// <summary>What share of the CPU interpreter's speed a device's products and convolutions have, run and run in turn.</summary>
public static class Shares
{
    /// <summary>So long something is timed at a time, or so many runs of it, of which the last is waited for: to wait takes as long as the least products do.</summary>
    private const double LeastSeconds = 1e-3;

    private const int MostQueued = 20;

    private static readonly ImmutableArray<string> Columns = ["", "device, ms", "GFLOP/s", "CPU, ms", "share of the CPU's speed, %", "first run, s", "difference"];

    private static readonly ImmutableArray<(string Name, int[] X, int[] Y, Func<Expr, Expr, Expr> Of)> Dots =
    [
        ("512³", [512, 512], [512, 512], (x, y) => matmul(x, y)),
        ("512³, right transposed", [512, 512], [512, 512], (x, y) => dot(x, y, [], [], 1, 1)),
        ("512³, left transposed", [512, 512], [512, 512], (x, y) => dot(x, y, [], [], 0, 0)),
        ("512³, both transposed", [512, 512], [512, 512], (x, y) => dot(x, y, [], [], 0, 1)),
        ("1024³", [1024, 1024], [1024, 1024], (x, y) => matmul(x, y)),
        ("1024³, right transposed", [1024, 1024], [1024, 1024], (x, y) => dot(x, y, [], [], 1, 1)),
        ("64 × 128³", [64, 128, 128], [64, 128, 128], (x, y) => dot(x, y, 0, 0, 2, 1)),
        ("64 × 128³, right transposed", [64, 128, 128], [64, 128, 128], (x, y) => dot(x, y, 0, 0, 2, 2)),
        ("64×784×512", [64, 784], [784, 512], (x, y) => matmul(x, y)),
        ("64×512×10", [64, 512], [512, 10], (x, y) => matmul(x, y)),
        ("511×513×509", [511, 513], [513, 509], (x, y) => matmul(x, y)),
    ];

    private static readonly ImmutableArray<ConvLayer> Layers =
    [
        new("3×3, 64 → 64 at 56, batch 8", [8, 64, 56, 56], [64, 64, 3, 3], 1, 1, 1),
        new("3×3/2, 64 → 128 at 56, batch 8", [8, 64, 56, 56], [128, 64, 3, 3], 2, 1, 1),
        new("5×5, 64 → 192 at 27, batch 8", [8, 64, 27, 27], [192, 64, 5, 5], 1, 2, 1),
        new("1×1, 64 → 256 at 56, batch 8", [8, 64, 56, 56], [256, 64, 1, 1], 1, 0, 1),
        new("1×1/2, 64 → 128 at 56, batch 8", [8, 64, 56, 56], [128, 64, 1, 1], 2, 0, 1),
        new("LeNet 5×5, 1 → 32 at 28, batch 64", [64, 1, 28, 28], [32, 1, 5, 5], 1, 0, 1),
        new("LeNet 5×5, 32 → 64 at 12, batch 64", [64, 32, 12, 12], [64, 32, 5, 5], 1, 0, 1),
        new("3×3 in 4 groups, 64 → 64 at 28, batch 8", [8, 64, 28, 28], [64, 16, 3, 3], 1, 1, 4),
        new("depthwise 3×3, 32 at 56, batch 8", [8, 32, 56, 56], [32, 1, 3, 3], 1, 1, 32),
    ];

    /// <summary>Products, a row each time.</summary>
    public static IEnumerable<Figures> Products(Functional.Interpreter.Gpu.Gpu gpu, string filter, double seconds) =>
        Dots.Where(d => Has(d.Name, filter)).Select(d => new Figures("products in f32", Columns, [Row(gpu, d.Name, p => [d.Of(p[0], p[1])], seconds, d.X, d.Y)]));

    /// <summary>Convolutions, a row each time.</summary>
    public static IEnumerable<Figures> Convolutions(Functional.Interpreter.Gpu.Gpu gpu, string filter, double seconds) =>
        Layers.SelectMany(l => l.Programs).Where(r => Has(r.Name, filter)).Select(r => new Figures("convolutions in f32", Columns, [Row(gpu, r.Name, r.Program, seconds, r.First, r.Second)]));

    private static bool Has(string name, string filter) => name.Contains(filter, StringComparison.OrdinalIgnoreCase);

    private static ImmutableArray<object> Row(Functional.Interpreter.Gpu.Gpu gpu, string name, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, double seconds, int[] x, int[] y)
    {
        Console.Error.WriteLine(name);
        ImmutableArray<Tensor> inputs = [Numbers.Tensor(1, x), Numbers.Tensor(2, y)];
        var function = Function.Trace(program, [.. inputs.Select((t, i) => ($"x{i}", t.Type))]);
        var clock = Stopwatch.StartNew();
        var (there, here) = (gpu.Compile(function), new Cpu().Compile(function));
        var held = ImmutableArray.CreateRange(inputs, gpu.Put);
        var result = there.Run(held);
        gpu.Synchronize();
        var first = clock.Elapsed.TotalSeconds;
        var difference = Numbers.Difference([.. result.Select(Numbers.Values)], [.. here.Run(inputs).Select(Numbers.Values)]);
        double OnDevice(int runs)
        {
            clock.Restart();
            for (var i = 0; i < runs; i++)
                foreach (var r in there.Run(held)) r.Delete();
            gpu.Synchronize();
            return clock.Elapsed.TotalSeconds / runs;
        }
        double Here(int runs)
        {
            clock.Restart();
            for (var i = 0; i < runs; i++) here.Run(inputs);
            return clock.Elapsed.TotalSeconds / runs;
        }
        var queued = (int)Math.Clamp(LeastSeconds / Math.Min(OnDevice(1), OnDevice(1)), 1, MostQueued);
        var (device, cpu, all) = (new List<double>(), new List<double>(), Stopwatch.StartNew());
        while (all.Elapsed.TotalSeconds < seconds || device.Count < 5)
        {
            device.Add(OnDevice(queued));
            cpu.Add(Here(queued));
        }
        var flops = Fold.PostOrder(Simplify.Of(function.Results)).Where(n => n.Op is Bilinear).Sum(n => (double)n.Op.Flops);
        return [name, Numbers.Median(device) * 1e3, flops / Numbers.Median(device) / 1e9, Numbers.Median(cpu) * 1e3, 100 * Numbers.Median(cpu) / Numbers.Median(device), first, difference];
    }
}
