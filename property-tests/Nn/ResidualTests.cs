using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Layers made of layers: parts have paths, state and keys of their own.</summary>
public sealed class ResidualTests
{
    private static readonly Reference Reference = new();

    [Fact]
    public void A_residual_adds_the_branch_to_the_shortcut()
    {
        var (x, branch) = (constant<float>([2, 3], 1, -2, 3, -4, 5, -6), Dense(3));
        var layer = Residual(branch >> Relu, Dense(3, bias: false));
        var weights = layer.Init(1, x.Type).Weights;
        Assert.Equal(["residual_0/branch/dense_0/bias", "residual_0/branch/dense_0/weight", "residual_0/shortcut/dense_0/weight"], weights.Paths);
        var expected = matmul(x, weights["residual_0/shortcut/dense_0/weight"])
            + relu(matmul(x, weights["residual_0/branch/dense_0/weight"]) + weights["residual_0/branch/dense_0/bias"]);
        Assert.Equal(Reference.Eval(expected), Reference.Eval(layer.Apply(weights, x)));
        Assert.Equal(Reference.Eval(x * 2), Reference.Eval(Residual(Layer.Identity).Apply(Params<Expr>.Empty, x)));
    }

    [Fact]
    public void A_branch_that_changes_the_shape_needs_a_shortcut_that_does()
    {
        var error = Assert.Throws<ShapeError>(() => Residual(Dense(4)).Init(1, TensorType.F32(2, 3)));
        Assert.Contains("shortcut(x)", error.Message);
        Assert.Contains("Conv2d(channels, kernel: 1, stride)", error.Message);
    }

    [Fact]
    public void Parts_have_state_and_randomness_of_their_own()
    {
        var x = constant<double>([4, 2], 1, 10, 3, 30, 5, 50, 7, 70);
        var layer = Residual(BatchNorm(momentum: 0.5), BatchNorm(momentum: 0.25));
        var (weights, state) = layer.Init(1, x.Type);
        var (_, next) = layer.Apply(weights, state, x, key(1));
        Assert.Equal([2, 20], Reference.Eval(next["residual_0/branch/batchNorm_0/mean"]).ToArray<double>());
        Assert.Equal([3, 30], Reference.Eval(next["residual_0/shortcut/batchNorm_0/mean"]).ToArray<double>());

        var kept = Reference.Eval(Residual(Dropout(0.5), Dropout(0.5)).Apply(Params<Expr>.Empty, ones(TensorType.F32(1000)), key(2))).ToArray<float>();
        Assert.Equal([0, 2, 4], kept.Distinct().Order());
    }
}
