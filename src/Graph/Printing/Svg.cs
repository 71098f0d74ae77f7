using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>A drawing of a graph: inputs on top, results at the foot, arrows to each box from left to right in the order of its inputs.</summary>
internal static class Svg
{
    private const double Line = 17, Pad = 9, Between = 34, Gap = 26, Margin = 18, RowWidth = 900;
    private const int Bends = 20_000;

    private const string Style = """
        <style>
          text { font: 13px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; text-anchor: middle; fill: #1f2933 }
          .detail { font-size: 11px; fill: #66707c }
          rect { stroke-width: 1.2 }
          .variable { fill: #dceafd; stroke: #4a80c4 } .constant { fill: #f0f1f3; stroke: #a6aeb8 } .elementwise { fill: #ffffff; stroke: #6b7683 }
          .linear { fill: #e3f4e6; stroke: #4f9a5e } .bilinear { fill: #fdeedb; stroke: #cf8a2f } .discrete { fill: #f7e3ea; stroke: #b9587c }
          .control { fill: #ece6f8; stroke: #7d62b8 } .result { stroke-width: 2.8 }
          .function { fill: none; stroke: #7d62b8; stroke-dasharray: 5 4 } .name { text-anchor: start; fill: #7d62b8; font-weight: 600 }
          .edge { fill: none; stroke: #8390a0; stroke-width: 1.3 }
        </style>
        <defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,1 L10,5 L0,9 z" fill="#8390a0"/></marker></defs>
        """;

    public static string Of(Diagram diagram)
    {
        var main = new Panel(diagram);
        ImmutableArray<Panel> functions = [.. diagram.Functions.Select(f => new Panel(f))];
        var (places, width, height) = Placed(main, functions);
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(width)}\" height=\"{N(height)}\" viewBox=\"0 0 {N(width)} {N(height)}\" role=\"img\">\n");
        svg.Append($"<title>An expression graph of {diagram.Boxes.Length} nodes</title>\n{Style}\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        main.Draw(svg, Margin, Margin);
        for (var i = 0; i < functions.Length; i++)
        {
            var ((left, top), f) = (places[i], functions[i]);
            svg.Append($"<rect class=\"function\" x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(f.Framed.Width)}\" height=\"{N(f.Framed.Height)}\" rx=\"8\"/><text class=\"name\" x=\"{N(left + Pad)}\" y=\"{N(top + Line)}\">{Escape(f.Name)}</text>\n");
            f.Draw(svg, left + Margin, top + Margin + Line);
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The functions below the graph, in rows about as wide as it is; and the size of all.</summary>
    private static (ImmutableArray<(double Left, double Top)> Places, double Width, double Height) Placed(Panel main, ImmutableArray<Panel> functions)
    {
        var places = ImmutableArray.CreateBuilder<(double, double)>();
        var (widest, width, height) = (Math.Max(RowWidth, main.Width), main.Width + 2 * Margin, main.Height + 2 * Margin);
        var (left, top) = (Margin, height);
        foreach (var (w, h) in functions.Select(f => f.Framed))
        {
            if (left > Margin && left + w > widest) (left, top) = (Margin, height);
            places.Add((left, top));
            left += w + Margin;
            (width, height) = (Math.Max(width, left), Math.Max(height, top + h + Margin));
        }
        return (places.ToImmutable(), width, height);
    }

    /// <summary>A diagram laid out.</summary>
    private sealed class Panel
    {
        private readonly ImmutableArray<Diagram.Box> boxes;
        private readonly Layout layout;
        private readonly double[] tops;

        public Panel(Diagram diagram)
        {
            (Name, boxes) = (diagram.Name, diagram.Boxes);
            layout = Layout.Of([.. boxes.Select(b => (BoxWidth(b), b.Inputs))], Gap, Bends);
            tops = Tops(boxes, layout);
        }

        public string Name { get; }

        public double Width => layout.Width;

        public double Height => tops[^1] - Between;

        /// <summary>The size with a frame and a name about it.</summary>
        public (double Width, double Height) Framed => (Math.Max(Width + 2 * Margin, Name.Length * 8.5 + 2 * Pad), Height + 2 * Margin + Line);

        public void Draw(StringBuilder svg, double left, double top)
        {
            double X(int point) => left + layout.Across[point];
            double Top(int box) => top + tops[layout.Layer(box)] + (tops[layout.Layer(box) + 1] - Between - tops[layout.Layer(box)] - Svg.Height(boxes[box])) / 2;
            for (var i = 0; i < boxes.Length; i++)
                for (var j = 0; j < boxes[i].Inputs.Length; j++)
                {
                    var spread = Math.Min(BoxWidth(boxes[i]) * 0.6, 16 * (boxes[i].Inputs.Length - 1));
                    var port = boxes[i].Inputs.Length == 1 ? 0 : spread * (j / (boxes[i].Inputs.Length - 1.0) - 0.5);
                    var route = layout.Routes[i][j];
                    var start = (X(route[0]), Top(route[0]) + Svg.Height(boxes[route[0]]));
                    var bends = route[1..^1].Select(p => (X(p), top + (tops[layout.Layer(p)] + tops[layout.Layer(p) + 1] - Between) / 2));
                    svg.Append($"<path class=\"edge\" marker-end=\"url(#arrow)\" d=\"{Curve([start, .. bends, (X(i) + port, Top(i) - 1)])}\"/>\n");
                }
            for (var i = 0; i < boxes.Length; i++) Svg.Draw(svg, boxes[i], X(i), Top(i));
        }
    }

    private static void Draw(StringBuilder svg, Diagram.Box box, double x, double top)
    {
        var (width, height) = (BoxWidth(box), Height(box));
        svg.Append($"<g><rect class=\"{box.Kind}{(box.IsResult ? " result" : "")}\" x=\"{N(x - width / 2)}\" y=\"{N(top)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"{(box.Kind == "variable" ? N(height / 2) : "6")}\"/>");
        for (var k = 0; k < box.Lines.Length; k++)
            svg.Append($"<text{(k > 0 ? " class=\"detail\"" : "")} x=\"{N(x)}\" y=\"{N(top + Pad + Line * (k + 0.72))}\">{Escape(box.Lines[k])}</text>");
        svg.Append("</g>\n");
    }

    /// <summary>The top of each layer, and one more below the last.</summary>
    private static double[] Tops(ImmutableArray<Diagram.Box> boxes, Layout layout)
    {
        var heights = new double[boxes.Length == 0 ? 0 : Enumerable.Range(0, boxes.Length).Max(layout.Layer) + 1];
        for (var i = 0; i < boxes.Length; i++) heights[layout.Layer(i)] = Math.Max(heights[layout.Layer(i)], Height(boxes[i]));
        var tops = new double[heights.Length + 1];
        for (var l = 0; l < heights.Length; l++) tops[l + 1] = tops[l] + heights[l] + Between;
        return tops;
    }

    private static string Curve(ImmutableArray<(double X, double Y)> points)
    {
        var path = new StringBuilder($"M{N(points[0].X)},{N(points[0].Y)}");
        for (var i = 1; i < points.Length; i++)
        {
            var middle = (points[i - 1].Y + points[i].Y) / 2;
            path.Append($" C{N(points[i - 1].X)},{N(middle)} {N(points[i].X)},{N(middle)} {N(points[i].X)},{N(points[i].Y)}");
        }
        return path.ToString();
    }

    private static double Height(Diagram.Box box) => box.Lines.Length * Line + 2 * Pad;

    private static double BoxWidth(Diagram.Box box) => Math.Max(46, box.Lines.Select((l, k) => l.Length * (k == 0 ? 7.8 : 6.6)).Max() + 2 * Pad + 6);

    private static string N(double x) => Math.Round(x, 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Text as XML: the five entities, and U+FFFD for what no XML may hold.</summary>
    private static string Escape(string text) => string.Concat(text.EnumerateRunes().Select(r => r.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        < 0x20 or 0xFFFE or 0xFFFF => "\uFFFD",
        _ => r.ToString(),
    }));
}

public static partial class Prelude
{
    /// <summary>An expression as an SVG drawing, coloured by kind of op, results with a heavy border; below it, in frames, the functions that ops own.</summary>
    /// <param name="x">The expression.</param>
    /// <param name="note">A further line for a node's box: its value, say.</param>
    public static string toSvg(Expr x, Func<Expr, string?>? note = null) => Svg.Of(Diagram.Of([], [x], note));

    /// <summary>Several expressions as one SVG drawing. See <see cref="toSvg(Expr, Func{Expr, string?})"/>.</summary>
    public static string toSvg(ImmutableArray<Expr> xs, Func<Expr, string?>? note = null) => Svg.Of(Diagram.Of([], xs, note));

    /// <summary>A function as an SVG drawing. See <see cref="toSvg(Expr, Func{Expr, string?})"/>.</summary>
    public static string toSvg(Function f, Func<Expr, string?>? note = null) => Svg.Of(Diagram.Of(f.Parameters, f.Results, note));
}
