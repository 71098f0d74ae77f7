using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Benchmarks.Models;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;

namespace Benchmarks.Gpu;

/// <summary>Where a device's time goes in training steps: by steps of the plan, beside those of the CPU interpreter, and by kernels.</summary>
public static class Profiles
{
    private const int Shown = 30;

    /// <summary>The tables of the training steps of a name.</summary>
    public static IEnumerable<Figures> Of(Functional.Interpreter.Gpu.Gpu gpu, string filter, double seconds) =>
        Steps.All.Where(s => s.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).SelectMany(s => Tables(gpu, s, seconds));

    private static IEnumerable<Figures> Tables(Functional.Interpreter.Gpu.Gpu gpu, TrainingStep step, double seconds)
    {
        Console.Error.WriteLine(step.Name);
        var (there, here) = (new Stepping(gpu, step), new Stepping(new Cpu(), step));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;) _ = (there.Run(), here.Run());
        var (whole, cpu) = (new List<double>(), new List<double>());
        var (steps, cpuSteps, kernels) = (new List<ImmutableArray<TimeSpan>>(), new List<ImmutableArray<TimeSpan>>(), new List<ImmutableArray<Functional.Interpreter.Gpu.KernelTime>>());
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds || whole.Count < 5;)
        {
            whole.Add(there.Run());
            cpu.Add(here.Run());
            steps.Add(there.Profile());
            cpuSteps.Add(here.Profile());
            kernels.Add(gpu.Timed(() => there.Profile()));
        }
        yield return OfSteps($"{step.Name}: {Numbers.Median(whole) * 1e3:0.00} ms, on the CPU {Numbers.Median(cpu) * 1e3:0.00} ms", Kinds(there.Plan, steps), Kinds(here.Plan, cpuSteps));
        yield return OfKernels($"{step.Name}: its {kernels[0].Length} kernels, each waited for", kernels);
    }

    private static List<(string Name, string Types, int Count, double Seconds, double Flops, double Bytes)> Kinds(Plan plan, List<ImmutableArray<TimeSpan>> runs) =>
    [
        .. plan.Steps.Select((s, i) => (Step: s, Seconds: Numbers.Median(runs.Select(r => r[i].TotalSeconds)))).GroupBy(x => (x.Step.Name, x.Step.Types))
            .Select(g => (g.Key.Name, g.Key.Types, g.Count(), g.Sum(x => x.Seconds), g.Sum(x => (double)x.Step.Cost.Flops), g.Sum(x => (double)x.Step.Cost.Bytes))),
    ];

    private static Figures OfSteps(string title, List<(string Name, string Types, int Count, double Seconds, double Flops, double Bytes)> kinds, List<(string Name, string Types, int Count, double Seconds, double Flops, double Bytes)> theirs)
    {
        var all = kinds.Sum(k => k.Seconds);
        return new(title, ["step", "result", "times", "ms", "share, %", "GFLOP/s", "GB/s", "CPU, ms"],
        [
            .. kinds.OrderByDescending(k => k.Seconds).Take(Shown).Select(k => ImmutableArray.Create<object>(
                k.Name, k.Types, (double)k.Count, k.Seconds * 1e3, 100 * k.Seconds / all, k.Flops / k.Seconds / 1e9, k.Bytes / k.Seconds / 1e9,
                theirs.Where(t => (t.Name, t.Types, t.Count) == (k.Name, k.Types, k.Count)).Select(t => (object)(t.Seconds * 1e3)).FirstOrDefault(""))),
        ]);
    }

    private static Figures OfKernels(string title, List<ImmutableArray<Functional.Interpreter.Gpu.KernelTime>> runs)
    {
        var kinds = runs[0].Select((k, i) => (Kernel: k, Seconds: Numbers.Median(runs.Select(r => r[i].Time.TotalSeconds)))).GroupBy(x => (x.Kernel.Kernel, x.Kernel.Groups, x.Kernel.Threads)).ToList();
        var all = kinds.Sum(g => g.Sum(x => x.Seconds));
        return new(title, ["kernel", "groups", "threads", "times", "ms", "share, %"],
        [
            .. kinds.OrderByDescending(g => g.Sum(x => x.Seconds)).Take(Shown).Select(g => ImmutableArray.Create<object>(
                g.Key.Kernel, (double)g.Key.Groups, (double)g.Key.Threads, (double)g.Count(), g.Sum(x => x.Seconds) * 1e3, 100 * g.Sum(x => x.Seconds) / all)),
        ]);
    }

    /// <summary>A training step that is run from state to state.</summary>
    private sealed class Stepping
    {
        private readonly IPlanned run;
        private readonly Action wait;
        private readonly ImmutableArray<Tensor> batch;
        private ImmutableArray<Tensor> held;

        public Stepping(IInterpreter interpreter, TrainingStep step)
        {
            run = (IPlanned)interpreter.Compile(step.Function(), step.Donated);
            wait = interpreter is Functional.Interpreter.Gpu.Gpu gpu ? gpu.Synchronize : () => { };
            (batch, held) = ([interpreter.Put(step.Input), interpreter.Put(step.Labels)], step.Start());
        }

        public Plan Plan => run.Plan;

        /// <summary>Seconds for a step.</summary>
        public double Run()
        {
            var clock = Stopwatch.StartNew();
            Keep(run.Run([.. held, .. batch]));
            wait();
            return clock.Elapsed.TotalSeconds;
        }

        public ImmutableArray<TimeSpan> Profile()
        {
            var (results, times) = run.Profile([.. held, .. batch]);
            Keep(results);
            return times;
        }

        private void Keep(ImmutableArray<Tensor> results)
        {
            held = results[..^1];
            results[^1].Delete();
        }
    }
}
