using System.Collections.Immutable;
using System.Globalization;

namespace Functional.Interpreter;

public sealed partial class Plan
{
    /// <summary>The kernels, a line each, with arithmetic, traffic and place, and the totals.</summary>
    public override string ToString() => Text(null);

    /// <summary>As <see cref="ToString"/>, with the time that each kernel took, its rates, and its share of all.</summary>
    /// <param name="steps">A time for each step, from <see cref="IPlanned.Profile"/>.</param>
    /// <exception cref="ArgumentException">There are more or fewer times than steps.</exception>
    public string Timed(ImmutableArray<TimeSpan> steps) =>
        steps.Length == Steps.Length ? Text(steps) : throw new ArgumentException($"{steps.Length} times are given for a plan of {Steps.Length} steps", nameof(steps));

    private string Text(ImmutableArray<TimeSpan>? times)
    {
        var rows = new List<string[]> { new[] { "kernel", "result", "FLOPs", "read", "written", "FLOP/byte", "place" } };
        if (times is not null) rows[0] = [.. rows[0], "µs", "GFLOP/s", "GB/s", "share, %"];
        var all = times?.Sum(t => t.TotalSeconds) ?? 0;
        string[] Times(int step) => times is not { } given ? [] : [.. new[]
        {
            given[step].TotalMicroseconds, Steps[step].Cost.Flops / given[step].TotalNanoseconds, Steps[step].Cost.Bytes / given[step].TotalNanoseconds, 100 * given[step].TotalSeconds / all,
        }.Select(x => x.ToString("0.0", CultureInfo.InvariantCulture))];
        rows.AddRange(Steps.Select((s, i) => (string[])[.. new[]
        {
            s.Name, s.Types, Units.Count(s.Cost.Flops, "FLOP"), Units.Bytes(s.Cost.BytesRead),
            Units.Bytes(s.Cost.BytesWritten), $"{s.Cost.Intensity:0.00}", Place(s),
        }, .. Times(i)]));
        return $"{Table.Of([.. rows])}\n{Cost}arena {ArenaBytes:N0} bytes, peak {PeakBytes:N0} bytes at step {layout.PeakStep}\n";
    }

    private string Place(Step step)
    {
        var buffer = Buffers[step.Buffer];
        var place = buffer.Kind == BufferKind.Arena ? $"arena {buffer.Offset}" : OutputDonors[buffer.Index] is >= 0 and var donor ? $"output in input {donor}" : "output";
        return step.Scratch < 0 ? place : $"{place}, scratch {Units.Bytes(Buffers[step.Scratch].Bytes)}";
    }
}
