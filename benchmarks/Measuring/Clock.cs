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
/// <param name="Fastest">The time of the fastest repetition.</param>
/// <param name="Disturbed">Whether other programs kept the processors busy in every round.</param>
public readonly record struct Cost(double Seconds, double Bytes, double Pause, double Fastest = 0, bool Disturbed = false);

/// <summary>
/// Times cases against each other: every round runs all of them, so that what slows the machine for a while slows all alike.
/// Rounds in which other programs ran are repeated.
/// </summary>
public static class Clock
{
    private const int FirstRuns = 2;
    private const double Sample = 0.05;
    private const int Patience = 4;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    /// <summary>The cost of each case, in order.</summary>
    /// <param name="cases">What is timed.</param>
    /// <param name="rounds">How often, at most.</param>
    /// <param name="budget">Seconds that all rounds together may take; the first is always run.</param>
    /// <param name="collect">Whether garbage is collected before each sample, so that none pays for another's; else it is when the program's own collector does, as in a long run.</param>
    public static ImmutableArray<Cost> Of(ImmutableArray<Case> cases, int rounds, double budget = double.PositiveInfinity, bool collect = true)
    {
        var repeats = cases.Select(Warmed).ToArray();
        var (calm, disturbed) = (new List<ImmutableArray<Cost>>(), new List<ImmutableArray<Cost>>());
        var clock = Stopwatch.StartNew();
        for (var round = 0; calm.Count < rounds && round < Patience * rounds && (round == 0 || clock.Elapsed.TotalSeconds * (round + 1) / round < budget); round++)
        {
            var (load, start) = (Load.Now, clock.Elapsed);
            ImmutableArray<Cost> costs = [.. cases.Select((one, i) => Once(one, repeats[i], collect))];
            (load.WasDisturbed((clock.Elapsed - start).TotalSeconds) ? disturbed : calm).Add(costs);
        }
        var valid = calm.Count > 0 ? calm : disturbed;
        return
        [
            .. cases.Select((_, i) => new Cost(
                Numbers.Median(valid.Select(c => c[i].Seconds)), Numbers.Median(valid.Select(c => c[i].Bytes)), Numbers.Median(valid.Select(c => c[i].Pause)), valid.Min(c => c[i].Seconds), calm.Count == 0)),
        ];
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

    private static Cost Once(Case one, int repeats, bool collect)
    {
        if (collect)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Thread.Sleep(Rest); // threads of the case before, which may still spin, go to sleep
        one.Before?.Invoke();
        var (bytes, pause, clock) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalPauseDuration(), Stopwatch.StartNew());
        for (var i = 0; i < repeats; i++) one.Run();
        return new(
            clock.Elapsed.TotalSeconds / repeats,
            (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)repeats,
            (GC.GetTotalPauseDuration() - pause).TotalSeconds / repeats);
    }
}
