using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Benchmarks.Measuring;

namespace Benchmarks.Gpu;

/// <summary>
/// What kernels cost by the counts of the emulated CUDA device, and the least time that an H200 could do it in: no GPU is asked. Of PTX's instructions
/// those are left out that its assembler does without, moves and the arithmetic of addresses.
/// </summary>
public static partial class Counted
{
    /// <summary>
    /// An H200 as NVIDIA's data sheet and H100's whitepaper have it: cycles of a multiprocessor for a warp's instruction, for one of tensor cores (at
    /// A100's rate, see Division), and the bytes that the second-level cache moves in one for all of them.
    /// </summary>
    private const double Processors = 132, Hertz = 1.83e9, Schedulers = 4, MatrixCycles = 2, CacheBytes = 5120, SectorBytes = 32;

    private const int Shown = 40;

    private static readonly ImmutableArray<string> Columns =
        ["", "launches", "groups", "threads", "floor, µs", "by", "instructions for each mma", "rounds of shared memory for each", "of these conflicts, %", "bytes asked for of those moved, %"];

    /// <summary>A launch.</summary>
    private sealed record Launch(string Kernel, int Groups, int Threads, double Instructions, double Matrices, double Rounds, double LeastRounds, double Sectors, double Bytes)
    {
        private double At => Math.Min(Groups, Processors);

        private (string By, double Cycles) Longest => new[]
        {
            ("instructions", Instructions / Schedulers / At), ("tensor cores", Matrices * MatrixCycles / At), ("shared memory", Rounds / At), ("cache", Sectors * SectorBytes / CacheBytes * Processors / At),
        }.MaxBy(c => c.Item2);

        public double Seconds => Longest.Cycles / Hertz;

        public string By => Longest.By;
    }

    /// <summary>The kernels of a run whose counts are in a folder, those with the most time in all first.</summary>
    /// <exception cref="InvalidDataException">There are none, or files of another kind.</exception>
    public static Figures Of(string folder)
    {
        var launches = Directory.GetFiles(folder, "*.tsv").Select(Read).ToList();
        if (launches.Count == 0) throw new InvalidDataException($"{folder} has no counts of the emulated device, which are files like 0000.tsv");
        var kinds = launches.GroupBy(l => (l.Kernel, l.Groups, l.Threads)).OrderByDescending(g => g.Sum(l => l.Seconds));
        return new($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}: {launches.Count} launches, {launches.Sum(l => l.Seconds) * 1e6:0} µs at least", Columns,
        [
            .. kinds.Take(Shown).Select(g => ImmutableArray.Create<object>(
                g.Key.Kernel, (double)g.Count(), (double)g.Key.Groups, (double)g.Key.Threads, g.Average(l => l.Seconds) * 1e6, g.First().By,
                Share(g.Sum(l => l.Instructions), g.Sum(l => l.Matrices)) ?? (object)"", Share(g.Sum(l => l.Rounds), g.Sum(l => l.Matrices)) ?? (object)"",
                Share(100 * g.Sum(l => l.Rounds - l.LeastRounds), g.Sum(l => l.Rounds)) ?? (object)"", Share(100 * g.Sum(l => l.Bytes), SectorBytes * g.Sum(l => l.Sectors)) ?? (object)"")),
        ]);
    }

    private static double? Share(double x, double of) => of == 0 ? null : x / of;

    private static Launch Read(string file)
    {
        var lines = File.ReadAllLines(file);
        var head = Head().Match(lines.FirstOrDefault(""));
        if (!head.Success) throw new InvalidDataException($"{file} does not begin as counts of the emulated device do: KERNEL: N groups of N threads");
        var launch = new Launch(head.Groups[1].Value, int.Parse(head.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(head.Groups[3].Value, CultureInfo.InvariantCulture), 0, 0, 0, 0, 0, 0);
        foreach (var line in lines[2..])
        {
            var cells = line.Split('\t');
            var (issued, transfers, instruction) = (double.Parse(cells[0], CultureInfo.InvariantCulture), double.Parse(cells[1], CultureInfo.InvariantCulture), cells[2]);
            if (issued == 0 || Folded().IsMatch(instruction)) continue;
            launch = launch with { Instructions = launch.Instructions + issued };
            if (instruction.StartsWith("mma", StringComparison.Ordinal)) launch = launch with { Matrices = launch.Matrices + issued };
            if (Access().Match(instruction) is not { Success: true } access) continue;
            var (words, bytes) = (access.Groups[2].Success ? int.Parse(access.Groups[2].Value, CultureInfo.InvariantCulture) : 1, int.Parse(access.Groups[3].Value, CultureInfo.InvariantCulture) / 8);
            launch = access.Groups[1].Value == "shared"
                ? launch with { Rounds = launch.Rounds + transfers, LeastRounds = launch.LeastRounds + (issued * words) }
                : launch with { Sectors = launch.Sectors + transfers, Bytes = launch.Bytes + (issued * 32 * words * bytes) };
        }
        return launch;
    }

    [GeneratedRegex(@"^(?:Kernel_)?(\w+): (\d+) groups of (\d+) threads")]
    private static partial Regex Head();

    [GeneratedRegex(@"^(?:mov\b|ld\.param|cvta|bar\.|ret|mul\.wide|add\.[us]64)")]
    private static partial Regex Folded();

    [GeneratedRegex(@"^(?:ld|st)\.(shared|global)(?:\.v(\d))?\.[busf](\d+)")]
    private static partial Regex Access();
}
