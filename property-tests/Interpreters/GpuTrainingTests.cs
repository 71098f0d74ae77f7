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
    [On(DeviceKind.Cuda)]
    public void The_loss_of_each_of_the_first_hundred_steps_is_the_processor_s(DeviceKind kind)
    {
        var digits = SyntheticDigits.Make(100 * 32, key: 1);
        var (expected, actual) = (Losses(new Cpu(winograd: false), digits), Losses(devices[kind], digits));
        Assert.Equal(100, expected.Length);
        Assert.InRange(expected[^1], 0, expected[0] / 2);
        for (var i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-3, $"step {i}: {expected[i]} on the processor, {actual[i]} on {kind}");
    }

    private static ImmutableArray<double> Losses(IInterpreter interpreter, Dataset data)
    {
        var leNet = Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);
        var training = new Training(interpreter, leNet, Optimizers.Momentum(Schedules.Constant(1e-2)), seed: 1);
        var (state, losses) = (training.Start(data.Images.Shape[1..]), ImmutableArray.CreateBuilder<double>());
        foreach (var batch in data.Batches(32))
        {
            (state, var loss, _) = training.Step(state, batch);
            losses.Add(loss);
        }
        return losses.ToImmutable();
    }
}
