using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>A program made to fit a budget computes the same in the memory that it says.</summary>
public sealed class FitLaws
{
    /// <summary>A training step of a chain of layers, x ← x + tanh(x w), and its donated inputs.</summary>
    private static (Function Step, ValueArray<int> Held) Chain(int depth, int batch = 32, int width = 32)
    {
        var x = variable("x", TensorType.F32(batch, width));
        ImmutableArray<Expr> weights = [.. Enumerable.Range(0, depth).Select(i => variable($"w{i}", TensorType.F32(width, width)))];
        var gradient = grad<Params<Expr>>(p => sum(p.Values.Aggregate(x, (h, w) => h + tanh(matmul(h, w)))))(Params<Expr>.Of(weights.Select((w, i) => KeyValuePair.Create($"{i:000}", w))));
        return (new([.. weights, x], [.. weights.Zip(gradient.Values, (w, g) => w - 0.01 * g)]), ImmutableArray.CreateRange(Enumerable.Range(0, depth)));
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(0.5)]
    [InlineData(0.35)]
    public void A_chain_fits_a_fraction_of_its_peak_for_less_than_another_forward_pass(double fraction)
    {
        var (step, held) = Chain(48);
        var cpu = new Cpu(1);
        var before = ((IPlanned)cpu.Compile(step, held)).Plan;
        var fitted = cpu.Fit(step, (long)(before.PeakBytes * fraction), held);
        Assert.True(fitted.Fits, fitted.ToString());
        Assert.Equal(0, fitted.Excess);
        Assert.InRange((double)fitted.After.Flops / fitted.Before.Flops, 1, 1.34);
        var inputs = step.Parameters.Select(p => Tensor.Of<float>(p.Shape, [.. Enumerable.Range(0, (int)p.Shape.Size).Select(i => (float)Math.Sin(i) / 8)])).ToImmutableArray();
        var expected = cpu.Compile(step).Run(inputs);
        var actual = PlanLaws.MeasuresAsPlanned(fitted.Program, [.. inputs.Select(x => Tensor.OfBytes(x.Type, x.Bytes))], held);
        Assert.Equal(expected.AsEnumerable(), actual);
        Assert.Equal(fitted.After.PeakBytes, ((IPlanned)cpu.Compile(fitted.Program, held)).Plan.PeakBytes);
    }

    [Fact]
    public void The_less_the_budget_the_more_arithmetic_and_none_where_it_fits_already()
    {
        var (step, held) = Chain(32);
        var peak = Planner.Of(Lowering.Of(step), held).PeakBytes;
        var fitted = new[] { 1.0, 0.8, 0.6, 0.4 }.Select(f => Rematerialise.Fit(step, (long)(peak * f), held)).ToArray();
        Assert.Equal(fitted[0].Before, fitted[0].After);
        for (var i = 1; i < fitted.Length; i++) Assert.True(fitted[i].After.Flops > fitted[i - 1].After.Flops, $"{fitted[i]}");
    }

    [Fact]
    public void A_budget_that_cannot_be_met_is_said_to_be_so_with_what_fills_it()
    {
        var (step, held) = Chain(8);
        var fitted = Rematerialise.Fit(step, 1000, held);
        Assert.False(fitted.Fits);
        Assert.Equal(fitted.After.PeakBytes - 1000, fitted.Excess);
        Assert.NotEmpty(fitted.Largest);
        Assert.Contains("does not fit by", fitted.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolutional_training_step_fits_in_less()
    {
        var (step, held, inputs) = PlanLaws.LeNetStep(batch: 16, Layers.Tanh);
        ValueArray<int> donated = ImmutableArray.CreateRange(Enumerable.Range(0, held));
        var cpu = new Cpu(1);
        var fitted = cpu.Fit(step, ((IPlanned)cpu.Compile(step, donated)).Plan.PeakBytes * 85 / 100, donated);
        Assert.True(fitted.Fits, fitted.ToString());
        var expected = cpu.Compile(step).Run(inputs);
        var actual = PlanLaws.MeasuresAsPlanned(fitted.Program, [.. inputs.Select(x => Tensor.OfBytes(x.Type, x.Bytes))], donated);
        Assert.Equal(expected.AsEnumerable(), actual);
    }
}
