using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FsCheck.Fluent;
using Functional;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>Every node knows whether the user built it, and else which rule made it from which node.</summary>
public sealed class ProvenanceLaws
{
    private static IEnumerable<(ImmutableArray<Expr> Forward, ImmutableArray<Expr> Adjoint, ImmutableArray<Expr> Wrt)> Adjoints()
    {
        foreach (var program in Program.Of(Numbers.Smooth, DType.F64).Generator.Sample(100, 60))
        {
            var f = program.Function;
            var wrt = Named([.. f.Parameters.Where(x => x.DType.IsFloat)]);
            var (y, pullback) = vjp(p => Named(Fold.Substitute([.. f.Results.Where(y => y.DType.IsFloat)], wrt.Values.Zip(p.Values, KeyValuePair.Create).ToDictionary())), wrt);
            var ct = Named([.. y.Values.Select((v, i) => variable($"ct{i}", v.Type))]);
            yield return (Fold.PostOrder(y.Values.ToImmutableArray()), Fold.PostOrder(pullback(ct).Values.ToImmutableArray()), [.. wrt.Values]);
        }
    }

    [Fact]
    public void What_the_user_built_has_no_origin_and_what_differentiation_made_has_one()
    {
        foreach (var (forward, adjoint, _) in Adjoints())
        {
            Assert.All(forward, x => Assert.True(x.Origin is null or { Transformation: "body" }, why(x)));
            Assert.All(adjoint.Except(forward), x => Assert.True(x.Op is Variable || x.Origin is not null, $"{show(x)} has no origin"));
        }
    }

    /// <summary>The nodes of the functions that some nodes own, which an adjoint may compute again.</summary>
    private static IEnumerable<Expr> Owned(ImmutableArray<Expr> nodes) =>
        nodes.Select(n => n.Op).OfType<Control>().SelectMany(c => c.Bodies).SelectMany(b => b.Nodes.Concat(Owned(b.Nodes)));

    [Fact]
    public void The_forward_node_of_an_adjoint_is_a_node_of_the_value()
    {
        var adjoints = 0;
        foreach (var (forward, adjoint, wrt) in Adjoints())
        {
            var known = forward.Concat(wrt).Concat(Owned(forward)).ToHashSet();
            foreach (var x in adjoint.Except(forward).Where(x => x.Op is not Variable && Fold.PostOrder(x).Any(i => i.Op is Variable)))
            {
                Assert.True(known.Contains(x.Origin!.Node) || x.Origin.Node.Op is Variable || x.Origin.Node.Origin?.Node.Op is CustomJvp or CustomVjp, why(x));
                adjoints++;
            }
        }
        Assert.True(adjoints > 1000, $"only {adjoints} adjoint nodes");
    }

    [Fact]
    public void Forward_mode_and_rewriting_name_their_rules()
    {
        var (x, t) = (variable("x"), variable("t"));
        var (y, dy) = jvp(v => tanh(v) * 1, x, t);
        Assert.Equal("jvp of mul", dy.Origin!.Rule);
        Assert.Same(y, dy.Origin.Node);
        var simple = simplify(x * -1);
        Assert.Equal("simplify: x · (−1) = −x", simple.Origin!.Rule);
        Assert.Equal("x * (-1): f32[]", why(simple.Source));
    }

    [Fact]
    public void A_batch_is_told_from_the_node_of_one_example_and_so_on()
    {
        var xs = variable("xs", TensorType.F32(4, 3));
        var y = vmap(v => tanh(v) * v)(xs);
        Assert.Equal("vmap of mul", y.Origin!.Rule);
        Assert.Equal((Shape.Of([3]), (Origin?)null), (y.Source.Shape, y.Source.Origin));
        Assert.Equal("tanh(xs) * xs: f32[4,3]\n  vmap of mul, from\ntanh(xs) * xs: f32[3]", why(y));
        var slopes = vmap(vmap(grad((Expr v) => sin(v))))(xs);
        var cosine = Fold.PostOrder(slopes).Single(n => n.Op.Name == "cos");
        Assert.Equal(
            "cos(xs): f32[4,3]\n  vmap of cos, from\ncos(xs): f32[3]\n  vmap of cos, from\ncos(xs): f32[]\n  vjp of sin, from\nsin(xs): f32[]", why(cosine));
    }

    [Fact]
    public void A_rewrite_keeps_the_origin_of_what_it_copies()
    {
        var x = variable("x");
        var slope = simplify(grad(v => sin(v * 1) * v)(x));
        Assert.All(Fold.PostOrder(slope).Where(n => n.Op.Name == "cos"), n => Assert.Equal("vjp of sin", n.Origin!.Rule));
        var moved = Fold.Substitute(slope, x, variable("z"));
        Assert.All(Fold.PostOrder(moved).Where(n => n.Op.Name == "cos"), n => Assert.Equal("vjp of sin", n.Origin!.Rule));
    }

    [Fact]
    public void Origins_count_neither_in_equality_nor_in_hashes()
    {
        var x = variable("x");
        var (made, built) = (simplify(x * -1), -x);
        Assert.Equal(built.Op, made.Op);
        Assert.Equal(StructuralHash.Of(built), StructuralHash.Of(made));
        Assert.Equal(show(built), show(made));
    }

    [Fact]
    public void A_history_goes_back_through_nested_transformations_to_the_line_of_the_user()
    {
        var x = variable("x");
        var curved = traced(() => grad(v => grad(u => tanh(u * u))(v))(x));
        var line = Here();
        var tanhs = Fold.PostOrder(curved).Where(n => n.Origin?.Node.Origin?.Node.Op.Name == "tanh").ToList();
        Assert.NotEmpty(tanhs);
        Assert.All(tanhs, n =>
        {
            var history = why(n).Split('\n');
            Assert.StartsWith("  vjp", history[1]);
            Assert.Contains(history, h => h == "  vjp of tanh, from");
            Assert.Equal($"tanh(x * x): f32[], built at ProvenanceLaws.cs:{line - 1}", history[^1]);
        });
        Assert.Equal(line - 1, tanhs[0].Location!.Value.Line);
    }

    [Fact]
    public void Lines_are_recorded_only_where_asked_for()
    {
        var x = variable("x");
        Assert.Null(exp(x).Location);
        Assert.Equal(Here(), traced(() => exp(x)).Location!.Value.Line);
        Assert.Throws<ShapeError>(() => traced(() => reshape(x, 3)));
        Assert.Null(exp(x).Location);
    }

    [Fact]
    public void A_node_in_a_composite_says_so()
    {
        var x = variable("x", TensorType.F64(3));
        var loss = traced(() => valueAndGrad((Expr v) => sum(composite("soft", a => exp(a[0]) / sum(exp(a[0])), v) * v))(x));
        var exps = Fold.PostOrder(loss.Gradient).Where(n => n.Op.Name == "exp").ToList();
        Assert.NotEmpty(exps);
        Assert.All(exps, n => Assert.Equal("body of soft", n.Origin!.Rule));
        Assert.All(exps, n => Assert.Equal("ProvenanceLaws.cs", Path.GetFileName(n.Location!.Value.File)));
    }

    [Fact]
    public void A_history_of_a_large_graph_is_short()
    {
        var x = variable("x");
        var deep = x;
        for (var i = 0; i < 100_000; i++) deep = sin(deep) + x;
        Assert.True(why(grad(v => Fold.Substitute(deep, x, v))(x)).Length < 2000);
    }

    private static int Here([CallerLineNumber] int line = 0) => line;

    private static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:000}", x)));
}
