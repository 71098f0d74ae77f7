using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Losses and stable compositions at ordinary and extreme values, and a network that learns what no linear model can.</summary>
public class LossValues
{
    private const float Inf = float.PositiveInfinity;
    private static readonly Reference reference = new();

    private static Expr Vector(params float[] values) => constant<float>([values.Length], values);

    private static double Value(Expr x) => reference.Eval(x).Value;

    [Fact]
    public void LogSumExpAtInfinities()
    {
        Assert.Equal(-Inf, Value(logSumExp(Vector(-Inf, -Inf))));
        Assert.Equal(Inf, Value(logSumExp(Vector(Inf, 0))));
        Assert.Equal(double.NaN, Value(logSumExp(Vector(float.NaN, 0))));
        Assert.Equal(1000 + Math.Log(2), Value(logSumExp(Vector(1000, 1000))), 1e-4);
    }

    [Fact]
    public void CrossEntropyOfAMaskedClass()
    {
        var logits = reshape(Vector(0, 0, -Inf), 1, 3);
        var labels = constant<int>([1], 0);
        Assert.Equal(Math.Log(2), Value(crossEntropy(logits, labels)), 1e-7);
        Assert.Equal([-0.5f, 0.5f, 0], reference.Eval(grad<Expr>(z => crossEntropy(z, labels))(logits)).ToArray<float>());
    }

    [Fact]
    public void CrossEntropyWithSmoothing()
    {
        double[] z = [1, -2, 0.5];
        var log = z.Select(v => v - Math.Log(z.Sum(Math.Exp))).ToArray();
        var expected = -(0.1 / 3 * log[0] + 0.1 / 3 * log[1] + (0.9 + 0.1 / 3) * log[2]);
        Assert.Equal(expected, Value(crossEntropy(constant<double>([1, 3], z), constant<int>([1], 2), 0.1)), 1e-14);
    }

    /// <summary>Where erf is near −1, x (1 + erf) / 2 loses all digits. x Φ(x) multiplies a relative error ε of its argument by x² there, so x² ε is the bound.</summary>
    [Theory]
    [InlineData(-5, -1.4332578593959731e-06)]
    [InlineData(-8, -4.9767684594174555e-15)]
    public void GeluKeepsItsDigitsFarLeft(float x, double expected) => Assert.Equal(1, Value(gelu(constant(x))) / expected, x * x * 6e-8);

    [Fact]
    public void ASmallNetworkLearnsExclusiveOr()
    {
        var data = new Dataset(Tensor.Of<float>([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]), Tensor.Of<int>([0, 1, 1, 0]), 2);
        var training = new Training(new Cpu(1), Dense(8) >> Tanh >> Dense(2), Optimizers.Adam(Schedules.Constant(0.05)), seed: 1);
        var state = training.Start([2]);
        state = training.Fit(state, data, batchSize: 3, epochs: 200);
        Assert.Equal(new[,] { { 2, 0 }, { 0, 2 } }, Metrics.Confusion(training.Predict(state, data, 3), data.Labels.Span<int>(), 2));
        Assert.Equal(400, state.Step);
    }
}
