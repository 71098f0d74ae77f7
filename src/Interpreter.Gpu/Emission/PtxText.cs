using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU.Backends.PTX;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>PTX that does not say what was compiled before it, and has no functions that nothing calls.</summary>
internal static partial class PtxText
{
    /// <summary>Gives a kernel, before a driver gets it, a text whose names count from 0: drivers keep what they have made of a text, and so know it again in another process.</summary>
    public static void Normalise(PTXCompiledKernel kernel) => Text(kernel) = Normal(kernel.PTXAssembly);

    /// <summary>The compiler offers no way to change its text; its version is pinned, and a test reads the field.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<PTXAssembly>k__BackingField")]
    private static extern ref string Text(PTXCompiledKernel kernel);

    /// <summary>Names count from 0 in the order of their appearance.</summary>
    private static string Normal(string text)
    {
        var (names, called) = (new Dictionary<string, string>(), Call().Matches(text).Select(m => m.Groups[1].Value).ToHashSet());
        return Numbered().Replace(Function().Replace(text, m => called.Contains(m.Groups[1].Value) ? m.Value : ""), m =>
        {
            if (!names.TryGetValue(m.Groups[2].Value, out var number)) names[m.Groups[2].Value] = number = names.Count.ToString(CultureInfo.InvariantCulture);
            return m.Groups[1].Value + number;
        });
    }

    /// <summary>A function, announced or with its body: the compiler leaves those there of which it has made instructions.</summary>
    [GeneratedRegex(@"^\.visible\s+\.func\s+(?:\([^)]*\)\s*)?([\w$]+)[^{;]*(?:;|\{.*?^\})\s*", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Function();

    [GeneratedRegex(@"\bcall(?:\.uni)?\s+(?:\([^)]*\),\s*)?([\w$]+)")]
    private static partial Regex Call();

    /// <summary>Names that end with the number of a node of the compiler.</summary>
    [GeneratedRegex(@"(?<![\w.%])(?!sm_)([A-Za-z_][A-Za-z_0-9]*_)(\d+)\b")]
    private static partial Regex Numbered();
}
