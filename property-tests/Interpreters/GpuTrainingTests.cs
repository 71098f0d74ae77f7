using System.Collections.Immutable;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using Functional.Nn;
using Functional.Nn.Data;
using Xunit;
using static Functional.Nn.Layers;

namespace PropertyTests.Interpreters;

/// <summary>
/// LeNet learns on a device as it does on the processor: with momentum, whose steps are as exact as gradients are. Adam divides each by its own size,
/// so that where a gradient is nothing but rounding its step is as long as any other. And without Winograd's convolutions: windows that see the same
/// give the same number only where sums are in one order, and what is but rounding then decides which of them a pooling takes.
/// </summary>
[Collection(OpenDevices.Name)]
public sealed class GpuTrainingTests(OpenDevices devices)
{
    [Theory]
    [On(DeviceKind.OpenCL)]
    public void The_loss_of_each_of_the_first_hundred_steps_is_the_processor_s(DeviceKind kind)
    {
        var digits = SyntheticDigits.Make(100 * 32, key: 1);
        var (expected, actual) = (Losses(new Cpu(winograd: false), digits), Losses(devices[kind], digits));
        Assert.Equal(100, expected.Length);
        Assert.InRange(expected[^1], 0, expected[0] / 2);
        for (var i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-3, $"step {i}: {expected[i]} on the processor, {actual[i]} on {kind}");
    }

    /// <summary>
    /// Where a device's convolutions sum in another order, as those of GPUs do, what is but rounding grows from step to step. From each of the processor's
    /// states a step does on the device what it does there: to the loss, and to each weight.
    /// </summary>
    [Theory]
    [On(DeviceKind.Cuda)]
    public void Steps_from_the_processor_s_states_are_its_own(DeviceKind kind)
    {
        var digits = SyntheticDigits.Make(10 * 32, key: 1);
        var (there, here) = (Training(devices[kind]), Training(new Cpu(winograd: false)));
        var state = here.Start(digits.Images.Shape[1..]);
        foreach (var (step, batch) in digits.Batches(32).Index())
        {
            var before = state.Weights.Select(w => (w.Key, Values: w.Value.ToArray<float>())).ToList();
            var (moved, loss, _) = there.Step(state with { Weights = state.Weights.Map(Copy), Optimizer = state.Optimizer.Map(Copy) }, batch);
            (state, var expected, _) = here.Step(state, batch);
            Assert.True(Math.Abs(loss - expected) <= 1e-5 * expected, $"step {step}: {expected} on the processor, {loss} on {kind}");
            foreach (var (name, start) in before)
            {
                var (actual, wanted) = (moved.Weights[name].ToArray<float>(), state.Weights[name].ToArray<float>());
                var (apart, all) = (0.0, 0.0);
                for (var i = 0; i < start.Length; i++) (apart, all) = (apart + Math.Pow(actual[i] - wanted[i], 2), all + Math.Pow(wanted[i] - start[i], 2));
                Assert.True(apart <= 1e-6 * all, $"step {step}: {name} moves {Math.Sqrt(apart / all)} of what it moves on the processor elsewhere");
            }
        }
    }

    private static Tensor Copy(Tensor x) => Tensor.Of<float>(x.Shape, x.ToArray<float>());

    private static Training Training(IInterpreter interpreter)
    {
        var leNet = Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);
        return new(interpreter, leNet, Optimizers.Momentum(Schedules.Constant(1e-2)), seed: 1);
    }

    private static ImmutableArray<double> Losses(IInterpreter interpreter, Dataset data)
    {
        var training = Training(interpreter);
        var (state, losses) = (training.Start(data.Images.Shape[1..]), ImmutableArray.CreateBuilder<double>());
        foreach (var batch in data.Batches(32))
        {
            (state, var loss, _) = training.Step(state, batch);
            losses.Add(loss);
        }
        return losses.ToImmutable();
    }
}
