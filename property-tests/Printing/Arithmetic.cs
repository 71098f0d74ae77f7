using System.Globalization;
using System.Text.RegularExpressions;

namespace PropertyTests.Printing;

/// <summary>Reads lets, + − * /, signs and parentheses: what is tighter first, from the left.</summary>
internal sealed partial class Arithmetic(string[] tokens, Dictionary<string, double> names)
{
    private int at;

    public static double Value(string text)
    {
        var names = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var parts = line.Split(" = ");
            if (parts.Length == 1) return Of(line.StartsWith("in ", StringComparison.Ordinal) ? line[3..] : line, names);
            names[parts[0]["let ".Length..]] = Of(parts[1], names);
        }
        throw new FormatException($"no result in: {text}");
    }

    private static double Of(string text, Dictionary<string, double> names)
    {
        var reader = new Arithmetic([.. Token().Matches(text).Select(m => m.Value)], names);
        var value = reader.Sum();
        return reader.at == reader.tokens.Length ? value : throw new FormatException($"unread: {text}");
    }

    private readonly string[] tokens = tokens;

    private string? Next => at < tokens.Length ? tokens[at] : null;

    private double Sum()
    {
        var value = Product();
        while (Next is "+" or "-") value = tokens[at++] == "+" ? value + Product() : value - Product();
        return value;
    }

    private double Product()
    {
        var value = Signed();
        while (Next is "*" or "/") value = tokens[at++] == "*" ? value * Signed() : value / Signed();
        return value;
    }

    private double Signed()
    {
        var token = tokens[at++];
        if (token == "-") return -Signed();
        if (token != "(") return names.TryGetValue(token, out var value) ? value : double.Parse(token, CultureInfo.InvariantCulture);
        var inner = Sum();
        return tokens[at++] == ")" ? inner : throw new FormatException("an open parenthesis");
    }

    [GeneratedRegex(@"\d+(\.\d+)?(E[+-]?\d+)?|[a-z]\d*|[-+*/()]")]
    private static partial Regex Token();
}
