using System.Collections.Immutable;

namespace Functional;

/// <summary>The readable text form: infix where mathematics has signs, calls elsewhere, <c>let</c> for what is shared or long.</summary>
internal static class Show
{
    private const int Width = 88;

    public static string Of(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, bool isFunction, int limit)
    {
        var functions = new FunctionNames(parameters, results);
        var main = One(isFunction ? "fn" : null, parameters, results, functions, limit);
        return string.Join("\n", functions.All.Take(limit).Select(f => $"where {One(functions[f], f.Parameters, f.Results, functions, limit)}").Prepend(main));
    }

    private static string One(string? name, ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, FunctionNames functions, int limit)
    {
        var (lets, values, names) = Sharing.Of(parameters, results, Width, (node, xs, names) => Write(node, xs, names, functions), symbol => symbol, functions.Taken);
        var body = values.Length == 1 ? values[0].Text : $"({string.Join(", ", values.Select(v => v.Text))})";
        var header = name is null ? "" : $"{Header(name, parameters, results, names)} =";
        if (lets.IsEmpty) return name is null ? body : $"{header} {body}";
        var indent = name is null ? "" : "  ";
        var lines = lets.Take(limit).Select(l => $"{indent}let {l.Name} = {l.Value.Text}");
        if (lets.Length > limit) lines = lines.Append($"{indent}… {lets.Length - limit} more …");
        return string.Join("\n", (name is null ? Enumerable.Empty<string>() : [header]).Concat(lines).Append($"{indent}in {body}"));
    }

    private static string Header(string name, ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, Names names)
    {
        var types = string.Join(", ", results.Select(r => r.Type));
        return $"{name}({string.Join(", ", parameters.Select(p => $"{names[p]}: {p.Type}"))}) -> {(results.Length == 1 ? types : $"({types})")}";
    }

    private static Fragment Write(Expr node, ImmutableArray<Fragment> xs, Names names, FunctionNames functions) => node.Op switch
    {
        Variable => new(names[node], Fragment.Atom),
        Constant { Value: var c } => Value(c),
        Select => Call("where", xs, []),
        Dot d when IsMatmul(d) => Call("matmul", xs, [.. d.Attributes[2..].Select(a => a.ToString())]),
        Broadcast { X.Rank: 0 } b => Call("broadcast", xs, [$"{b.Shape}"]),
        Result r => new($"{xs[0].At(Fragment.Atom)}.{r.Index}", Fragment.Atom),
        Composite c => Call(c.Label, xs, []),
        Call c => Call(functions[c.Body], xs, []),
        Control c => Call(c.Name, [.. functions.Of(c).Select(f => new Fragment(f, Fragment.Atom)), .. xs], Labels.Plain(c)),
        Tap t => Call("tap", xs, [$"\"{t.Shown}\""]),
        NumberUnary<Functions.Neg> => new($"-{xs[0].At(Fragment.Atom)}", Fragment.Sign),
        var op when Fragment.Infix(op) is { } infix => Fragment.Between(xs[0], infix.Sign, xs[1], infix.Precedence),
        var op => Call(op.Name, xs, Labels.Plain(op)),
    };

    private static Fragment Call(string name, ImmutableArray<Fragment> xs, ImmutableArray<string> attributes) =>
        new($"{name}({string.Join(", ", xs.Select(x => x.Text).Concat(attributes))})", Fragment.Atom);

    private static Fragment Value(Literal c) => c.Type.Rank switch
    {
        0 => new(c.ToString(), c.ToString()[0] == '-' ? Fragment.Sign : Fragment.Atom),
        1 => new(c.ToString(), Fragment.Atom),
        _ => new($"constant({c.Type}, {c})", Fragment.Atom),
    };

    internal static bool IsMatmul(Dot d) =>
        d is { X.Rank: 1 or 2, Y.Rank: 1 or 2, BatchX.Count: 0 } && d.ContractX == Axes.Of([d.X.Rank - 1]) && d.ContractY == Axes.Of([0]);
}

public static partial class Prelude
{
    /// <summary>
    /// An expression as text: <c>x + y * exp(z)</c>, with <c>let a = …</c> for each node that is used more than once or is too long to read. A scalar
    /// that is broadcast to meet a tensor is shown as itself; free variables of one symbol are told apart by primes. The functions that ops own
    /// stand below, <c>where f1(a) = …</c>, each once. The same graph gives the same text in every process.
    /// </summary>
    /// <param name="x">The expression.</param>
    /// <param name="limit">How many <c>let</c>s are shown; of the rest, only their number.</param>
    public static string show(Expr x, int limit = 1000) => Show.Of([], [x], isFunction: false, limit);

    /// <summary>Several expressions as text, with what they share named once. See <see cref="show(Expr, int)"/>.</summary>
    public static string show(ImmutableArray<Expr> xs, int limit = 1000) => Show.Of([], xs, isFunction: false, limit);

    /// <summary>A function as text: <c>fn(x: f32[2,3]) -> f32[] = …</c>. See <see cref="show(Expr, int)"/>.</summary>
    public static string show(Function f, int limit = 1000) => Show.Of(f.Parameters, f.Results, isFunction: true, limit);
}
