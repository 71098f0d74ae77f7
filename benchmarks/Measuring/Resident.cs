using System.Runtime.InteropServices;

namespace Benchmarks.Measuring;

/// <summary>Memory as the system sees it (Linux).</summary>
public static class Resident
{
    /// <summary>
    /// The most resident memory while something runs, less what is resident before it, when free memory of the garbage collector and of the C
    /// library has been given back.
    /// </summary>
    public static double PeakOf(Action run)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = malloc_trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5"); // the high-water mark begins again
        var before = Kibibytes("VmRSS");
        run();
        return (Kibibytes("VmHWM") - before) * 1024;
    }

    private static double Kibibytes(string name) =>
        double.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint pad);
}
