using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>
/// A program as C# that can be pasted: one statement a node, then the function <c>f</c> and, where there are inputs, its results there. What it
/// builds has the program's hash.
/// </summary>
internal sealed class CSharp
{
    private readonly StringBuilder text = new();
    private readonly Dictionary<Function, string> functions = [];
    private readonly Dictionary<Expr, string> names = [];
    private readonly HashSet<string> taken = ["f", "results"];

    private CSharp() { }

    /// <summary>The statements, which need <c>using Functional; using Functional.Interpreter; using static Functional.Prelude;</c>.</summary>
    public static string Of(Function f, ImmutableArray<Tensor> inputs = default)
    {
        var printer = new CSharp();
        printer.Nodes(f);
        printer.text.Append(CultureInfo.InvariantCulture, $"var f = {printer.Made(f)};");
        if (!inputs.IsDefault) printer.text.Append(CultureInfo.InvariantCulture, $"\nvar results = new Reference().Compile(f).Run({string.Join(", ", inputs.Select(Input))});");
        return printer.text.ToString();
    }

    private void Nodes(Function f)
    {
        foreach (var p in f.Parameters)
            if (!names.ContainsKey(p)) Statement(Named(p, ((Variable)p.Op).Symbol), $"variable({Source.Text(((Variable)p.Op).Symbol)}, {Source.Type(p.Type)})");
        foreach (var node in f.Nodes)
        {
            if (names.ContainsKey(node)) continue;
            foreach (var body in Source.Functions(node.Op)) Define(body);
            Statement(Named(node, $"v{names.Count}"), new Source(names, functions).Of(node.Op));
        }
    }

    private void Define(Function f)
    {
        if (functions.ContainsKey(f)) return;
        Nodes(f);
        var name = Free($"f{functions.Count}");
        Statement(name, Made(f));
        functions.Add(f, name);
    }

    private string Made(Function f) => $"new Function([{string.Join(", ", f.Parameters.Select(p => names[p]))}], [{string.Join(", ", f.Results.Select(r => names[r]))}])";

    private void Statement(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"var {name} = {value};\n");

    /// <summary>A variable's own symbol, where that is a name that C# takes and nothing else has.</summary>
    private string Named(Expr node, string wish) => names[node] = Free(wish);

    private string Free(string wish)
    {
        var stem = wish.Length > 0 && char.IsAsciiLetter(wish[0]) && wish.All(char.IsAsciiLetterOrDigit) && !Source.IsWord(wish) ? wish : $"x{taken.Count}";
        var name = stem;
        for (var n = 1; !taken.Add(name); n++) name = $"{stem}_{n}";
        return name;
    }

    private static string Input(Tensor x) => Source.Elements("Tensor.Of", x.ToLiteral());
}
