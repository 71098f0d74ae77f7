using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Optimisers over several steps against their formulas written out for one number in f64.</summary>
public class OptimizerFormulas
{
    private static readonly Reference reference = new();
    private static readonly double[] gradients = [0.5, -1.25, 3, 0.125, -0.75];

    private static double[] Run(Optimizer optimizer)
    {
        var w = Params<Expr>.Empty.With("w", constant(2.0, DType.F64));
        var state = optimizer.Init(w.Map(e => e.Type));
        var path = new List<double>();
        for (var t = 0; t < gradients.Length; t++)
        {
            var (deltas, next) = optimizer.Update(w.Map(_ => constant(gradients[t], DType.F64)), state, w, constant((double)t, DType.F64));
            (w, state) = (w.Zip(deltas, (a, d) => a + d), next);
            path.Add(reference.Eval(w["w"]).Value);
        }
        return [.. path];
    }

    private static double[] Expected(Func<double, double, int, double> step)
    {
        var w = 2.0;
        return [.. gradients.Select((g, t) => w = step(w, g, t))];
    }

    private static void Agree(double[] expected, double[] actual)
    {
        for (var i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - 1e-13, expected[i] + 1e-13);
    }

    private static Schedule Rate => _ => constant(0.1, DType.F64);

    [Fact]
    public void Sgd() => Agree(Expected((w, g, _) => w - 0.1 * g), Run(Optimizers.Sgd(Rate)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Momentum(bool nesterov)
    {
        var m = 0.0;
        Agree(Expected((w, g, _) => { m = 0.9 * m + g; return w - 0.1 * (nesterov ? g + 0.9 * m : m); }), Run(Optimizers.Momentum(Rate, 0.9, nesterov)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Adam(double decay)
    {
        var (m, v) = (0.0, 0.0);
        Agree(
            Expected((w, g, t) =>
            {
                (m, v) = (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g);
                return w - 0.1 * (m / (1 - Math.Pow(0.9, t + 1)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t + 1))) + 1e-8) + decay * w);
            }),
            Run(decay == 0 ? Optimizers.Adam(Rate) : Optimizers.AdamW(Rate, decay)));
    }

    [Fact]
    public void RmsPropAndAdagrad()
    {
        var (r, a) = (0.0, 0.0);
        Agree(Expected((w, g, _) => w - 0.1 * g / (Math.Sqrt(r = 0.9 * r + 0.1 * g * g) + 1e-8)), Run(Optimizers.RmsProp(Rate)));
        Agree(Expected((w, g, _) => w - 0.1 * g / (Math.Sqrt(a += g * g) + 1e-10)), Run(Optimizers.Adagrad(Rate)));
    }

    [Fact]
    public void ClippingMovesElementsOrScalesAllTogether()
    {
        var g = Params<Expr>.Empty.With("a", constant<double>([2], 3, -4)).With("b", constant(12.0, DType.F64));
        double[] Clipped(Optimizer optimizer) => [.. optimizer.Update(g, optimizer.Init(g.Map(e => e.Type)), g, constant(0f)).Deltas.Values.SelectMany(d => reference.Eval(d).ToArray<double>())];
        Assert.Equal([3, -3.5, 3.5], Clipped(Optimizers.ClipByValue(3.5)));
        Agree([1.5, -2, 6], Clipped(Optimizers.ClipByGlobalNorm(6.5)));
        Assert.Equal([3, -4, 12], Clipped(Optimizers.ClipByGlobalNorm(14)));
    }

    /// <summary>1 − βᵗ is small at the first steps: in f32 it must not lose its digits to cancellation, so that the first step is the rate times the sign.</summary>
    [Fact]
    public void AdamsFirstStepInF32IsTheRate()
    {
        var g = Params<Expr>.Empty.With("w", constant(0.3f));
        var optimizer = Optimizers.ScaleByAdam(epsilon: 0);
        var update = optimizer.Update(g, optimizer.Init(g.Map(e => e.Type)), g, constant(0f)).Deltas["w"];
        Assert.InRange(reference.Eval(update).Value, 1 - 3 * 1.2e-7, 1 + 3 * 1.2e-7);
    }
}
