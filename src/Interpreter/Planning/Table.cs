using System.Text;

namespace Functional.Interpreter;

/// <summary>Rows of text in aligned columns: the first to the left, the others to the right.</summary>
internal static class Table
{
    public static string Of(params ReadOnlySpan<string[]> rows)
    {
        var (widths, text) = (new int[rows.Length == 0 ? 0 : rows[0].Length], new StringBuilder());
        foreach (var row in rows)
            for (var c = 0; c < row.Length; c++) widths[c] = Math.Max(widths[c], row[c].Length);
        foreach (var row in rows)
        {
            var line = new StringBuilder(row[0].PadRight(widths[0]));
            for (var c = 1; c < row.Length; c++) line.Append("  ").Append(row[c].PadLeft(widths[c]));
            text.AppendLine(line.ToString().TrimEnd());
        }
        return text.ToString();
    }
}

/// <summary>Numbers with the units that people read.</summary>
public static class Units
{
    /// <summary>Bytes, KiB, MiB or GiB.</summary>
    public static string Bytes(long bytes) => bytes < 1024 ? $"{bytes} B"
        : bytes < 1024 * 1024 ? $"{bytes / 1024.0:0.0} KiB"
        : bytes < 1024L * 1024 * 1024 ? $"{bytes / (1024.0 * 1024):0.0} MiB"
        : $"{bytes / (1024.0 * 1024 * 1024):0.00} GiB";

    /// <summary>A count with a unit, in thousands, millions, milliards or billions of it.</summary>
    public static string Count(long count, string unit) => count < 1_000 ? $"{count} {unit}"
        : count < 1_000_000 ? $"{count / 1e3:0.0} k{unit}"
        : count < 1_000_000_000 ? $"{count / 1e6:0.0} M{unit}"
        : count < 1_000_000_000_000 ? $"{count / 1e9:0.00} G{unit}"
        : $"{count / 1e12:0.00} T{unit}";
}
