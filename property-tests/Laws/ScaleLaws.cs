using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using PropertyTests.Interpreters;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>
/// Graphs as deep as memory holds, and with more paths than there are atoms. They run beside no others: while millions of nodes live, each
/// collection that another test brings about is a long one.
/// </summary>
[Collection(nameof(AloneWithTheCollector))]
public sealed class ScaleLaws
{
    private const int Deep = 1_000_000;

    private static Expr Chain(Expr x)
    {
        for (var i = 0; i < Deep; i++) x = -x;
        return x;
    }

    private static Expr Doubled(Expr x, int times)
    {
        for (var i = 0; i < times; i++) x += x;
        return x;
    }

    [Fact]
    public void A_chain_of_a_million_nodes_is_walked_hashed_rewritten_and_simplified()
    {
        var x = variable("x", DType.F64);
        var chain = Chain(x);
        Assert.Equal(Deep + 1, Fold.PostOrder(chain).Length);
        Assert.Equal(StructuralHash.Of(Chain(x)), StructuralHash.Of(chain));
        Assert.Equal(Deep, Fold.Up<int>([chain], (_, depths) => depths.IsEmpty ? 0 : depths[0] + 1)[chain]);
        Assert.Equal(Deep + 1, Fold.PostOrder(Fold.Substitute(chain, x, variable("y", DType.F64))).Length);
        Assert.Same(x, simplify(chain));
    }

    [Fact]
    public void A_chain_of_a_million_nodes_is_differentiated_and_run()
    {
        var x = variable("x", DType.F64);
        var slope = grad(Chain)(x);
        Assert.True(Fold.PostOrder(slope).Length > Deep);
        Assert.Equal(1, new Reference().Eval(slope, (x, Tensor.Scalar(2.0))).Value);
        Assert.Equal(1, new Cpu(1).Eval(slope, (x, Tensor.Scalar(2.0))).Value);
    }

    [Fact]
    public void A_chain_of_a_million_nodes_is_batched_and_linearised()
    {
        var x = variable("x", TensorType.F64(2));
        var batch = vmap(Chain)(x);
        Assert.Equal(Deep + 1, Fold.PostOrder(batch).Length);
        Assert.Equal(Deep + 1, Fold.PostOrder(linearize((Expr v) => Chain(v), x).Tangent(x)).Length);
    }

    [Fact]
    public void A_graph_of_a_million_nodes_prints_as_text()
    {
        var x = variable("x");
        for (var i = 0; i <= Deep / 3; i++) x = sin(x) + 1;
        Assert.True(Fold.PostOrder(x).Length > Deep);
        Assert.Contains("more", show(x));
        Assert.Contains("more", listing(x, limit: 1000));
        foreach (var text in new[] { toLatex(x), toMermaid(x), toDot(x) }) Assert.NotEmpty(text);
    }

    [Fact]
    public void A_chain_as_deep_as_memory_holds_has_a_Taylor_series()
    {
        var x = variable("x", DType.F64);
        var series = taylor(v =>
        {
            for (var i = 0; i < 200_000; i++) v = -v;
            return v * v;
        }, 2)(x, constant(1, DType.F64));
        Assert.Equal([9, 6, 1], series.Select(e => new Reference().Eval(e, (x, Tensor.Scalar(3.0))).Value));
    }

    [Fact]
    public void Depth_costs_the_reference_no_stack()
    {
        var x = constant(0, DType.I32);
        for (var i = 0; i < 200_000; i++) x += 1;
        Assert.Equal(200_000, new Reference().Eval(x).Value);
    }

    [Fact]
    public void Sixty_doublings_have_sixty_one_nodes_and_the_slope_of_their_paths()
    {
        var x = variable("x", DType.F64);
        var y = Doubled(x, 60);
        Assert.Equal(61, Fold.PostOrder(y).Length);
        Assert.Equal(Math.ScaleB(1, 60), new Reference().Eval(grad(v => Doubled(v, 60))(x), (x, Tensor.Scalar(1.0))).Value);
        Assert.Equal(Math.ScaleB(1, 60), new Reference().Eval(jvp(v => Doubled(v, 60), x, onesLike(x)).Tangent, (x, Tensor.Scalar(1.0))).Value);
        Assert.Equal(StructuralHash.Of(Doubled(x, 60)), StructuralHash.Of(y));
        Assert.Equal(61, Fold.PostOrder(simplify(y)).Length);
    }
}
