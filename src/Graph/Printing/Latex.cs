using System.Collections.Immutable;

namespace Functional;

/// <summary>Mathematical notation for small graphs.</summary>
internal static class Latex
{
    private const int Width = 220;
    private const string Open = "\\left(", Close = "\\right)";

    public static string Of(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, string? name)
    {
        var functions = new FunctionNames(parameters, results);
        var main = One(parameters, results, name, functions);
        if (functions.All.IsEmpty) return main;
        var others = functions.All.Select(f => $"\\text{{where }} {One(f.Parameters, f.Results, functions[f], functions)}");
        return $"\\begin{{gathered}}\n{string.Join(" \\\\\n", others.Prepend(main))}\n\\end{{gathered}}";
    }

    private static string One(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, string? name, FunctionNames functions)
    {
        var (lets, values, names) = Sharing.Of(parameters, results, Width, (node, xs, names) => Write(node, xs, names, functions), Symbol, functions.Taken);
        var body = values.Length == 1 ? values[0].Text : $"{Open}{string.Join(", ", values.Select(v => v.Text))}{Close}";
        var head = name is null ? "" : $"{Symbol(name)}{Open}{string.Join(", ", parameters.Select(p => Symbol(names[p])))}{Close}";
        if (lets.IsEmpty) return name is null ? body : $"{head} = {body}";
        var last = name is null ? $"&\\phantom{{{{}}={{}}}} {body}" : $"{head} &= {body}";
        return $"\\begin{{aligned}}\n{string.Join(" \\\\\n", lets.Select(l => $"{Symbol(l.Name)} &= {l.Value.Text}").Append(last))}\n\\end{{aligned}}";
    }

    private static Fragment Write(Expr node, ImmutableArray<Fragment> xs, Names names, FunctionNames functions) => node.Op switch
    {
        Variable => new(Symbol(names[node]), Fragment.Atom),
        Constant { Value: { Type.Rank: 0 } c } => Number(c),
        Constant { Value: var c } => new($"\\left[{c.ToString()[1..^1].Replace("…", "\\dots")}\\right]", Fragment.Atom),
        NumberUnary<Functions.Neg> => new($"-{Tight(xs[0])}", Fragment.Sign),
        NumberBinary<Functions.Mul> m when m.X == m.Y => Power(xs[0], "2"),
        FloatBinary<Functions.Pow> => Power(xs[0], xs[1].Text),
        NumberBinary<Functions.Div> => new($"\\frac{{{xs[0].Text}}}{{{xs[1].Text}}}", Fragment.Product),
        FloatUnary<Functions.Sqrt> => new($"\\sqrt{{{xs[0].Text}}}", Fragment.Atom),
        NumberUnary<Functions.Abs> => new($"\\left|{xs[0].Text}\\right|", Fragment.Atom),
        Select => new($"\\begin{{cases}} {xs[1].Text} & \\text{{if }} {xs[0].Text} \\\\ {xs[2].Text} & \\text{{otherwise}} \\end{{cases}}", Fragment.Loosest),
        Sum s => new($"\\sum{(s.Axes.Count == s.X.Rank ? "" : $"_{{{Axis(s.Axes)}}}")} {xs[0].At(Fragment.Product, Open, Close)}", Fragment.Loosest),
        Dot { Precision: Precision.Full } d when Show.IsMatmul(d) => new($"{xs[0].At(Fragment.Product, Open, Close)} \\, {Tight(xs[1])}", Fragment.Product),
        Permute { X.Rank: 2 } p when p.Order == Axes.Of([1, 0]) => Power(xs[0], "\\top"),
        Broadcast { X.Rank: 0 } b => Call("broadcast", xs, [$"{b.Shape}"]),
        Result r => new($"{Tight(xs[0])}_{{{r.Index}}}", Fragment.Atom),
        var op when Sign(op) is { } infix => Fragment.Between(xs[0], infix.Sign, xs[1], infix.Precedence, Open, Close),
        Pointwise op => new($"{FunctionName(op.Name)}{Open}{string.Join(", ", xs.Select(x => x.Text))}{Close}", Fragment.Atom),
        Composite c => Call(c.Label, xs, []),
        Call c => new($"{Symbol(functions[c.Body])}{Open}{string.Join(", ", xs.Select(x => x.Text))}{Close}", Fragment.Atom),
        var op => Call(op.Name, [.. functions.Of(op).Select(f => new Fragment(Symbol(f), Fragment.Atom)), .. xs], Labels.Plain(op)),
    };

    private static string Axis(Axes axes) => $"\\text{{ax{(axes.Count == 1 ? "is" : "es")} }} {string.Join(", ", axes)}";

    private static string Tight(Fragment x) => x.At(Fragment.Atom, Open, Close);

    private static Fragment Power(Fragment x, string exponent) => new($"{{{Tight(x)}}}^{{{exponent}}}", Fragment.Product);

    private static (string Sign, int Precedence)? Sign(Op op) => Fragment.Infix(op) is not { } infix ? null
        : (infix.Sign switch { "*" => "\\cdot", "<=" => "\\le", ">=" => "\\ge", "==" => "=", "!=" => "\\ne", var sign => sign }, infix.Precedence);

    private static Fragment Call(string name, ImmutableArray<Fragment> xs, ImmutableArray<string> attributes) =>
        new($"\\operatorname{{{Escape(name)}}}{Open}{string.Join(", ", xs.Select(x => x.Text).Concat(attributes.Select(a => $"\\text{{{Escape(a)}}}")))}{Close}", Fragment.Atom);

    private static string FunctionName(string name) => name switch
    {
        "exp" or "log" or "sin" or "cos" or "tan" or "sinh" or "cosh" or "tanh" => $"\\{name}",
        "asin" or "acos" or "atan" => $"\\arc{name[1..]}",
        "maximum" or "minimum" => $"\\{name[..3]}",
        "logistic" => "\\sigma",
        "log2" => "\\log_{2}",
        _ => $"\\operatorname{{{Escape(name)}}}",
    };

    private static Fragment Number(Literal c)
    {
        var text = c.ToString();
        var negative = text[0] == '-';
        if (text.TrimStart('-') is "Infinity" or "∞") return new(negative ? "-\\infty" : "\\infty", negative ? Fragment.Sign : Fragment.Atom);
        if (text is "NaN" or "true" or "false") return new($"\\mathrm{{{text}}}", Fragment.Atom);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        return e < 0 ? new(text, negative ? Fragment.Sign : Fragment.Atom)
            : new($"{text[..e]} \\cdot 10^{{{int.Parse(text[(e + 1)..])}}}", negative ? Fragment.Sign : Fragment.Product);
    }

    /// <summary>A name: one letter with an index, a Greek letter, or upright text; primes stay.</summary>
    private static string Symbol(string name)
    {
        var stem = name.TrimEnd('\'');
        var primes = name[stem.Length..];
        var letters = stem.TrimEnd([.. "0123456789"]);
        var digits = stem[letters.Length..];
        var head = letters switch
        {
            [>= 'a' and <= 'z' or >= 'A' and <= 'Z'] => letters,
            "alpha" or "beta" or "gamma" or "delta" or "epsilon" or "eta" or "theta" or "lambda" or "mu" or "rho" or "sigma" or "tau" or "phi" or "omega" => $"\\{letters}",
            _ => null,
        };
        return head is null ? $"\\mathrm{{{Escape(stem)}}}{primes}" : digits.Length == 0 ? $"{head}{primes}" : $"{head}_{{{digits}}}{primes}";
    }

    private static string Escape(string text) => string.Concat(text.Select(c => c switch
    {
        '\\' => "\\backslash ",
        '~' => "\\sim ",
        '^' => "\\hat{\\ }",
        '_' or '%' or '&' or '#' or '$' or '{' or '}' => $"\\{c}",
        _ => c.ToString(),
    }));
}

public static partial class Prelude
{
    /// <summary>
    /// An expression as LaTeX (for math mode, with amsmath): fractions, powers, sums over axes; what is shared is named first, in an <c>aligned</c>.
    /// </summary>
    public static string toLatex(Expr x) => Latex.Of([], [x], null);

    /// <summary>Several expressions as LaTeX, a tuple. See <see cref="toLatex(Expr)"/>.</summary>
    public static string toLatex(ImmutableArray<Expr> xs) => Latex.Of([], xs, null);

    /// <summary>A function as LaTeX, <c>f(x, y) = …</c>. See <see cref="toLatex(Expr)"/>.</summary>
    public static string toLatex(Function f, string name = "f") => Latex.Of(f.Parameters, f.Results, name);
}
