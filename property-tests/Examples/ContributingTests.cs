using System.Text.RegularExpressions;
using Xunit;

namespace PropertyTests.Examples;

/// <summary>CONTRIBUTING.md names what is there.</summary>
public sealed partial class ContributingTests
{
    private static readonly Document Contributing = Document.Of("CONTRIBUTING.md");

    [Fact]
    public void The_map_of_the_house_is_true()
    {
        var folder = "";
        foreach (var line in Contributing.Text.Split("## The house")[1].Split("Arrows run")[0].Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal)))
        {
            var names = line.Trim().Split("  ")[0].Split(", ");
            if (line[4] != ' ') folder = names[0];
            foreach (var name in names.Where(n => !n.Contains('<', StringComparison.Ordinal))) Exists(line[4] == ' ' ? $"{folder}/{name}" : name);
        }
    }

    [Fact]
    public void Every_path_is_there() => Assert.All(Paths().Matches(Contributing.Text), m => Exists(m.Groups[1].Value));

    private static void Exists(string path) =>
        Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(Contributing.Path)!, path)), $"CONTRIBUTING.md names {path}, which is not there");

    [GeneratedRegex("`((?:src|property-tests|docs|benchmarks|scripts|examples)/[^` <]+)`")]
    private static partial Regex Paths();
}
