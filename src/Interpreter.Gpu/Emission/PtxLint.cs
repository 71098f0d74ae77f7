using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>What a kernel's PTX must not have: what the driver refuses, what is slow, and what the compiler has made wrong.</summary>
public static partial class PtxLint
{
    /// <summary>What is wrong with the text of a kernel; nothing, if it is right.</summary>
    /// <param name="text">PTX.</param>
    /// <param name="code">The kernel.</param>
    public static ImmutableArray<string> Findings(string text, KernelCode code) => [.. Calls(text), .. Memory(text), .. Branches(text), .. Divisions(text), .. Doubles(text, code), .. Meetings(text, code), .. Vectors(text, code), .. Matrices(text, code)];

    /// <summary>What is called must be there: a driver links with nothing.</summary>
    private static IEnumerable<string> Calls(string text)
    {
        var defined = Function().Matches(text).Select(m => m.Groups[1].Value).ToHashSet();
        return External().Matches(text).Select(m => m.Groups[1].Value).Concat(Call().Matches(text).Select(m => m.Groups[1].Value))
            .Where(f => !defined.Contains(f)).Distinct().Select(f => $"calls {f}, which is not there");
    }

    /// <summary>Arrays of a thread's own are slow, and so are accesses of memory of which it is not known what it is.</summary>
    private static IEnumerable<string> Memory(string text)
    {
        if (Local().IsMatch(text)) yield return "uses local memory";
        foreach (var access in Access().Matches(text).Select(m => m.Value).Distinct())
            if (!Space().IsMatch(access)) yield return $"{access} does not say which memory";
    }

    /// <summary>Whether threads branch alike the compiler has no way to know.</summary>
    private static IEnumerable<string> Branches(string text) => Uniform().Matches(text).Select(m => $"{m.Value} takes it that all threads branch alike");

    /// <summary>The assembler makes 20 instructions and more of a division by a constant, as of any other.</summary>
    private static IEnumerable<string> Divisions(string text) => Division().Matches(text).Select(m => $"{m.Value} divides by a constant");

    /// <summary>Doubles are slow on most devices: a kernel without them has none.</summary>
    private static IEnumerable<string> Doubles(string text, KernelCode code)
    {
        var has = code.Arguments.Contains(DType.F64) || code.Shared.Any(s => s.Type == DType.F64) || code.Body.All().Any(s => s.Roots().All().Any(v => v.Type == DType.F64));
        if (!has && Double().Match(text) is { Success: true } found) yield return $"{found.Value}, although the kernel has no f64";
    }

    /// <summary>What is read or written together is so by one access.</summary>
    private static IEnumerable<string> Vectors(string text, KernelCode code)
    {
        foreach (var access in code.Body.All().Select(Vector).OfType<string>().GroupBy(v => v))
            if (text.Split(access.Key).Length - 1 is var found && found != access.Count()) yield return $"{access.Key} stands there {found} times, not {access.Count()}";
    }

    /// <summary>The instruction of an access of several elements; null where it is none, or takes more than the 16 bytes of one.</summary>
    private static string? Vector(Statement statement)
    {
        static string? Of(string instruction, Memory of, int count) => count * of.Type.Size > 16 ? null : $"{instruction}.{(of is SharedArray ? "shared" : "global")}.v{count}.";
        return statement switch
        {
            WideRead r => Of("ld", r.Source, r.Targets.Length),
            WideWrite w => Of("st", w.Target, w.Values.Length),
            _ => null,
        };
    }

    /// <summary>Each product of matrices is one instruction, of the numbers of which it is.</summary>
    private static IEnumerable<string> Matrices(string text, KernelCode code)
    {
        foreach (var numbers in code.Body.All().OfType<MatrixMultiplyAccumulate>().GroupBy(m => m.Numbers))
            if (MatrixInstructions.Text(numbers.Key) is var instruction && text.Split(instruction).Length - 1 is var found && found != numbers.Count())
                yield return $"{instruction} stands there {found} times, not {numbers.Count()}";
    }

    /// <summary>Barriers, and accesses of shared memory between them, stand as they do in the kernel.</summary>
    private static IEnumerable<string> Meetings(string text, KernelCode code)
    {
        var events = string.Concat(PtxFlow.Of(text).SelectMany(line => Event().Matches(line)).Select(m => m.Value switch { "bar.sync" => 'm', "ld.shared" => 'r', "st.shared" => 'w', _ => 'g' }));
        var (expected, actual) = (Between(code.Body.SelectMany(Events)), Between(events));
        if (expected != actual) yield return $"shared memory is accessed as {actual}, not {expected} (r: reads, w: writes, |: all meet)";
        if (events.Contains("mm", StringComparison.Ordinal)) yield return "two barriers without an access between";
    }

    /// <summary>For each stretch between meetings, the kinds of access in it, in their order.</summary>
    private static string Between(IEnumerable<char> events)
    {
        var all = new string([.. events.Where(e => e != 'g')]);
        return Repeated().Replace(all, "$1").Replace('m', '|');
    }

    private static IEnumerable<char> Events(Statement statement)
    {
        if (statement is Meeting) return ['m'];
        IEnumerable<char> own = statement is WideRead { Source: SharedArray } || statement.Roots().All().Any(v => v is Element { Of: SharedArray }) ? ['r'] : [];
        if (statement is Write { Target: SharedArray } or WideWrite { Target: SharedArray }) own = own.Append('w');
        return own.Concat(statement.Body().SelectMany(Events));
    }

    [GeneratedRegex(@"\b(?:div|rem)\.[su](?:32|64)\s+%\w+, %\w+, \d+")]
    private static partial Regex Division();

    [GeneratedRegex(@"^\s*(?:\.visible\s+|\.weak\s+)?\.func\s+(?:\([^)]*\)\s*)?([\w$]+)", RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex(@"\.extern\s+\.func\s+(?:\([^)]*\)\s*)?([\w$]+)")]
    private static partial Regex External();

    [GeneratedRegex(@"\bcall(?:\.uni)?\s+(?:\([^)]*\),\s*)?([\w$]+)")]
    private static partial Regex Call();

    [GeneratedRegex(@"\.local\b")]
    private static partial Regex Local();

    [GeneratedRegex(@"(?<![\w.])(?:ld|st)(?:\.\w+)+")]
    private static partial Regex Access();

    [GeneratedRegex(@"\.(?:param|global|shared|const|local)\b")]
    private static partial Regex Space();

    [GeneratedRegex(@"@!?%\w+\s+(?:bra|brx\.idx)\.uni")]
    private static partial Regex Uniform();

    [GeneratedRegex(@"[\w.]*\.f64\b")]
    private static partial Regex Double();

    [GeneratedRegex(@"(?:ld|st)\.(?:shared|global)|bar\.sync")]
    private static partial Regex Event();

    [GeneratedRegex(@"([rw])\1+")]
    private static partial Regex Repeated();
}
