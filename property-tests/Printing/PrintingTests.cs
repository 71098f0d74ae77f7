using System.Xml.Linq;
using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Printing;

public sealed class PrintingTests
{
    [Fact]
    public void An_expression_prints_as_mathematics_is_written()
    {
        var (x, y) = (variable("x"), variable("y"));
        Assert.Equal("x + y * 2", show(x + y * 2));
        Assert.Equal("(x + y) * 2", show((x + y) * 2));
        Assert.Equal("x - (y - x)", show(x - (y - x)));
        Assert.Equal("x - y - x", show(x - y - x));
        Assert.Equal("-(-x)", show(-(-x)));
        Assert.Equal("x * (-2)", show(x * -2));
        Assert.Equal("exp(x + y)", show(exp(x + y)));
    }

    [Fact]
    public void What_is_shared_is_named_once()
    {
        var x = variable("x");
        var a = exp(x);
        Assert.Equal("let a = exp(x)\nin a * a", show(a * a));
        Assert.Equal("fn(x: f32[]) -> f32[] =\n  let a = exp(x)\n  in a + a * a", show(new Function([x], [a + a * a])));
    }

    [Fact]
    public void A_name_given_out_is_never_a_variables()
    {
        var a = variable("a");
        var e = exp(a);
        Assert.Equal("let b = exp(a)\nin b * b", show(e * e));
    }

    [Fact]
    public void Variables_of_one_symbol_are_told_apart_by_primes()
    {
        var (x, other) = (variable("x"), variable("x"));
        Assert.Equal("x + x' * x", show(x + other * x));
    }

    [Fact]
    public void A_scalar_that_meets_a_tensor_is_shown_as_itself_and_elsewhere_with_its_shape()
    {
        var x = variable("x", TensorType.F32(3));
        Assert.Equal("x * 2", show(x * 2));
        Assert.Equal("broadcast(0, [3])", show(zerosLike(x)));
        Assert.Equal("broadcast(1, [3]) + broadcast(2, [3])", show(full(x.Type, 1) + full(x.Type, 2)));
    }

    [Fact]
    public void Text_beyond_the_limit_is_counted()
    {
        var x = variable("x");
        var (y, z) = (exp(x), sin(x));
        var text = show(y * y + z * z, limit: 1);
        Assert.Equal("let a = exp(x)\n… 1 more …\nin a * a + b * b", text);
        Assert.Equal("x: f32[] = variable\n%0: f32[] = exp x\n… 5 more …", listing(y * y + z * z, limit: 2));
    }

    [Fact]
    public void Drawings_escape_what_their_languages_reserve()
    {
        var odd = variable("<\"&'\\]>\u0001\n", DType.F32);
        var svg = XDocument.Parse(toSvg(odd + 1));
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value.StartsWith("<\"&'\\]>", StringComparison.Ordinal));
        Assert.DoesNotContain(toMermaid(odd).Split('\n'), l => l.Contains('<') && !l.Contains("<br/>"));
        Assert.Contains("\\\"", toDot(odd));
    }

    [Fact]
    public void A_drawing_may_be_deep() => Assert.Equal(60_001, XDocument.Parse(toSvg(Chain(20_000))).Descendants().Count(e => e.Name.LocalName == "g"));

    private static Expr Chain(int length)
    {
        var x = variable("x");
        for (var i = 0; i < length; i++) x = sin(x) + 1;
        return x;
    }
}
