using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Benchmarks.Measuring;

/// <summary>Rows of texts and numbers under titles; the first column names the row.</summary>
public sealed record Figures(string Title, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<object>> Rows)
{
    /// <summary>These rows, those of a name among the others replaced, and the others behind them.</summary>
    public Figures With(Figures newer)
    {
        var fresh = newer.Rows.ToDictionary(row => row[0]);
        return newer with
        {
            Rows = [.. Rows.Select(row => fresh.Remove(row[0], out var replaced) ? replaced : row), .. newer.Rows.Where(row => fresh.ContainsKey(row[0]))],
        };
    }
}

/// <summary>Where figures were measured.</summary>
public sealed record Machine(string Processor, int Cores, string Runtime, string System)
{
    /// <summary>This machine.</summary>
    public static Machine Here { get; } = new(
        ProcessorName() ?? RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription);

    private static string? ProcessorName() => !File.Exists("/proc/cpuinfo") ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
        : File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();

    /// <summary>In a line.</summary>
    public override string ToString() => $"{Processor}, {Cores} cores, {Runtime}, {System}";
}

/// <summary>What one table's measuring gave.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Method">What was measured, and how.</param>
/// <param name="Parts">The figures.</param>
public sealed record Report(string Name, string Method, ImmutableArray<Figures> Parts)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What all parts together say, shown before them.</summary>
    public Func<ImmutableArray<Figures>, Figures>? Summary { get; init; }

    private ImmutableArray<Figures> Shown => Summary is null ? Parts : [Summary(Parts), .. Parts];

    /// <summary>When.</summary>
    public DateOnly Date { get; } = DateOnly.FromDateTime(DateTime.UtcNow);

    /// <summary>Prints aligned tables.</summary>
    public void Print()
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        Console.WriteLine($"\n{Method}\n{Machine.Here}, {Date:O}\n");
        foreach (var part in Shown)
        {
            var table = new Table().Title(Markup.Escape(part.Title)).Border(TableBorder.Simple);
            for (var i = 0; i < part.Columns.Length; i++)
                table.AddColumn(i == 0 ? new TableColumn(part.Columns[i]) : new TableColumn(Markup.Escape(part.Columns[i])).RightAligned());
            foreach (var row in part.Rows) table.AddRow([.. row.Select(cell => Markup.Escape(Text(cell)))]);
            AnsiConsole.Write(table);
        }
    }

    /// <summary>Writes the figures as markdown and JSON.</summary>
    /// <returns>The files.</returns>
    public ImmutableArray<string> Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var (markdown, json) = (Path.Combine(folder, $"{Name}.md"), Path.Combine(folder, $"{Name}.json"));
        File.WriteAllText(markdown, $"# {Name}\n\n{Method}\n\n{Machine.Here}, {Date:O}\n{string.Concat(Shown.Select(Markdown))}");
        File.WriteAllText(json, JsonSerializer.Serialize(new
        {
            name = Name,
            method = Method,
            date = $"{Date:O}",
            machine = Machine.Here,
            parts = Shown.Select(p => new { title = p.Title, columns = p.Columns, rows = p.Rows }),
        }, Json) + "\n");
        return [markdown, json];
    }

    /// <summary>This report with the parts and rows of the one saved in a folder, where it measured none of their name.</summary>
    public Report Over(string folder)
    {
        var path = Path.Combine(folder, $"{Name}.json");
        if (!File.Exists(path)) return this;
        using var saved = JsonDocument.Parse(File.ReadAllText(path));
        var before = this with { Parts = [.. saved.RootElement.GetProperty("parts").EnumerateArray().Select(Read).Where(p => p.Title != Summary?.Invoke(Parts).Title)] };
        return Parts.Aggregate(before, (report, part) => report.With(part));
    }

    /// <summary>This report and what was measured after it: rows of a name are replaced, others come behind.</summary>
    public Report With(Figures newer)
    {
        var at = Parts.Select(p => p.Title).ToList().IndexOf(newer.Title);
        return this with { Parts = at < 0 ? Parts.Add(newer) : Parts.SetItem(at, Parts[at].With(newer)) };
    }

    private static Figures Read(JsonElement part) => new(
        part.GetProperty("title").GetString()!,
        [.. part.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)],
        [.. part.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray()
            .Select(cell => cell.ValueKind == JsonValueKind.Number ? (object)cell.GetDouble() : cell.GetString()!).ToImmutableArray())]);

    private static string Markdown(Figures part) =>
        $"\n## {part.Title}\n\n| {string.Join(" | ", part.Columns)} |\n|---|{string.Concat(part.Columns.Skip(1).Select(_ => "---:|"))}\n"
        + string.Concat(part.Rows.Select(row => $"| {string.Join(" | ", row.Select(Text))} |\n"));

    /// <summary>A number to three digits or whole; a text as it is.</summary>
    private static string Text(object cell) => cell is not double x ? cell.ToString()!
        : x.ToString(double.IsInteger(x) || Math.Abs(x) >= 100 ? "N0" : Math.Abs(x) >= 10 ? "F1" : Math.Abs(x) >= 0.1 ? "F2" : "G2", CultureInfo.InvariantCulture);
}
