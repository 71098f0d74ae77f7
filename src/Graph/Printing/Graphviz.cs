using System.Collections.Immutable;
using System.Text;

namespace Functional;

/// <summary>Graphviz's DOT language.</summary>
internal static class Graphviz
{
    public static string Of(Diagram diagram)
    {
        var text = new StringBuilder("digraph {\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
        Draw(text, diagram.Boxes, "  ", "n");
        foreach (var f in diagram.Functions)
        {
            text.Append($"  subgraph cluster_{f.Name} {{\n    label=\"{f.Name}\"; style=\"rounded,dashed\"; fontname=\"sans-serif\";\n");
            Draw(text, f.Boxes, "    ", $"{f.Name}_n");
            text.Append("  }\n");
        }
        return text.Append("}\n").ToString();
    }

    private static void Draw(StringBuilder text, ImmutableArray<Diagram.Box> boxes, string indent, string id)
    {
        for (var i = 0; i < boxes.Length; i++)
        {
            var box = boxes[i];
            var shape = box.Kind == "variable" ? ", shape=ellipse" : box.Kind == "constant" ? ", shape=plain" : "";
            text.Append($"{indent}{id}{i} [label=\"{string.Join("\\n", box.Lines.Select(Escape))}\"{shape}{(box.IsResult ? ", penwidth=2" : "")}];\n");
            for (var j = 0; j < box.Inputs.Length; j++)
                text.Append($"{indent}{id}{box.Inputs[j]} -> {id}{i}").Append(box.Ordered ? $" [label={j}]" : "").Append(";\n");
        }
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\r", "").Replace("\n", "\\n");
}

public static partial class Prelude
{
    /// <summary>An expression in Graphviz's DOT language. Numbers on arrows tell the operands of an op apart where their order matters. A function that ops own is a cluster.</summary>
    /// <param name="x">The expression.</param>
    /// <param name="note">A further line for a node's box: its value, say.</param>
    public static string toDot(Expr x, Func<Expr, string?>? note = null) => Graphviz.Of(Diagram.Of([], [x], note));

    /// <summary>Several expressions in DOT. See <see cref="toDot(Expr, Func{Expr, string?})"/>.</summary>
    public static string toDot(ImmutableArray<Expr> xs, Func<Expr, string?>? note = null) => Graphviz.Of(Diagram.Of([], xs, note));

    /// <summary>A function in DOT. See <see cref="toDot(Expr, Func{Expr, string?})"/>.</summary>
    public static string toDot(Function f, Func<Expr, string?>? note = null) => Graphviz.Of(Diagram.Of(f.Parameters, f.Results, note));
}
