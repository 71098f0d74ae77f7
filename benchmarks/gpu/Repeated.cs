using System.Diagnostics;

namespace Benchmarks.Gpu;

/// <summary>How long work on a device takes that is queued again and again.</summary>
public static class Repeated
{
    private const int Queued = 20;

    /// <summary>Seconds for a run, the mean over so many seconds, after as many of warming up.</summary>
    public static double Seconds(Functional.Interpreter.Gpu.Gpu gpu, double seconds, Action run)
    {
        Measured(gpu, seconds, run);
        return Measured(gpu, seconds, run);
    }

    private static double Measured(Functional.Interpreter.Gpu.Gpu gpu, double seconds, Action run)
    {
        var (clock, runs) = (Stopwatch.StartNew(), 0);
        do
        {
            var queued = runs == 0 ? 1 : Queued;
            for (var i = 0; i < queued; i++) run();
            gpu.Synchronize();
            runs += queued;
        }
        while (clock.Elapsed.TotalSeconds < seconds);
        return clock.Elapsed.TotalSeconds / runs;
    }
}
