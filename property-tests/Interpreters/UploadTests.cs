using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Nn;
using Functional.Nn.Data;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Tensors put on a device while it runs.</summary>
[Collection(OpenDevices.Name)]
public sealed class UploadTests(OpenDevices devices)
{
    private static Gpu Debug() => Gpu.Open(DeviceKind.Debug).IfFail(e => throw e);

    private static Tensor Full(int length, double value) => Tensor.Full(TensorType.F32(length), value);

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void What_is_put_is_on_the_device_and_the_same(DeviceKind kind)
    {
        foreach (var length in (int[])[0, 1, 7, 100, 3, 50_000, (4 << 20) + 3, (8 << 20) + 1])
        {
            var (gpu, value) = (devices[kind], Tensor.Of<int>([.. Enumerable.Range(0, length)]));
            var (waits, there) = (gpu.HostWaits, gpu.Put(value));
            Assert.IsType<DeviceStorage>(there.Storage);
            Assert.Same(there, gpu.Put(there));
            Assert.Equal(waits, gpu.HostWaits);
            Assert.Equal(value, there);
            Assert.Equal(value, new Reference().Put(value));
        }
    }

    [Fact]
    public void Memory_that_is_let_go_of_is_put_to_again()
    {
        using var gpu = Debug();
        for (var i = 0; i < 100; i++)
        {
            var (there, other) = (gpu.Put(Full(1000, i)), gpu.Put(Full(10 * (i % 20) + 200, -i)));
            Assert.Equal((i, -i), (there[999], other[0]));
            there.Delete();
            other.Delete();
        }
        Assert.InRange(gpu.ObtainedBytes, 4096, 40_000);
        var last = gpu.Put(Full(1, 1));
        gpu.Dispose();
        last.Delete();
    }

    /// <summary>The sums are queued and read much later than what they add up is let go of and written again.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void What_is_queued_reads_what_was_there_when_it_was_queued(DeviceKind kind)
    {
        const int rounds = 20, runs = 10;
        var (gpu, length) = (devices[kind], kind == DeviceKind.Debug ? 1000 : 100_000);
        var program = gpu.Compile(Function.Trace(p => [sum(p[0] * cumulativeSum(p[0], 0))], ("x", TensorType.I64(length))));
        var sums = new List<Tensor>();
        for (var i = 0; i < rounds; i++)
        {
            var there = gpu.Put(Tensor.Full(TensorType.I64(length), i));
            for (var run = 0; run < runs; run++) sums.Add(program.Run(there)[0]);
            there.Delete();
        }
        for (var i = 0; i < sums.Count; i++) Assert.Equal(i / runs * (i / runs) * (length * (length + 1L) / 2), sums[i].Value);
    }

    [Fact]
    public void Training_waits_only_to_read_its_losses()
    {
        using var gpu = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        var digits = SyntheticDigits.Make(5 * 4, key: 1);
        var training = new Training(gpu, Flatten >> Dense(10), Optimizers.Adam(Schedules.Constant(1e-2)), seed: 1);
        var state = training.Epoch(training.Start(digits.Images.Shape[1..]), digits, batchSize: 4);
        var before = gpu.HostWaits;
        state = training.Epoch(state, digits, batchSize: 4);
        Assert.Equal(10, state.Step);
        Assert.Equal(2 * 5, gpu.HostWaits - before);
    }
}
