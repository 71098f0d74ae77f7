using System.Globalization;
using System.Text.RegularExpressions;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>PTX that does not say what was compiled before it.</summary>
internal static partial class PtxText
{
    /// <summary>Names count from 0 in the order of their appearance: so drivers, which keep what they have made of a text, know it again.</summary>
    public static string Normal(string text)
    {
        var names = new Dictionary<string, string>();
        return Numbered().Replace(text, m =>
        {
            if (!names.TryGetValue(m.Groups[2].Value, out var number)) names[m.Groups[2].Value] = number = names.Count.ToString(CultureInfo.InvariantCulture);
            return m.Groups[1].Value + number;
        });
    }

    /// <summary>Names that end with the number of a node of the compiler.</summary>
    [GeneratedRegex(@"(?<![\w.%])(?!sm_)([A-Za-z_][A-Za-z_0-9]*_)(\d+)\b")]
    private static partial Regex Numbered();
}
