using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using Functional.Nn;
using Functional.Nn.Data;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Nn.Optimizers;

namespace PropertyTests.Interpreters;

/// <summary>Whole training steps, from state to state in place, by kernels as data, which are searched for races: of every optimizer, and of every kind of layer.</summary>
[Collection(OpenDevices.Name)]
public sealed class CheckedTrainingTests(OpenDevices devices)
{
    private static readonly Schedule Rate = Schedules.WarmUp(Schedules.Cosine(1e-2, 10), 2);

    private static Layer Small => Flatten >> Dense(12) >> Tanh >> Dense(10);

    public static TheoryData<string, Layer, Optimizer, Precision, LossScale?> Trainings => new()
    {
        { "SGD", Small, ClipByGlobalNorm(0.5) >> Sgd(Rate), Precision.Full, null },
        { "momentum", Small, Momentum(Rate, nesterov: true), Precision.Full, null },
        { "Adam", Small, Adam(Rate), Precision.Full, null },
        { "AdamW", Small, ClipByValue(1) >> AdamW(Schedules.Step(1e-2, 0.5, 2)), Precision.Full, null },
        { "RMSProp", Small, RmsProp(Rate), Precision.Full, null },
        { "Adagrad", Small, Adagrad(Rate), Precision.Full, null },
        { "Adam of bf16", Small, Adam(Rate), Precision.BF16, null },
        { "Adam of f16, scaled", Small, Adam(Rate), Precision.F16, LossScale.Dynamic(256, interval: 1) },
        { "convolutions", Conv2d(4, kernel: 5, stride: 3) >> BatchNorm() >> Relu >> MaxPool(2) >> Residual(Conv2d(4, kernel: 3, padding: Padding.Same, groups: 2) >> Silu) >> AvgPool(2) >> Flatten >> Dense(10), Momentum(Rate), Precision.Full, null },
        { "norms and dropout", Flatten >> Dense(24) >> LayerNorm() >> Gelu >> Dropout(0.25) >> Checkpointed(Dense(24) >> Sigmoid) >> LeakyRelu() >> Dense(10), Adam(Rate), Precision.Full, null },
        { "LSTM", Lambda("lines", x => Prelude.reshape(x, Shape.Of([x.Shape[0], 28, 28]))) >> Recurrent.Lstm(6) >> Recurrent.Last >> Dense(10), Adam(Rate), Precision.Full, null },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Steps_have_no_races_and_are_the_processor_s(string name, Layer model, Optimizer optimizer, Precision precision, LossScale? scale)
    {
        var digits = SyntheticDigits.Make(3 * 4, key: 1);
        var (expected, actual) = (Trained(new Cpu(2)), Trained(devices[DeviceKind.Checked]));
        foreach (var ((path, e), (_, a)) in expected.Weights.Concat(expected.Layers).Zip(actual.Weights.Concat(actual.Layers)))
            for (var i = 0; i < e.Shape.Size; i++) Assert.True(Math.Abs(e[i] - a[i]) <= 2e-3 * (1 + Math.Abs(e[i])), $"{name}: {path} at {i} is {e[i]} on the processor and {a[i]} by kernels as data");

        TrainState Trained(IInterpreter interpreter)
        {
            var training = new Training(interpreter, model, optimizer, seed: 1, weightDecay: 1e-3, smoothing: 0.1, precision, scale);
            return training.Epoch(training.Start(digits.Images.Shape[1..]), digits, batchSize: 4);
        }
    }
}
