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
        string Printed(Layer layer) => $"{layer.Init(7, input)} {StructuralHash.Of(layer.Apply(layer.Init(7, input), variable("x", input)))}";
        Assert.Equal(Printed((a >> b) >> c), Printed(a >> (b >> c)));
        Assert.Equal(Printed(a), Printed(Layer.Identity >> a >> Layer.Identity));
    }

    [Fact]
    public void A_named_layer_keeps_its_initial_weights_when_others_are_added()
    {
        var (reference, input) = (new Reference(), TensorType.F32(1, 6));
        Tensor Weight(Layer layer) => reference.Eval(layer.Init(1, input)["head/weight"]);
        Assert.Equal(Weight(Dense(3).Named("head")), Weight(Dense(6) >> Relu >> Dense(3).Named("head")));
    }
}
