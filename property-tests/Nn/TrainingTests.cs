using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Functional.Nn.Data;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

public sealed class TrainingTests
{
    private static readonly Layer Small = Conv2d(3, kernel: 5, stride: 2) >> Relu >> MaxPool(2) >> Flatten >> Dense(8) >> Relu >> Dense(10);

    private static (TrainState State, double[] Losses) Run(IInterpreter interpreter, int steps)
    {
        var training = new Training(interpreter, Small, Optimizers.ClipByGlobalNorm(1) >> Optimizers.AdamW(Schedules.WarmUp(Schedules.Constant(1e-2), 3)), seed: 1, weightDecay: 1e-4);
        var (state, losses) = (training.Start([1, 28, 28]), new double[steps]);
        var batch = SyntheticDigits.Make(12, key: 3).Batches(12).Single();
        for (var i = 0; i < steps; i++) (state, losses[i], _) = training.Step(state, batch);
        return (state, losses);
    }

    [Fact]
    public void The_cpu_trains_as_the_reference_does_though_it_overwrites_donated_state()
    {
        var (expected, actual) = (Run(new Reference(), 3).Losses, Run(new Cpu(), 3).Losses);
        for (var i = 0; i < 3; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    [Fact]
    public void The_weights_are_the_same_bits_for_any_number_of_threads()
    {
        var states = new[] { 1, 2, 3 }.Select(threads => Run(new Cpu(threads), 5).State).ToArray();
        foreach (var state in states)
            foreach (var (path, weight) in state.Weights) Assert.Equal(states[0].Weights[path], weight);
    }

    [Fact]
    public void Training_on_one_batch_lowers_the_loss() =>
        Assert.True(Run(new Cpu(), 30).Losses is var losses && losses[^1] < losses[0] / 2, string.Join(", ", losses));

    [Fact]
    public void Donated_memory_is_not_taken_from_a_tensor_that_shares_it()
    {
        var cpu = new Cpu();
        var f = Function.Trace(x => [x[0] + 1, x[1] * 2], ("a", TensorType.F32(3)), ("b", TensorType.F32(3)));
        var a = Tensor.Of(1f, 2f, 3f);
        var results = cpu.Compile(f, [0, 1]).Run(a, a.Reshape([3]));
        Assert.Equal(["2,3,4", "2,4,6"], results.Select(r => string.Join(",", r.ToArray<float>())));
        var (c, d) = (Tensor.Of(1f, 2f, 3f), Tensor.Of(1f, 2f, 3f));
        cpu.Compile(f, [0, 1]).Run(c, d);
        Assert.Contains("was donated", Assert.Throws<InvalidOperationException>(() => c.ToArray<float>()).Message);
    }

    [Fact]
    public void Composition_is_associative_and_has_an_identity()
    {
        var (a, b, c) = (Dense(3), Relu >> Dense(2), Dense(4));
        var input = TensorType.F32(2, 5);
        string Printed(Layer layer) => $"{layer.Init(7, input).Weights} {StructuralHash.Of(layer.Apply(layer.Init(7, input).Weights, variable("x", input)))}";
        Assert.Equal(Printed((a >> b) >> c), Printed(a >> (b >> c)));
        Assert.Equal(Printed(a), Printed(Layer.Identity >> a >> Layer.Identity));
    }

    [Fact]
    public void A_named_layer_keeps_its_initial_weights_when_others_are_added()
    {
        var (reference, input) = (new Reference(), TensorType.F32(1, 6));
        Tensor Weight(Layer layer) => reference.Eval(layer.Init(1, input).Weights["head/weight"]);
        Assert.Equal(Weight(Dense(3).Named("head")), Weight(Dense(6) >> Relu >> Dense(3).Named("head")));
    }

    [Fact]
    public void A_run_that_was_stopped_anywhere_and_resumed_from_its_file_ends_with_the_same_bits()
    {
        var model = Conv2d(3, kernel: 5, stride: 2) >> BatchNorm() >> Relu >> MaxPool(2) >> Dropout(0.2) >> Flatten >> Dense(10);
        var data = SyntheticDigits.Make(70, key: 3);
        Training Begun() => new(new Cpu(2), model, Optimizers.Adam(Schedules.Cosine(1e-2, 9)), seed: 5);
        var whole = Begun().Fit(Begun().Start([1, 28, 28]), data, batchSize: 32, epochs: 3);
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            for (var at = 1; at < 9; at++)
            {
                using var stop = new CancellationTokenSource();
                var steps = 0;
                var first = Begun();
                var stopped = first.Fit(first.Start([1, 28, 28]), data, 32, 3, new Counting(() => steps++, at, stop), stop.Token);
                Assert.Equal(at, stopped.Step);
                stopped.Save(file).IfFail(e => Assert.Fail(e.Message));
                var second = Begun();
                var resumed = second.Start([1, 28, 28]).Load(file).Match(s => s, e => throw new InvalidOperationException(e.Message));
                var ended = second.Fit(resumed, data, 32, 3).ToParams();
                foreach (var (path, value) in whole.ToParams()) Assert.Equal(value, ended[path]);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private sealed class Counting(Func<int> count, int at, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (count() + 1 == at) stop.Cancel();
        }
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused_and_says_where_it_differs()
    {
        TrainState Of(Layer model) => new Training(new Reference(), model, Optimizers.Sgd(Schedules.Constant(1)), 1).Start([4]);
        string Refused(Layer model, Layer other) => Of(model).Like(Of(other).ToParams()).Match(_ => "accepted", e => e.Message);
        Assert.Equal("accepted", Refused(Dense(3), Dense(3)));
        Assert.Contains("weights/dense_0/bias is f32[2], expected f32[3]", Refused(Dense(3), Dense(2)));
        Assert.Contains("lacks weights/dense_1/bias", Refused(Dense(3) >> Dense(3), Dense(3)));
        Assert.Contains("has weights/dense_1/bias, for which there is no place", Refused(Dense(3), Dense(3) >> Dense(3)));
    }

    [Fact]
    public void BatchNorm_standardises_in_training_and_uses_its_running_state_elsewhere()
    {
        var (layer, x) = (BatchNorm(momentum: 0.5, epsilon: 0), constant<double>([2, 2], 1, 10, 3, 30));
        var (weights, state) = layer.Init(1, x.Type);
        var reference = new Reference();
        var (y, next) = layer.Apply(weights, state, x, key(1));
        Assert.Equal([-1, -1, 1, 1], reference.Eval(y).ToArray<double>());
        Assert.Equal([1, 10], reference.Eval(next["batchNorm_0/mean"]).ToArray<double>());
        Assert.Equal([1, 50.5], reference.Eval(next["batchNorm_0/variance"]).ToArray<double>());
        var (z, kept) = layer.Apply(weights, next, x);
        Assert.Equal(0, reference.Eval(z)[0]);
        Assert.Equal(2, reference.Eval(z)[2]);
        Assert.Same(next, kept);
    }

    [Fact]
    public void Optimiser_composition_is_associative_and_has_an_identity()
    {
        var (a, b, c) = (Optimizers.ClipByValue(1), Optimizers.Trace(0.9), Optimizers.ScaleByAdam());
        var w = Params<Expr>.Empty.With("w", variable("w"));
        string Printed(Optimizer o) => o.Update(w, o.Init(w.Map(e => e.Type)), w, variable("t")) is var u ? $"{show([.. u.Deltas.Values, .. u.State.Values])} {string.Join(" ", u.State.Paths)}" : "";
        Assert.Equal(Printed((a >> b) >> c), Printed(a >> (b >> c)));
        Assert.Equal(Printed(b), Printed(Optimizer.Identity >> b >> Optimizer.Identity));
    }

    [Fact]
    public void Prefetching_keeps_order_and_passes_on_what_fails()
    {
        static IEnumerable<int> Numbers(int failing)
        {
            for (var i = 0; i < 20; i++) yield return i == failing ? throw new InvalidDataException("broken at 7") : i;
        }

        Assert.Equal(Enumerable.Range(0, 20), Numbers(-1).Prefetched());
        Assert.Equal([0, 1, 2], Numbers(-1).Prefetched().Take(3));
        Assert.Equal("broken at 7", Assert.Throws<InvalidDataException>(() => Numbers(7).Prefetched().ToList()).Message);
    }
}
