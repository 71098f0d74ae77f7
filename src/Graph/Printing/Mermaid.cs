using System.Collections.Immutable;
using System.Text;

namespace Functional;

/// <summary>Mermaid flowcharts, which Markdown viewers draw.</summary>
internal static class Mermaid
{
    public static string Of(Diagram diagram)
    {
        var text = new StringBuilder("flowchart TD\n");
        Draw(text, diagram.Boxes, "  ", "n");
        foreach (var f in diagram.Functions)
        {
            text.Append($"  subgraph {f.Name}\n");
            Draw(text, f.Boxes, "    ", $"{f.Name}n");
            text.Append("  end\n");
        }
        return text.ToString();
    }

    private static void Draw(StringBuilder text, ImmutableArray<Diagram.Box> boxes, string indent, string id)
    {
        for (var i = 0; i < boxes.Length; i++)
        {
            var box = boxes[i];
            var label = $"\"{string.Join("<br/>", box.Lines.Select(Escape))}\"";
            text.Append($"{indent}{id}{i}").Append(box.Kind == "variable" ? $"([{label}])" : $"[{label}]").Append('\n');
            for (var j = 0; j < box.Inputs.Length; j++)
                text.Append($"{indent}{id}{box.Inputs[j]} -->").Append(box.Ordered ? $"|{j}|" : "").Append($" {id}{i}\n");
        }
    }

    /// <summary>Mermaid's entities: all that is not plain by its code.</summary>
    private static string Escape(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => Rune.IsLetterOrDigit(r) || " .,=-'/:…×−÷".Contains(r.ToString(), StringComparison.Ordinal) ? r.ToString() : $"#{r.Value};"));
}

public static partial class Prelude
{
    /// <summary>An expression as a Mermaid flowchart. Numbers on arrows tell the operands of an op apart where their order matters. A function that ops own is a subgraph.</summary>
    /// <param name="x">The expression.</param>
    /// <param name="note">A further line for a node's box: its value, say.</param>
    public static string toMermaid(Expr x, Func<Expr, string?>? note = null) => Mermaid.Of(Diagram.Of([], [x], note));

    /// <summary>Several expressions as a Mermaid flowchart. See <see cref="toMermaid(Expr, Func{Expr, string?})"/>.</summary>
    public static string toMermaid(ImmutableArray<Expr> xs, Func<Expr, string?>? note = null) => Mermaid.Of(Diagram.Of([], xs, note));

    /// <summary>A function as a Mermaid flowchart. See <see cref="toMermaid(Expr, Func{Expr, string?})"/>.</summary>
    public static string toMermaid(Function f, Func<Expr, string?>? note = null) => Mermaid.Of(Diagram.Of(f.Parameters, f.Results, note));
}
