using System.Runtime.CompilerServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using ILGPU.Runtime;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Memory of a device: lent, used again, limited, and what is said where it is too little.</summary>
[Collection(nameof(AloneWithTheCollector))]
public sealed class DeviceMemoryTests
{
    private const long Limit = 64 << 20;
    private const int Length = 20_000;
    private const int Bytes = Length * sizeof(float);

    private static Gpu Open(long? memory = Limit) => Gpu.Open(DeviceKind.Debug, memory).IfFail(e => throw e);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Lend(Gpu gpu, int times, long bytes = Bytes)
    {
        for (var i = 0; i < times; i++) _ = new DeviceStorage(gpu, bytes);
    }

    [Fact]
    public void What_nothing_refers_to_and_what_is_given_back_is_lent_again()
    {
        using var gpu = Open();
        Lend(gpu, 8);
        Collect();
        Assert.Equal(0, gpu.UsedBytes);
        Assert.InRange(gpu.ObtainedBytes, 8 * Bytes, 9 * Bytes);
        var held = gpu.ObtainedBytes;
        Lend(gpu, 8);
        Assert.Equal(held, gpu.ObtainedBytes);
        var storage = new DeviceStorage(gpu, 100);
        var used = gpu.UsedBytes;
        storage.GiveBack();
        storage.GiveBack();
        Assert.Equal(used - 256, gpu.UsedBytes);
    }

    [Fact]
    public void Garbage_is_looked_for_when_much_has_been_obtained()
    {
        using var gpu = Open(1L << 30);
        Lend(gpu, 1, 60 << 20);
        Assert.True(gpu.Memory.Prepare(0));
        Assert.False(gpu.Memory.IsDue);
        Lend(gpu, 1, 8 << 20);
        Assert.True(gpu.Memory.IsDue);
        Assert.True(gpu.Memory.Prepare(0));
        Assert.False(gpu.Memory.IsDue);
    }

    /// <summary>What waits in other sizes is given back to the driver, what nothing refers to is found, and what is held stays.</summary>
    [Fact]
    public void All_memory_can_be_had_in_any_size_and_no_more()
    {
        using var gpu = Open();
        var held = new DeviceStorage(gpu, 1 << 20);
        Lend(gpu, 40, 1 << 20);
        Assert.Equal(32 << 20, new DeviceStorage(gpu, 32 << 20).Bytes);
        Assert.InRange(gpu.ObtainedBytes, 33 << 20, Limit);
        var error = Assert.Throws<InsufficientMemoryException>(() => new DeviceStorage(gpu, Limit));
        Assert.Contains("64.0 MiB", error.Message, StringComparison.Ordinal);
        GC.KeepAlive(held);
    }

    /// <summary>A finalizer that waits for the device, as a caller's may.</summary>
    private sealed class Waiting(Gpu gpu)
    {
        ~Waiting() => gpu.Synchronize();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Gpu gpu) => _ = new Waiting(gpu);

    [Fact]
    public void A_finalizer_that_waits_for_the_device_hinders_no_run()
    {
        using var gpu = Open();
        gpu.Queue(_ =>
        {
            Drop(gpu);
            Assert.Throws<InsufficientMemoryException>(() => new DeviceStorage(gpu, 2 * Limit));
        });
        Collect();
    }

    private static Tensor Full(float value) => Tensor.Full(TensorType.F32(Length), value);

    [Fact]
    public void A_program_that_takes_more_than_is_allowed_is_refused_with_what_fills_it()
    {
        var program = Function.Trace(p => [matmul(exp(p[0]), transpose(sin(p[0])))], ("x", TensorType.F32(1000, 500)));
        using var gpu = Open(1 << 20);
        var error = Assert.Throws<InsufficientMemoryException>(() => gpu.Compile(program));
        Assert.Contains("more than the 1.0 MiB allowed", error.Message, StringComparison.Ordinal);
        Assert.Contains("f32[1000,500]", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Too little is left beside what is held: no kernel is launched, the message says what there is, and when it is let go of the program runs.</summary>
    [Fact]
    public void A_run_that_finds_too_little_says_so_before_it_begins()
    {
        using var gpu = Open(1 << 20);
        var program = gpu.Compile(Function.Trace(p => [p[0] + 1], ("x", TensorType.F32(Length))));
        var launches = 0;
        gpu.Launching += (_, _) => launches++;
        var held = Enumerable.Range(0, 12).Select(_ => new DeviceStorage(gpu, Bytes)).ToArray();
        var error = Assert.Throws<InsufficientMemoryException>(() => program.Run(Full(1)));
        Assert.Contains("the program's peak is 78.1 KiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("for inputs that are not on the device", error.Message, StringComparison.Ordinal);
        Assert.Contains("are free, in step 1 of 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, launches);
        foreach (var storage in held) storage.GiveBack();
        Assert.Equal(2, program.Run(Full(1))[0][5]);
        Assert.Equal(1, launches);
    }

    private sealed class Timeout() : AcceleratorException("the launch timed out and was terminated")
    {
        public override AcceleratorType AcceleratorType => AcceleratorType.CPU;
    }

    [Fact]
    public void A_failed_run_says_where_and_leaves_what_was_read_and_all_that_runs_next()
    {
        using var gpu = Open();
        var type = TensorType.F32(8);
        Tensor Full(float value) => Tensor.Full(type, value);
        var step = Function.Trace(p => [cumulativeSum(p[0] * 0, 0) + p[0] + 1], ("x", type));
        var program = gpu.Compile(step, [0]);
        var fails = false;
        gpu.Launching += (code, _) =>
        {
            if (fails && code.Name == "cumulativeSum") throw new Timeout();
        };
        var (read, unread, host) = (program.Run(Full(1))[0], program.Run(Full(5))[0], Full(7));
        Assert.Equal(2, read[3]);
        fails = true;
        var error = Assert.Throws<DeviceException>(() => program.Run(read));
        Assert.Contains("fails at", error.Message, StringComparison.Ordinal);
        Assert.Contains("cumulativeSum", error.Message, StringComparison.Ordinal);
        Assert.Throws<DeviceException>(() => program.Run(unread));
        Assert.Throws<DeviceException>(() => program.Run(host));
        fails = false;
        Assert.Equal((2, 7), (read[3], host[3]));
        Assert.Contains("had not been read", Assert.Throws<InvalidOperationException>(() => unread[3]).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => program.Run(unread));
        Assert.Equal(3, program.Run(read)[0][3]);
        Assert.Equal(8, program.Run(host)[0][3]);
        Assert.Equal(6, gpu.Compile(Function.Trace(p => [p[0] + 1], ("x", type))).Run(Full(5))[0][0]);
    }

    /// <summary>A training step of a scan, from state to state.</summary>
    private static Function TrainingStep() => Function.Trace(
        p =>
        {
            var loss = (Expr w) => sum(scan<Expr, Expr, Expr>((h, x) => (tanh(matmul(h, w) + x), h), p[1], p[2]).Carry);
            return [p[0] - grad(loss)(p[0]) * 0.01f, p[1] + 1, p[2] * 0.5f];
        },
        ("w", TensorType.F32(4, 4)), ("h", TensorType.F32(2, 4)), ("xs", TensorType.F32(3, 2, 4)));

    private static Tensor[] State() => [.. TrainingStep().Parameters.Select((p, i) => OpExamples.Small(p.Type, new Random(i)))];

    [Fact]
    public void A_training_step_with_a_scan_never_waits()
    {
        using var gpu = Open();
        var step = gpu.Compile(TrainingStep(), [0, 1, 2]);
        var state = step.Run([.. State()]);
        var waits = gpu.HostWaits;
        for (var i = 0; i < 3; i++) state = step.Run(state);
        Assert.Equal(waits, gpu.HostWaits);
        Assert.Equal(4, state[0].Shape[0]);
        _ = state[0][0];
        Assert.Equal(waits + 1, gpu.HostWaits);
    }

    [Fact]
    public void Ten_thousand_steps_hold_no_more_memory_than_a_hundred()
    {
        using var gpu = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        var (x, data) = (variable("x", TensorType.F32(3)), variable("data", TensorType.F32(3)));
        var step = gpu.Compile(new([x, data], [x + data, x * data]), [0]);
        var state = Tensor.Of(1f, 2, 3);
        var held = new List<long>();
        for (var i = 0; i < 10_000; i++)
        {
            state = step.Run(state, Tensor.Of(1f, 0, 1))[0];
            if (i % 100 == 99) Collect();
            if (i % 100 == 99) held.Add(gpu.UsedBytes);
        }
        Assert.Equal(10_001, state[0]);
        Assert.Equal(held[0], held[^1]);
        Assert.InRange(gpu.ObtainedBytes, 1, 1 << 20);
    }
}
