using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU.Backends.PTX;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>PTX that does not say what was compiled before it.</summary>
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
