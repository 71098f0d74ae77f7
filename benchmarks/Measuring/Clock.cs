using System.Collections.Immutable;
using System.Diagnostics;

namespace Benchmarks.Measuring;

/// <summary>Something to be timed.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Run">Does it once.</param>
public sealed record Case(string Name, Action Run);

/// <summary>What one run of a case takes: the median of its repetitions.</summary>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="Bytes">Managed memory allocated by the running thread.</param>
/// <param name="Pause">The part of the time in which the garbage collector held the program.</param>
public readonly record struct Cost(double Seconds, double Bytes, double Pause);

/// <summary>Times cases against each other: every round runs all of them, so that what slows the machine for a while slows all alike.</summary>
public static class Clock
{
    private const double WarmUp = 0.5;
    private const double Sample = 0.02;

    /// <summary>The cost of each case, in order.</summary>
    public static ImmutableArray<Cost> Of(ImmutableArray<Case> cases, int rounds)
    {
        var repeats = cases.Select(Warmed).ToArray();
        var samples = cases.Select(_ => new List<Cost>()).ToArray();
        for (var round = 0; round < rounds; round++)
            for (var i = 0; i < cases.Length; i++) samples[i].Add(Once(cases[i], repeats[i]));
        return [.. samples.Select(s => new Cost(Median(s.Select(c => c.Seconds)), Median(s.Select(c => c.Bytes)), Median(s.Select(c => c.Pause))))];
    }

    /// <summary>Runs a case until the compiler has settled; says how many runs fill a sample.</summary>
    private static int Warmed(Case one)
    {
        var (clock, runs) = (Stopwatch.StartNew(), 0);
        do
        {
            one.Run();
            runs++;
        }
        while (clock.Elapsed.TotalSeconds < WarmUp);
        return Math.Max(1, (int)(runs * Sample / clock.Elapsed.TotalSeconds));
    }

    private static Cost Once(Case one, int repeats)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (bytes, pause, clock) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalPauseDuration(), Stopwatch.StartNew());
        for (var i = 0; i < repeats; i++) one.Run();
        return new(
            clock.Elapsed.TotalSeconds / repeats,
            (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)repeats,
            (GC.GetTotalPauseDuration() - pause).TotalSeconds / repeats);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
