using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PropertyTests.Interpreters;

/// <summary>NVIDIA's assembler.</summary>
internal static partial class Ptxas
{
    /// <summary>What a thread of a kernel takes, and its group of shared memory.</summary>
    public readonly record struct Use(int Registers, int SpillBytes, int StackBytes, int SharedBytes);

    /// <summary>The program, if there is one: the one that <c>PTXAS</c> names, or one on the path.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PTXAS") is { Length: > 0 } named ? [named] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(p => Path.Combine(p, "ptxas")))
        .FirstOrDefault(File.Exists);

    /// <summary>Assembles texts of one kernel each, all at once, for an architecture such as sm_90.</summary>
    /// <exception cref="InvalidOperationException">The assembler refuses one; it says why.</exception>
    public static ImmutableArray<Use> Assemble(IReadOnlyList<string> texts, string architecture)
    {
        var module = string.Join("\n", texts.Select((t, i) => Entry().Replace(i == 0 ? t : Header().Replace(t, ""), $".entry kernel{i}(")));
        var info = new ProcessStartInfo(Program!, [$"-arch={architecture}", "-v", "-o", "/dev/null", "-"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(module);
        process.StandardInput.Close();
        process.WaitForExit();
        var log = said.Result + output.Result;
        if (process.ExitCode != 0) throw new InvalidOperationException($"ptxas for {architecture}: {log[..Math.Min(log.Length, 4000)]}");
        var uses = new Use[texts.Count];
        foreach (Match m in Reported().Matches(log))
            uses[Int(m, 1)] = new(Int(m, 5), Int(m, 3) + Int(m, 4), Int(m, 2), Shared().Match(m.Groups[6].Value) is { Success: true } s ? Int(s, 1) : 0);
        return [.. uses];
    }

    private static int Int(Match m, int group) => int.Parse(m.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.entry\s+[\w$]+\s*\(")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\.(version|target|address_size)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Header();

    [GeneratedRegex(@"Compiling entry function 'kernel(\d+)'.*?\n.*?\n\s*(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers([^\n]*)", RegexOptions.Singleline)]
    private static partial Regex Reported();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();
}
