using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;

namespace Benchmarks.Peers;

/// <summary>Where the time of training steps goes: their kernels, beside the limit that binds each.</summary>
public static class Profiles
{
    private const double WarmUp = 1;
    private const int Shown = 24;

    /// <summary>The table.</summary>
    public static Report Measure(Options options)
    {
        var limits = new Limits(options.Threads);
        var rates = Clock.Of([new("multiply-adds", limits.MultiplyAdd), new("copy", limits.Copy)], options.Rounds);
        var (flops, bytes) = (limits.Flops / rates[0].Fastest, limits.Bytes / rates[1].Fastest);
        return new(
            "profile",
            $"The kernels of training steps, {options.Threads} threads, those of one kind and shape together, the longest first; medians of repetitions. The limit is plain multiply-adds, {flops / 1e9:0} GFLOP/s, "
            + $"for the same arithmetic, or a plain copy, {bytes / 1e9:0} GB/s, of the bytes that the kernel reads and writes, whichever is longer; Winograd's convolutions do with less arithmetic, "
            + "and what stays in the caches is faster than the copy.",
            [.. Networks.Rows().Where(r => options.Wants(r.Name)).Select(r => Kernels(r, options, flops, bytes))]);
    }

    private static Figures Kernels(Row row, Options options, double flops, double bytes)
    {
        Console.Error.WriteLine($"kernels of {row.Name}");
        var step = row.Profiled!(new Cpu(options.Threads));
        var clock = Stopwatch.StartNew();
        do step.Run();
        while (clock.Elapsed.TotalSeconds < WarmUp);
        var runs = new List<ImmutableArray<TimeSpan>>();
        for (clock.Restart(); runs.Count < options.Rounds || clock.Elapsed.TotalSeconds < Math.Min(WarmUp, options.Budget);) runs.Add(step.Run());
        var times = step.Plan.Steps.Select((_, i) => runs.Select(r => r[i].TotalSeconds).Order().ElementAt(runs.Count / 2)).ToList();
        var all = times.Sum();
        var kinds = step.Plan.Steps.Select((s, i) => (Step: s, Seconds: times[i])).GroupBy(x => (x.Step.Name, x.Step.Types)).Select(Kind).OrderByDescending(k => k.Seconds).ToList();
        return new(
            $"{row.Name}: {times.Count} kernels, {all * 1e3:0.00} ms", ["kernel", "result", "times", "ms", "share, %", "GFLOP/s", "GB/s", "of limit, %", "limit"],
            [.. kinds.Take(Shown).Select(k => k.Row), .. Rest(kinds.Skip(Shown).ToList())]);

        (double Seconds, ImmutableArray<object> Row) Kind(IGrouping<(string Name, string Types), (Step Step, double Seconds)> kind)
        {
            var (seconds, f, b) = (kind.Sum(x => x.Seconds), kind.Sum(x => (double)x.Step.Cost.Flops), kind.Sum(x => (double)x.Step.Cost.Bytes));
            var (byFlops, byBytes) = (f / flops, b / bytes);
            return (seconds,
            [
                kind.Key.Name, kind.Key.Types, (double)kind.Count(), seconds * 1e3, 100 * seconds / all, f / seconds / 1e9, b / seconds / 1e9,
                100 * Math.Max(byFlops, byBytes) / seconds, byFlops > byBytes ? "multiply-adds" : "memory",
            ]);
        }

        ImmutableArray<object>[] Rest(List<(double Seconds, ImmutableArray<object> Row)> rest) =>
            rest.Count == 0 ? [] : [[$"{rest.Count} other kinds", "", rest.Sum(k => (double)k.Row[2]), rest.Sum(k => k.Seconds) * 1e3, 100 * rest.Sum(k => k.Seconds) / all, "", "", "", ""]];
    }
}
