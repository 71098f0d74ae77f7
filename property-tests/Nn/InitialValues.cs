using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Initial values have the mean and variance that their names promise.</summary>
public class InitialValues
{
    private static readonly Reference reference = new();

    [Fact]
    public void ADenseBiasBeginsAtZero() => Assert.All(reference.Eval(Dense(5).Init(1, TensorType.F32(3, 4)).Weights["dense_0/bias"]).ToArray<float>(), b => Assert.Equal(0, b));

    /// <summary>Within four standard errors: of the mean σ/√n, of the variance σ²√(2/n) for a normal and σ²√(0.8/n) for a uniform distribution.</summary>
    [Fact]
    public void InitialisersHaveTheirMeanAndVariance()
    {
        var type = TensorType.F32(200, 300);
        foreach (var (init, variance) in new (Initializer, double)[] { (Initializers.He, 2.0 / 200), (Initializers.LeCun, 1.0 / 200), (Initializers.Glorot, 2.0 / 500) })
        {
            var values = reference.Eval(init(key(3), type)).ToArray<float>();
            Assert.InRange(values.Average(v => (double)v), -4 * Math.Sqrt(variance / values.Length), 4 * Math.Sqrt(variance / values.Length));
            Assert.InRange(values.Average(v => (double)v * v) / variance, 1 - 4 * Math.Sqrt(2.0 / values.Length), 1 + 4 * Math.Sqrt(2.0 / values.Length));
        }
    }
}
