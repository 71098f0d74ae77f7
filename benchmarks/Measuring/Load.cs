using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>Processor time that was used since the system started, in hundredths of a second (Linux; elsewhere nothing is known and all is 0).</summary>
/// <param name="All">By everything, and by other guests of the host.</param>
/// <param name="Own">By this process.</param>
public readonly record struct Load(long All, long Own)
{
    private const double Tolerated = 0.1;
    private const int Granularity = 3;

    /// <summary>Until now.</summary>
    public static Load Now
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return default;
            // cpu user nice system idle iowait irq softirq steal ...
            var all = Numbers(File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
            // pid (name) state ... utime stime are the 14th and the 15th
            var own = File.ReadAllText("/proc/self/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new(all[0] + all[1] + all[2] + all[5] + all[6] + all[7], Numbers(own[11..13]).Sum());
        }
    }

    private static long[] Numbers(string[] texts) => [.. texts.Select(t => long.Parse(t, CultureInfo.InvariantCulture))];

    /// <summary>Whether others took so much of a processor since then that what was timed meanwhile says little.</summary>
    public bool WasDisturbed(double seconds) => Now is var now && now.All - All - (now.Own - Own) > seconds * 100 * Tolerated + Granularity;
}
