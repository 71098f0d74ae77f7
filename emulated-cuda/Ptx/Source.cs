using System.Text.RegularExpressions;

namespace EmulatedCuda.Ptx;

/// <summary>A kernel as it is written.</summary>
/// <param name="Name">By which the driver finds it.</param>
/// <param name="Parameters">The offset of each parameter, and the bytes of all.</param>
/// <param name="MostThreads">How many threads a group may have.</param>
/// <param name="Registers">The types of registers by the beginning of their names.</param>
/// <param name="Shared">The shared memory's variables: where, and the bytes of all.</param>
/// <param name="Statements">What it does.</param>
/// <param name="Labels">Before which statement each label stands.</param>
internal sealed partial record Source(
    string Name, (Dictionary<string, int> Offsets, int Bytes) Parameters, int MostThreads, Dictionary<string, string> Registers,
    (Dictionary<string, int> Offsets, int Bytes) Shared, List<Statement> Statements, Dictionary<string, int> Labels)
{
    /// <summary>The kernels of a module.</summary>
    public static List<Source> Of(string text)
    {
        text = Comment().Replace(text, "");
        if (!text.Contains(".version", StringComparison.Ordinal) || !text.Contains(".target", StringComparison.Ordinal)) throw new PtxException(1, ".version and .target are missing");
        return [.. Entry().Matches(text).Select(m => Of(text, m))];
    }

    private static Source Of(string text, Match head)
    {
        var start = head.Index + head.Length;
        var (end, depth) = (start, 1);
        for (; depth > 0; end++) depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
        var most = Most().Match(head.Groups[3].Value);
        var (registers, shared, statements, labels, sharedBytes) = (new Dictionary<string, string>(), new Dictionary<string, int>(), new List<Statement>(), new Dictionary<string, int>(), 0);
        var line = 1 + text.AsSpan(0, start).Count('\n');
        foreach (var piece in text[start..(end - 1)].Split(';'))
        {
            line += piece.AsSpan().Count('\n');
            var rest = piece.Trim();
            while (Label().Match(rest) is { Success: true } label)
            {
                labels.Add(label.Groups[1].Value, statements.Count);
                rest = rest[label.Length..].TrimStart();
            }
            if (rest.Length == 0) continue;
            if (Register().Match(rest) is { Success: true } register) registers.Add(register.Groups[2].Value, register.Groups[1].Value);
            else if (Variable().Match(rest) is { Success: true } variable && rest.StartsWith(".shared", StringComparison.Ordinal)) Place(variable, shared, ref sharedBytes, isJustAligned: true);
            else if (rest[0] == '.') throw new PtxException(line, $"the emulator does not know {rest}");
            else statements.Add(Statement.Of(rest, line));
        }
        var (parameters, parameterBytes) = (new Dictionary<string, int>(), 0);
        foreach (Match parameter in Variable().Matches(head.Groups[2].Value)) Place(parameter, parameters, ref parameterBytes);
        return new(head.Groups[1].Value, (parameters, parameterBytes), most.Success ? int.Parse(most.Groups[1].Value) : 1024, registers, (shared, sharedBytes), statements, labels);
    }

    /// <summary>Gives a variable a place behind those before it, and perhaps one that is aligned as it asks and no better.</summary>
    private static void Place(Match variable, Dictionary<string, int> offsets, ref int bytes, bool isJustAligned = false)
    {
        var size = Types.Bytes(variable.Groups[2].Value);
        var align = variable.Groups[1].Success ? int.Parse(variable.Groups[1].Value) : size;
        bytes = (bytes + align - 1) / align * align;
        if (isJustAligned && bytes % (2 * align) == 0) bytes += align;
        offsets.Add(variable.Groups[3].Value, bytes);
        bytes += size * (variable.Groups[4].Success ? int.Parse(variable.Groups[4].Value) : 1);
    }

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\.entry\s+([\w$]+)\s*\(([^)]*)\)([^{]*)\{")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.maxntid\s+(\d+)")]
    private static partial Regex Most();

    [GeneratedRegex(@"^([\w$]+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\.reg\s+\.(\w+)\s+(%\w+?)<\d+>$")]
    private static partial Regex Register();

    [GeneratedRegex(@"\.(?:param|shared)\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+([\w$]+)(?:\[(\d+)\])?")]
    private static partial Regex Variable();
}
