using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A graph as boxes and arrows, in topological order, and apart from it each function that its ops own, once, under the name by which their
/// boxes call it: what Mermaid, DOT and SVG have in common.
/// </summary>
internal sealed record Diagram(string Name, ImmutableArray<Diagram.Box> Boxes, ImmutableArray<Diagram> Functions)
{
    /// <summary>A node: its lines of text, the boxes it reads, and whether these may be exchanged.</summary>
    public sealed record Box(ImmutableArray<string> Lines, ImmutableArray<int> Inputs, bool Ordered, string Kind, bool IsResult);

    public static Diagram Of(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, Func<Expr, string?>? note)
    {
        var functions = new FunctionNames(parameters, results);
        return new("", Drawn(parameters, results, functions, note), [.. functions.All.Select(f => new Diagram(functions[f], Drawn(f.Parameters, f.Results, functions, note), []))]);
    }

    private static ImmutableArray<Box> Drawn(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, FunctionNames functions, Func<Expr, string?>? note)
    {
        var order = Fold.PostOrder(results.AddRange(parameters));
        var (names, ids, roots) = (new Names(parameters, order, functions.Taken), new Dictionary<Expr, int>(order.Length), results.ToHashSet());
        var boxes = ImmutableArray.CreateBuilder<Box>(order.Length);
        foreach (var node in order)
        {
            ids[node] = boxes.Count;
            boxes.Add(new(
                [.. Lines(node, names, functions, note)],
                [.. node.Inputs.Select(x => ids[x])],
                node.Inputs.Length > 1 && node.Op.Name is not ("add" or "mul" or "maximum" or "minimum"),
                Kind(node.Op),
                roots.Contains(node)));
        }
        return boxes.MoveToImmutable();
    }

    private static IEnumerable<string> Lines(Expr node, Names names, FunctionNames functions, Func<Expr, string?>? note)
    {
        yield return Labels.Box(node, names);
        if (node.Op is not (Leaf or Control))
            foreach (var attribute in node.Op.Attributes) yield return attribute.ToString();
        if (node.Op is Control and not Functional.Composite)
            foreach (var line in Labels.Plain(node.Op).Prepend(string.Join(", ", functions.Of(node.Op)))) yield return line;
        yield return string.Join(", ", node.Results);
        if (note?.Invoke(node) is { } text) yield return text;
    }

    private static string Kind(Op op) => op switch
    {
        Variable => "variable",
        Leaf => "constant",
        Elementwise => "elementwise",
        Linear => "linear",
        Bilinear => "bilinear",
        Discrete => "discrete",
        _ => "control",
    };
}
