using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Benchmarks.Models;
using Functional;
using Functional.Interpreter;

namespace Benchmarks.Gpu;

/// <summary>Training steps, each a stream of launches from state to state.</summary>
public static class Steps
{
    /// <summary>The steps.</summary>
    public static readonly ImmutableArray<TrainingStep> All =
        [TrainingStep.Mlp, TrainingStep.LeNet, TrainingStep.AlexNet, TrainingStep.Vgg16, TrainingStep.ResNet18, TrainingStep.ResNet50, TrainingStep.Transformer];

    private static readonly ImmutableArray<string> Columns =
        ["", "ours, ms", "queueing, ms", "kernels", "first step, s", "difference from the CPU", "peak memory, MiB", "PyTorch eager, ms", "compiled, ms", "ratio to eager", "to compiled"];

    /// <summary>The steps in f32, with products in TF32, to which a device of its own rounds factors, and with products of bf16, a row each time.</summary>
    public static IEnumerable<Figures> Figures(Functional.Interpreter.Gpu.Gpu gpu, Functional.Interpreter.Gpu.Gpu tf32, string filter, double seconds, PyTorch peers) =>
        from step in All
        from way in new[] { ("", gpu, PrecisionPolicy.Full), (", tf32", tf32, PrecisionPolicy.Full), (", bf16", gpu, PrecisionPolicy.BF16) }
        let name = step.Name + way.Item1
        where name.Contains(filter, StringComparison.OrdinalIgnoreCase)
        select new Figures("training steps", Columns, [Row(way.Item2, step, name, step.Function(way.Item3), seconds, peers)]);

    /// <summary>By how much a step has moved each weight.</summary>
    private static ImmutableArray<float[]> Moves(TrainingStep step, IEnumerable<Tensor> state) =>
        [.. state.Zip(step.Start(), (to, from) => Numbers.Values(to).Zip(Numbers.Values(from), (a, b) => a - b).ToArray())];

    private static ImmutableArray<object> Row(Functional.Interpreter.Gpu.Gpu gpu, TrainingStep step, string name, Function function, double seconds, PyTorch peers)
    {
        Console.Error.WriteLine(name);
        var clock = Stopwatch.StartNew();
        var run = (IPlanned)gpu.Compile(function, step.Donated);
        var batch = gpu.Compile(Function.Trace(p => [p[0] * 1f, p[1] * 1], ("x", step.Input.Type), ("labels", step.Labels.Type))).Run(step.Input, step.Labels);
        var held = step.Start();
        void Once()
        {
            var results = run.Run([.. held, .. batch]);
            held = results[..^1];
            results[^1].Delete();
        }
        Once();
        gpu.Synchronize();
        var first = clock.Elapsed.TotalSeconds;
        var cpu = new Functional.Interpreter.Cpu.Cpu().Compile(function).Run([.. step.Start(), step.Input, step.Labels]);
        var difference = Numbers.Difference(Moves(step, held), Moves(step, cpu[..^1]));
        var time = Repeated.Seconds(gpu, seconds, Once);
        clock.Restart();
        Once();
        var queueing = clock.Elapsed.TotalSeconds;
        gpu.Synchronize();
        var (eager, compiled) = (peers[name], peers[$"{name}, compiled"]);
        return
        [
            name, time * 1e3, queueing * 1e3, (double)run.Plan.Steps.Length, first, difference, run.Plan.PeakBytes / (1024.0 * 1024),
            eager is { } e ? e * 1e3 : "", compiled is { } c ? c * 1e3 : "", eager is { } slow ? slow / time : "", compiled is { } fast ? fast / time : "",
        ];
    }
}
