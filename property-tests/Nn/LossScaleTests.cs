using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Functional.Nn.Data;
using Functional.Testing;
using PropertyTests.Laws;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>What a loss scale does to gradients, how it moves, and that networks learn in mixed precision.</summary>
public sealed class LossScaleTests
{
    private static readonly Reference Reference = new();

    /// <summary>Adjoints are linear in what they begin with, and a power of two changes no digits.</summary>
    [Fact]
    public void A_power_of_two_changes_no_bit_of_a_gradient() => ForPrograms.ForMost(Numbers.Smooth, DType.F32, 150, p =>
    {
        var f = Derivatives.Reverse(p.Function);
        if (f.Parameters.Length == p.Function.Parameters.Length) return null;
        var scale = variable("scale");
        ImmutableArray<Expr> cts = f.Parameters[p.Function.Parameters.Length..];
        var values = p.Function.Results.Count(r => r.DType.IsFloat);
        var scaled = new Function([.. f.Parameters, scale], [.. LossScale.Unscale(
            Derivatives.Named([.. Fold.Substitute(f.Results[values..], cts.ToDictionary(ct => ct, ct => ct * convert(scale, ct.DType)))]),
            Params<Expr>.Of([new("scale", scale)])).Values]);
        ImmutableArray<Tensor> inputs = [.. p.Inputs, .. p.Values([.. cts.Select(ct => ct.Type)], 2)];
        var expected = Reference.Compile(f).Run(inputs)[values..];
        foreach (var by in new[] { 1f, 1024f, 1f / 64 })
        {
            var actual = Reference.Compile(scaled).Run([.. inputs, Tensor.Scalar(by)]);
            foreach (var (e, a) in expected.Zip(actual))
                for (var i = 0; i < e.Shape.Size; i++)
                    if (double.IsFinite(e[i]) && !e[i].Equals(a[i]) && !(e[i] == 0 && a[i] == 0)) return false;
        }
        return expected.Any(e => Values.Elements(e).Any(v => v != 0 && double.IsFinite(v))) ? true : null;
    });

    /// <summary>jmp's state machine, written down once more.</summary>
    [Fact]
    public void The_scale_grows_after_an_interval_and_shrinks_at_what_is_not_finite() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(20261124, 1),
        Prop.ForAll(Gen.Choose(0, 9).Select(n => n > 1).ArrayOf(25).ToArbitrary(), Gen.Elements(1, 2, 3, 7).ToArbitrary(), Gen.Elements(2.0, 3.0, 1.5).ToArbitrary(), (finite, interval, growth) =>
        {
            var dynamic = LossScale.Dynamic(initial: 8, interval, growth);
            var state = dynamic.Init();
            var (scale, row, skipped) = (8f, 0, 0);
            foreach (var isFinite in finite)
            {
                state = dynamic.Adjust(state, constant(isFinite ? 1 : 0, DType.Bool));
                state = state.Map(s => constant(Reference.Eval(s).ToLiteral()));
                if (!isFinite) (scale, row, skipped) = (Math.Max(1, scale / (float)growth), 0, skipped + 1);
                else if (row == interval - 1) (scale, row) = (scale * (float)growth, 0);
                else row++;
                Assert.Equal((scale, row, skipped), ((float)Value("scale"), (int)Value("finite"), (int)Value("skipped")));
            }
            return true;

            double Value(string path) => Reference.Eval(state[path])[0];
        }));

    [Fact]
    public void The_scale_does_not_grow_beyond_what_is_finite_and_one_that_is_static_stays()
    {
        double After(LossScale scale, int steps, bool finite) =>
            Reference.Eval(Enumerable.Range(0, steps).Aggregate(scale.Init(), (s, _) => scale.Adjust(s, constant(finite ? 1 : 0, DType.Bool)))["scale"])[0];
        Assert.Equal(Math.ScaleB(1, 127), After(LossScale.Dynamic(interval: 1), 300, finite: true));
        Assert.Equal(1, After(LossScale.Dynamic(), 30, finite: false));
        Assert.Equal(3, After(LossScale.Static(3), 5, finite: true));
        Assert.Equal(3, After(LossScale.Static(3), 5, finite: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossScale.Static(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossScale.Dynamic(interval: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossScale.Dynamic(growth: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossScale.Dynamic(initial: 0.5));
    }

    [Theory]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.NegativeInfinity, false)]
    [InlineData(float.MaxValue, true)]
    [InlineData(0, true)]
    public void Gradients_are_finite_where_every_element_is(double odd, bool expected)
    {
        var gradients = Params<Expr>.Of([new("a", vector(1f, -3f)), new("b", constant(2.0, DType.BF16)), new("c", vector(5f, (float)odd, 0f))]);
        foreach (var interpreter in new IInterpreter[] { Reference, new Cpu(1) }) Assert.Equal(expected ? 1 : 0, interpreter.Eval(LossScale.AreFinite(gradients))[0]);
    }

    private static readonly Layer Small = Conv2d(3, kernel: 5, stride: 2) >> BatchNorm() >> Relu >> MaxPool(2) >> Flatten >> Dense(8) >> Relu >> Dense(10);

    private static TrainState Run(int steps, Precision precision, LossScale? scale, IInterpreter? interpreter = null)
    {
        var training = new Training(interpreter ?? new Cpu(2), Small, Optimizers.Adam(Schedules.WarmUp(Schedules.Constant(1e-2), 3)), seed: 1, weightDecay: 1e-4, precision: precision, lossScale: scale);
        var (state, batch) = (training.Start([1, 28, 28]), SyntheticDigits.Make(12, key: 3).Batches(12).Single());
        for (var i = 0; i < steps; i++) state = training.Step(state, batch).State;
        return state;
    }

    private static void Same(Params<Tensor> expected, Params<Tensor> actual)
    {
        Assert.Equal(expected.Paths, actual.Paths);
        foreach (var (path, value) in expected) Assert.Equal(value, actual[path]);
    }

    /// <summary>Of sums whose order is the same, which is the definition's to promise.</summary>
    [Fact]
    public void Training_in_f32_gives_the_same_bits_for_a_loss_that_is_scaled()
    {
        var (plain, scaled) = (Run(3, Precision.Full, null, Reference), Run(3, Precision.Full, LossScale.Static(1024), Reference));
        Same(plain.Weights, scaled.Weights);
        Same(plain.Layers, scaled.Layers);
        Same(plain.Optimizer, scaled.Optimizer);
    }

    /// <summary>A step that is not taken leaves weights, layers and the optimiser, whose count of steps included, as they were: the run is that which began at the lower scale.</summary>
    [Fact]
    public void A_step_whose_gradients_are_not_finite_is_not_taken()
    {
        var tooGreat = Math.ScaleB(1, 40);
        var skipped = Run(1, Precision.F16, LossScale.Dynamic(tooGreat));
        var start = Run(0, Precision.F16, LossScale.Dynamic(tooGreat));
        Same(start.Weights, skipped.Weights);
        Same(start.Layers, skipped.Layers);
        Same(start.Optimizer, skipped.Optimizer);
        Assert.Equal((tooGreat / 2, 0, 1, 1), (skipped.Scale["scale"][0], skipped.Scale["finite"][0], skipped.Scale["skipped"][0], skipped.Step));

        var found = Run(40, Precision.F16, LossScale.Dynamic(tooGreat));
        var steps = (int)found.Scale["skipped"][0];
        Assert.InRange(steps, 5, 39);
        var direct = Run(40 - steps, Precision.F16, LossScale.Dynamic(tooGreat / Math.ScaleB(1, steps)));
        Assert.Equal(0, direct.Scale["skipped"][0]);
        Same(direct.Weights, found.Weights);
        Same(direct.Layers, found.Layers);
        Same(direct.Optimizer, found.Optimizer);
    }

    /// <summary>Gradients so small that f16 has none of them are there again when the loss is scaled.</summary>
    [Fact]
    public void Small_gradients_of_f16_vanish_unless_the_loss_is_scaled()
    {
        var (x, w) = (constant<float>([1, 2], 1, 2), variable("w", TensorType.F32(2, 1)));
        double Slope(double scale) => Reference.Eval(grad(mixedPrecision(v => sum(matmul(x, v)) * (1e-9 * scale), PrecisionPolicy.F16))(w) / scale, (w, Tensor.Of<float>([2, 1], [1, 1])))[0];
        Assert.Equal(0, Slope(1));
        Assert.Equal(1e-9, Slope(1 << 15), 1e-12);
    }

    [Fact]
    public void The_state_of_a_scale_is_saved_with_the_rest_and_needs_its_like()
    {
        var state = Run(2, Precision.F16, LossScale.Dynamic());
        var back = Run(0, Precision.F16, LossScale.Dynamic()).Like(state.ToParams()).Match(s => s, e => throw new InvalidOperationException(e.Message));
        Same(state.ToParams(), back.ToParams());
        Assert.Contains("lacks scale/finite", state.Like(Run(0, Precision.F16, null).ToParams()).Match(_ => "accepted", e => e.Message), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cpu_trains_in_mixed_precision_as_the_reference_does()
    {
        foreach (var precision in new[] { Precision.BF16, Precision.F16 })
        {
            var (expected, actual) = (Run(2, precision, LossScale.Dynamic(), Reference), Run(2, precision, LossScale.Dynamic()));
            foreach (var (path, value) in expected.Weights) Assert.All(Values.Elements(value).Zip(Values.Elements(actual.Weights[path])), v => Assert.Equal(v.Item1, v.Item2, 2e-2));
            Same(expected.Scale, actual.Scale);
        }
    }

    /// <summary>LeNet on drawn digits learns in 16 bits what it learns in 32.</summary>
    [Fact]
    public void A_network_learns_in_mixed_precision_about_as_well()
    {
        var leNet = Conv2d(8, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(16, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(64) >> Relu >> Dense(10);
        var data = SyntheticDigits.Make(320, key: 5);
        double Loss(Precision precision, LossScale? scale)
        {
            var training = new Training(new Cpu(2), leNet, Optimizers.Adam(Schedules.Constant(2e-3)), seed: 1, precision: precision, lossScale: scale);
            var (state, losses) = (training.Start([1, 28, 28]), new List<double>());
            for (var epoch = 0; epoch < 6; epoch++)
                foreach (var batch in data.Batches(32))
                {
                    (state, var loss, _) = training.Step(state, batch);
                    losses.Add(loss);
                }
            return losses[^10..].Average();
        }
        var full = Loss(Precision.Full, null);
        Assert.InRange(full, 0, 0.6);
        foreach (var (precision, scale) in new[] { (Precision.BF16, null), (Precision.F16, LossScale.Dynamic()) })
            Assert.InRange(Loss(precision, scale), full - 0.1, full + 0.1);
    }
}
