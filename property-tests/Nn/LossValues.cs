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

    /// <summary>Both forms of the loss: by the label's logarithm, and by the one-hot label, which smoothing by almost nothing takes.</summary>
    [Fact]
    public void CrossEntropyOfLabelsIsThatOfOneHotLabels()
    {
        var (logits, labels) = (constant<double>([3, 2], 1, -2, 0.5, 30, -7, 2), constant<int>([3], 1, 0, 7));
        foreach (var of in new Func<double, Expr>[] { s => crossEntropy(logits, labels, s), s => sum(grad<Expr>(z => crossEntropy(z, labels, s))(logits) * logits) })
            Assert.Equal(Value(of(1e-300)), Value(of(0)), 1e-14);
        var digits = constant<float>([1, 2], 10_000, 9_992);
        Assert.Equal(Math.Log(1 + Math.Exp(-8)), Value(crossEntropy(digits, constant<byte>([1], 0))), 1e-7);
    }

    [Fact]
    public void SquaredBinaryAndHuberLossesAreTheirFormulas()
    {
        double[] x = [1, -2, 0.5, 3], y = [0.5, 1, 0.5, -4];
        var (a, b) = (constant<double>([4], x), constant<double>([4], y));
        Assert.Equal(x.Zip(y, (p, q) => (p - q) * (p - q)).Average(), Value(meanSquaredError(a, b)), 1e-14);
        Assert.Equal(x.Zip(y, (p, q) => Math.Abs(p - q) is var d && d <= 3 ? d * d / 2 : 3 * (d - 1.5)).Average(), Value(huber(a, b, 3)), 1e-14);
        double[] t = [0, 1, 0.25, 1];
        Assert.Equal(x.Zip(t, (z, p) => -p * Math.Log(1 / (1 + Math.Exp(-z))) - (1 - p) * Math.Log(1 - 1 / (1 + Math.Exp(-z)))).Average(), Value(binaryCrossEntropy(a, constant<double>([4], t))), 1e-14);
        Assert.Equal(1000, Value(binaryCrossEntropy(Vector(1000, -1000), Vector(0, 1))));
        Assert.Equal(1 + 4 + 0.25 + 9, Value(squaredNorm(Params<Expr>.Empty.With("a", a))));
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
