using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Xunit;

namespace PropertyTests.Examples;

/// <summary>A document of this repository whose code is that of tests; UPDATE_GOLDEN=1 writes the output that it shows anew.</summary>
internal sealed record Document(string Path)
{
    /// <summary>The document at a path from the repository's root.</summary>
    public static Document Of(string path, [CallerFilePath] string caller = "") =>
        new(System.IO.Path.Combine(caller[..caller.LastIndexOf("property-tests", StringComparison.Ordinal)], path));

    /// <summary>All of it.</summary>
    public string Text => File.ReadAllText(Path);

    /// <summary>The blocks of C#, in order.</summary>
    public ImmutableArray<string> Code => [.. Text.Split("```csharp\n")[1..].Select(b => b.Split("```")[0])];

    /// <summary>The titles of the sections, in order.</summary>
    public ImmutableArray<string> Sections => [.. Text.Split("\n## ")[1..].Select(s => s.Split('\n')[0])];

    /// <summary>Every block of C# stands in a source.</summary>
    public void IsOf([CallerFilePath] string source = "")
    {
        Assert.NotEmpty(Code);
        Assert.All(Code, block => Stands(block, File.ReadAllText(source), File.ReadAllText(source)));
    }

    /// <summary>The section that the calling test is named after shows code of that test, and in the block of text below it what this code wrote.</summary>
    public void Shows(StringWriter output, [CallerMemberName] string test = "", [CallerFilePath] string source = "")
    {
        var (text, actual) = (Text, output.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n");
        var from = text.IndexOf($"\n## {test.Replace('_', ' ')}\n", StringComparison.Ordinal);
        Assert.True(from >= 0, $"{Path} has no section for {test}");
        var all = File.ReadAllText(source);
        Stands(Block("csharp", ref from), all.Split($"public void {test}()")[1].Split("[Fact]")[0], all);
        var expected = Block("text", ref from);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path, text[..(from - expected.Length)] + actual + text[from..]);
            expected = actual;
        }
        Assert.Equal(expected, actual);

        string Block(string language, ref int from)
        {
            var start = text.IndexOf($"```{language}\n", from, StringComparison.Ordinal) + language.Length + 4;
            from = text.IndexOf("```", start, StringComparison.Ordinal);
            return text[start..from];
        }
    }

    /// <summary>The lines of a block stand one after the other in the code, but for usings, which stand anywhere in the file.</summary>
    private static void Stands(string block, string code, string file)
    {
        Assert.All(Lines(block).Where(IsUsing), line => Assert.Contains(line, Lines(file)));
        Assert.Contains(string.Join('\n', Lines(block).Where(l => !IsUsing(l))), string.Join('\n', Lines(code)), StringComparison.Ordinal);
    }

    private static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0);
}
