using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>Graphs as deep as memory holds, and with more paths than there are atoms.</summary>
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
