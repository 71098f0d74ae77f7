using System.Collections.Immutable;
using System.Diagnostics;

namespace Benchmarks.Measuring;

/// <summary>Something to be timed.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Run">Does it once.</param>
/// <param name="WarmUp">Seconds for which it is run before it is timed; 0 where it is warm and one run fills a sample.</param>
/// <param name="Before">Done before each sample, untimed.</param>
public sealed record Case(string Name, Action Run, double WarmUp = 0.5, Action? Before = null);

/// <summary>What one run of a case takes: the median of its repetitions.</summary>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="Bytes">Managed memory allocated by the running thread.</param>
/// <param name="Pause">The part of the time in which the garbage collector held the program.</param>
public readonly record struct Cost(double Seconds, double Bytes, double Pause);

/// <summary>Times cases against each other: every round runs all of them, so that what slows the machine for a while slows all alike.</summary>
public static class Clock
{
    private const int FirstRuns = 2;
    private const double Sample = 0.02;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>The cost of each case, in order.</summary>
    /// <param name="cases">What is timed.</param>
    /// <param name="rounds">How often, at most.</param>
    /// <param name="budget">Seconds after which no further round begins.</param>
    public static ImmutableArray<Cost> Of(ImmutableArray<Case> cases, int rounds, double budget = double.PositiveInfinity)
    {
        var clock = Stopwatch.StartNew();
        var repeats = cases.Select(Warmed).ToArray();
        var samples = cases.Select(_ => new List<Cost>()).ToArray();
        for (var round = 0; round < rounds && (round == 0 || clock.Elapsed.TotalSeconds < budget); round++)
            for (var i = 0; i < cases.Length; i++) samples[i].Add(Once(cases[i], repeats[i]));
        return [.. samples.Select(s => new Cost(Median(s.Select(c => c.Seconds)), Median(s.Select(c => c.Bytes)), Median(s.Select(c => c.Pause))))];
    }

    /// <summary>Runs a case until the compiler has settled and the memory it needs has been touched; says how many runs fill a sample.</summary>
    private static int Warmed(Case one)
    {
        var (clock, runs) = (Stopwatch.StartNew(), 0);
        one.Before?.Invoke();
        do
        {
            one.Run();
            runs++;
        }
        while (clock.Elapsed.TotalSeconds < one.WarmUp || runs < FirstRuns);
        return Math.Max(1, (int)(runs * Sample / clock.Elapsed.TotalSeconds));
    }

    private static Cost Once(Case one, int repeats)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Thread.Sleep(Rest); // threads of the case before, which may still spin, go to sleep
        one.Before?.Invoke();
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
