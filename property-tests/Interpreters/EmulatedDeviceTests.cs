using Functional;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using ILGPU.Runtime;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>What an emulated device finds that another may not: kernels that must not be. A device that is none is left alone.</summary>
[Collection(OpenDevices.Name)]
public sealed class EmulatedDeviceTests
{
    private static readonly Value Thread = KernelBuilder.Thread;

    private static string? Failure(DeviceKind kind, Action<KernelBuilder, Memory, SharedArray> body)
    {
        using var gpu = Gpu.Open(kind).IfFail(e => throw e);
        if (!gpu.Device.Contains("emulated", StringComparison.Ordinal)) return null;
        var k = new KernelBuilder("wrong");
        var (x, shared) = (k.Argument(DType.I32), k.Shared(DType.I32, 64));
        body(k, x, shared);
        var code = k.Build(2, 64);
        var memory = gpu.Accelerator.Allocate1D<byte>(64 * 2 * sizeof(int));
        gpu.Queue(stream =>
        {
            memory.MemSetToZero(stream);
            gpu.Launch(gpu.Kernels.Of(code), stream, [memory.View.BaseView]);
        });
        return Record.Exception(gpu.Synchronize) is DeviceException e ? e.Message : "";
    }

    [Theory]
    [On(DeviceKind.Cuda)]
    public void Kernels_that_must_not_be_fail_and_say_where(DeviceKind kind)
    {
        void Fails(string because, Action<KernelBuilder, Memory, SharedArray> body)
        {
            if (Failure(kind, body) is { } message) Assert.Matches(because, message);
        }
        Fails("^$", (k, x, shared) =>
        {
            k.Put(shared, Thread, Thread);
            k.Meet();
            k.Put(x, Thread + (KernelBuilder.Group * 64), shared[Thread ^ 33]);
        });
        Fails(@"thread \d+ of group \d (reads|writes) shared bytes \d+ where thread \d+ has been since all met", (k, x, shared) =>
        {
            k.Put(shared, Thread, Thread);
            k.Put(x, Thread + (KernelBuilder.Group * 64), shared[Thread ^ 33]);
        });
        Fails(@"thread \d+ of group \d writes shared bytes \d+ where thread 0 has been since all met", (k, _, shared) => k.Put(shared, Thread * 0, Thread));
        Fails("thread 0 of group 1 writes 4 bytes at [0-9a-f]+, where there is no memory", (k, x, _) => k.Put(x, Thread + (KernelBuilder.Group * 1_000_000), Thread));
        Fails(@"thread 1 of group . accesses 4 bytes at \d+ of \d+ shared bytes", (k, x, shared) => k.Put(x, Thread + (KernelBuilder.Group * 64), shared[k.Let(Thread * 64)]));
        Fails("waits where others of its warp do not", (k, _, _) => k.If(Thread < 5, k.Meet));
        Fails("wait for others that have come to their end", (k, _, _) => k.If(Thread < 32, k.Meet));
    }

    /// <summary>A context that a kernel has broken goes with the device; another works.</summary>
    [Theory]
    [On(DeviceKind.Cuda)]
    public void After_a_failure_the_device_can_be_opened_again(DeviceKind kind)
    {
        if (Failure(kind, (k, x, _) => k.Put(x, Thread + 1_000_000, Thread)) is not { } message) return;
        Assert.Contains("where there is no memory", message);
        using var gpu = Gpu.Open(kind).IfFail(e => throw e);
        Assert.Equal(6, gpu.Compile(Function.Trace(p => [Prelude.sum(p[0])], ("x", TensorType.I32(3)))).Run(Functional.Interpreter.Tensor.Of(1, 2, 3))[0].Value);
    }
}
