using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Printing;

/// <summary>Functions that ops own are printed by name, and then told.</summary>
public sealed class ControlTests
{
    private static Function Inner => Function.Trace(a => [a[0] * a[1] + a[0]], ("a", TensorType.F32()), ("b", TensorType.F32()));

    [Fact]
    public void A_function_that_is_called_stands_below_once()
    {
        var (f, x) = (Inner, variable("x"));
        Assert.Equal("f1(f1(x, x), x)\nwhere f1(a: f32[], b: f32[]) -> f32[] = a * b + a", show(call(f, call(f, x, x)[0], x)[0]));
        Assert.Equal("fn(x: f32[]) -> f32[] = f1(x, x)\nwhere f1(a: f32[], b: f32[]) -> f32[] = a * b + a", show(new Function([x], [call(f, x, x)[0]])));
    }

    [Fact]
    public void Functions_within_functions_and_rules_have_names_of_their_own()
    {
        var (inner, f1) = (Inner, variable("f1"));
        var outer = Function.Trace(a => [call(inner, a[0], a[0])[0]], ("u", TensorType.F32()));
        Assert.Equal("f2(f1)\nwhere f2(u: f32[]) -> f32[] = f3(u, u)\nwhere f3(a: f32[], b: f32[]) -> f32[] = a * b + a", show(call(outer, f1)[0]));
        var x = variable("x");
        Assert.Equal(
            "customJvp(f1, f2, x)\nwhere f1(x0: f32[]) -> f32[] = exp(x0)\nwhere f2(x0: f32[], t0: f32[]) -> f32[] = t0 * exp(x0)",
            show(customJvp(a => [exp(a[0])], (a, t) => [t[0] * exp(a[0])], x)[0]));
    }

    [Fact]
    public void Latex_tells_functions_below()
    {
        var x = variable("x");
        Assert.Equal("\\begin{gathered}\nf_{1}\\left(x, x\\right) \\\\\n\\text{where } f_{1}\\left(a, b\\right) = a \\cdot b + a\n\\end{gathered}", toLatex(call(Inner, x, x)[0]));
    }

    [Fact]
    public void A_composite_is_told_by_its_name_and_a_tap_by_its()
    {
        var x = variable("x");
        Assert.Equal("square(tap(x, \"input\"))", show(composite("square", a => a[0] * a[0], tap(x, "input"))));
    }

    [Fact]
    public void Mermaid_and_dot_draw_functions_apart()
    {
        var (f, x) = (Function.Trace(a => [-a[0]], ("a", TensorType.F32())), variable("x"));
        Assert.Equal(
            "flowchart TD\n  n0([\"x<br/>f32#91;#93;\"])\n  n1[\"call<br/>f1<br/>f32#91;#93;\"]\n  n0 --> n1\n"
            + "  subgraph f1\n    f1n0([\"a<br/>f32#91;#93;\"])\n    f1n1[\"−<br/>f32#91;#93;\"]\n    f1n0 --> f1n1\n  end\n",
            toMermaid(call(f, x)[0]));
        Assert.Equal(
            "digraph {\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  n0 [label=\"x\\nf32[]\", shape=ellipse];\n  n1 [label=\"call\\nf1\\nf32[]\", penwidth=2];\n  n0 -> n1;\n"
            + "  subgraph cluster_f1 {\n    label=\"f1\"; style=\"rounded,dashed\"; fontname=\"sans-serif\";\n    f1_n0 [label=\"a\\nf32[]\", shape=ellipse];\n    f1_n1 [label=\"−\\nf32[]\", penwidth=2];\n    f1_n0 -> f1_n1;\n  }\n}\n",
            toDot(call(f, x)[0]));
    }

    [Fact]
    public void Svg_frames_each_function_once_within_the_drawing()
    {
        var x = variable("x", TensorType.F32(5));
        var y = scan<Expr, Expr, Expr>((c, v) => (call(Inner, c, v)[0], call(Inner, v, c)[0]), constant(1), x);
        var svg = System.Xml.Linq.XDocument.Parse(toSvg([y.Carry, y.Ys]));
        double Number(System.Xml.Linq.XElement e, string name) => double.Parse(e.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
        var frames = svg.Descendants().Where(e => e.Attribute("class")?.Value == "function").ToList();
        Assert.Equal(["f1", "f2"], svg.Descendants().Where(e => e.Attribute("class")?.Value == "name").Select(e => e.Value));
        Assert.Equal(2, frames.Count);
        Assert.All(frames, f =>
        {
            Assert.True(Number(f, "x") + Number(f, "width") <= Number(svg.Root!, "width"));
            Assert.True(Number(f, "y") + Number(f, "height") <= Number(svg.Root!, "height"));
        });
        Assert.True(Number(frames[0], "x") + Number(frames[0], "width") <= Number(frames[1], "x"));
    }
}
