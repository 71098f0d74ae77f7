using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Functional.Interpreter.Cpu;
using TorchSharp;

namespace Benchmarks.Peers;

/// <summary>Our CPU interpreter beside libtorch, which a .NET user would pick instead: the same work, interleaved in one process.</summary>
public static class Comparison
{
    private const double MiB = 1 << 20;
    private const double WarmUp = 0.5;
    private const double Long = 1;
    private const double LongestRun = 30;

    private static readonly ImmutableArray<(string Title, Func<ImmutableArray<Row>> Rows)> Areas =
    [
        ("gemm", Products.Rows),
        ("convolution", Convolutions.Rows),
        ("elementwise", Elementwise.Rows),
        ("movement", Movement.Rows),
        ("scalar", Scalars.Rows),
        ("training step", Networks.Rows),
    ];

    private static readonly ImmutableArray<string> Columns =
        ["", "ours, ms", "libtorch, ms", "ratio", "keeping memory, ms", "ratio then", "target", "met", "of limit, %", "limit", "libtorch's, %", "difference", "there and back, ns", "disturbed"];

    private const int Ratio = 3, RatioKept = 5, Met = 7;

    /// <summary>The table.</summary>
    public static Report Measure(Options options)
    {
        var libtorch = Libtorch.Ready(options.Threads);
        var (cpu, limits) = (new Cpu(options.Threads), new Limits(options.Threads));
        var parts = ImmutableArray.CreateBuilder<Figures>();
        var rates = Clock.Of([new("multiply-adds", limits.MultiplyAdd), new("copy", limits.Copy)], Math.Max(9, options.Rounds));
        parts.Add(new($"the machine's limits with {options.Threads} threads, as this run began", ["", "a second"],
        [
            ["f32 multiply-adds, GFLOP", limits.Flops / rates[0].Fastest / 1e9],
            ["bytes read and written by a copy far beyond the caches, GB", limits.Bytes / rates[1].Fastest / 1e9],
        ]));
        var at = new Setting(cpu, limits, rates, libtorch, options);
        foreach (var (title, rows) in Areas)
        {
            var wanted = rows().Where(r => options.Wants($"{title} {r.Name}")).ToList();
            if (wanted.Count == 0) continue;
            parts.Add(new(title, Columns, [.. wanted.Select(row => Line(title, row, at))]));
            if (wanted.Any(r => r.Costs is not null)) parts.Add(CostsOf(wanted, cpu, libtorch));
        }
        return new("peers", Method(options.Threads, libtorch), parts.ToImmutable()) { Summary = Summary };
    }

    /// <summary>Of each area, how many targets are met and the geometric means of the ratios.</summary>
    private static Figures Summary(ImmutableArray<Figures> parts)
    {
        var areas = parts.Where(p => p.Columns.SequenceEqual(Columns)).Select(p => (p.Title, p.Rows)).ToList();
        if (areas.FirstOrDefault(a => a.Title == "convolution").Rows is { IsDefault: false } convolutions)
            areas.Add(("convolution, 3×3 of stride 1 alone: mean of 1.4 asked for", [.. convolutions.Where(row => Convolutions.IsThreeByThree((string)row[0]))]));
        return new(
            "summary", ["", "rows", "targets met", "of", "failed", "geometric mean of ratios", "where memory is kept"],
            [.. areas.Select(a => ImmutableArray.Create<object>(
                a.Title, (double)a.Rows.Length, (double)a.Rows.Count(r => r[Met] is "yes"), (double)a.Rows.Count(r => r[Met] is "yes" or "no"), (double)a.Rows.Count(r => r[1] is string),
                Mean(a.Rows, Ratio), Mean(a.Rows, RatioKept)))]);

        static object Mean(ImmutableArray<ImmutableArray<object>> rows, int column) =>
            rows.Select(r => r[column]).OfType<double>().ToList() is { Count: > 0 } ratios ? Math.Exp(ratios.Average(Math.Log)) : "";
    }

    private static string Method(int threads, bool libtorch) =>
        $"The CPU interpreter and {(libtorch ? $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, libtorch {torch.__version__.Split('+')[0]}" : "no libtorch, which does not run here")}, {threads} threads each, "
        + "interleaved in one process after warming up; medians. The ratio is libtorch's time over ours: above 1 we are ahead. The limit is what plain multiply-adds for the same "
        + "arithmetic, or a plain copy of the bytes that the work cannot do without, takes, whichever is longer: the fastest of the same rounds; Winograd's convolutions do with less arithmetic. "
        + "The difference is ‖ours − theirs‖ / ‖theirs‖, the greatest of all results; where it is beyond rounding the row fails. Our side compiles once and is run; theirs is eager. "
        + "libtorch's times are those of its C library as it comes, which returns large tensors to the system, and again of one told to keep them. "
        + "There and back: what one thread writes is seen by another, and its answer by the first; it takes several times as long where processors share no cache, and so may what threads share. "
        + "Rounds in which other programs ran are repeated; a row is disturbed where there was no other.";

    /// <summary>What a row is measured by.</summary>
    private sealed record Setting(Cpu Cpu, Limits Limits, ImmutableArray<Cost> Rates, bool Libtorch, Options Options);

    private static ImmutableArray<object> Line(string area, Row row, Setting at)
    {
        var clock = Stopwatch.StartNew();
        Console.Error.Write($"{area} {row.Name} ... ");
        try
        {
            using var scope = at.Libtorch ? torch.NewDisposeScope() : null;
            var cells = Cells(row, at);
            Console.Error.WriteLine($"{(cells[Ratio] is double r ? $"ratio {r:0.00}, {cells[RatioKept]:0.00} where memory is kept, " : "")}{clock.Elapsed.TotalSeconds:0.0} s");
            return cells;
        }
#pragma warning disable CA1031 // one row that fails, in whatever way, does not stop the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"failed: {e}");
            return [row.Name, $"failed: {e.Message.ReplaceLineEndings(" ")}", .. Blank(Columns.Length - 2)];
        }
    }

    private static ImmutableArray<object> Cells(Row row, Setting at)
    {
        var (ours, theirs, limits) = (row.Ours(at.Cpu), at.Libtorch ? row.Theirs() : null, at.Limits);
        var clock = Stopwatch.StartNew();
        var values = ours.Values();
        var first = clock.Elapsed.TotalSeconds;
        object difference = theirs is null ? "" : Numbers.Difference(values, theirs.Values());
        if (difference is double d && !(d <= row.Tolerance)) throw new InvalidOperationException($"the results differ by {d:G2}, more than rounding ({row.Tolerance:G2})");
        if (first > LongestRun) return [row.Name, $"stopped: one run takes {first:0} s", .. Blank(Columns.Length - 2)];

        var computes = row.Flops / limits.Flops * at.Rates[0].Fastest > row.Bytes / limits.Bytes * at.Rates[1].Fastest;
        var bound = computes ? new Case("multiply-adds", limits.MultiplyAdd, WarmUp: 0) : new("memory", limits.Copy, WarmUp: 0);
        var warmUp = first > Long ? 0 : WarmUp;
        var times = Clock.Of(
        [
            new("ours", ours.Run, warmUp, first > Long ? null : ours.Run), bound,
            .. theirs is null ? ImmutableArray<Case>.Empty : [Theirs(theirs, keep: false), Theirs(theirs, keep: true)],
            .. at.Options.Threads > 1 ? [new("there and back", limits.Exchange, WarmUp: 0)] : ImmutableArray<Case>.Empty,
        ], at.Options.Rounds, at.Options.Budget, collect: false);
        var least = computes ? row.Flops / limits.Flops * times[1].Fastest : row.Bytes / limits.Bytes * times[1].Fastest;
        var share = least / times[0].Seconds;
        double? ratio = theirs is null ? null : times[2].Seconds / times[0].Seconds;
        bool? met = row.Target is null && row.Share is null || row.Target is not null && ratio is null ? null
            : (row.Target is null || ratio >= row.Target) && (row.Share is null || share >= row.Share);
        return
        [
            row.Name, times[0].Seconds * 1e3, .. theirs is null ? Blank(4) : [times[2].Seconds * 1e3, ratio!, times[3].Seconds * 1e3, times[3].Seconds / times[0].Seconds],
            string.Join(", ", new[] { row.Target is { } t ? $"{t:0.0#}" : "", row.Share is { } s ? $"{s:P0}" : "" }.Where(x => x.Length > 0)),
            met is null ? "" : met.Value ? "yes" : "no",
            .. least == 0 ? Blank(3) : [share * 100, bound.Name, theirs is null ? "" : least / times[3].Seconds * 100], difference,
            at.Options.Threads > 1 ? Math.Round(times[^1].Seconds / limits.Exchanges * 1e9) : "", times[0].Disturbed ? "yes" : "",
        ];

        Case Theirs(Side side, bool keep) => new("libtorch", side.Run, warmUp, () =>
        {
            Libtorch.KeepMemory(keep);
            side.Run();
        });
    }

    private static IEnumerable<object> Blank(int cells) => Enumerable.Repeat<object>("", cells);

    private static Figures CostsOf(List<Row> rows, Cpu cpu, bool libtorch) => new(
        "memory and compilation of training steps",
        ["", "peak planned, MiB", "peak resident, MiB", "libtorch resident, MiB", "planned ≤ libtorch's", "build and differentiate, ms", "compile, ms", "again from the cache, ms"],
        [.. rows.Where(r => r.Costs is not null).Select(r => Costs(r, cpu, libtorch))]);

    private static ImmutableArray<object> Costs(Row row, Cpu cpu, bool libtorch)
    {
        Console.Error.WriteLine($"memory of {row.Name}");
        try
        {
            using var scope = libtorch ? torch.NewDisposeScope() : null;
            var c = row.Costs!(cpu, libtorch);
            return
            [
                row.Name, c.Planned / MiB, c.Resident / MiB, c.Theirs is { } t ? t / MiB : "", c.Theirs is null ? "" : c.Planned <= c.Theirs ? "yes" : "no",
                c.Build * 1e3, c.Compile * 1e3, c.Again * 1e3,
            ];
        }
#pragma warning disable CA1031 // one row that fails, in whatever way, does not stop the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            return [row.Name, $"failed: {e.Message.ReplaceLineEndings(" ")}", .. Blank(6)];
        }
    }
}
