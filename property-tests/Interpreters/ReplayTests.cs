using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Nn;
using Functional.Nn.Data;
using ILGPU;
using ILGPU.Runtime;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Runs taken down and done again. Where there is no driver of CUDA's something else takes down, and sees whether it still holds.</summary>
[Collection(OpenDevices.Name)]
public sealed class ReplayTests
{
    /// <summary>Does launches when they are wanted, and sees whether each time they are the same kernels with the same memory.</summary>
    private sealed class Recording(Gpu gpu) : ICapturing
    {
        public int Captured { get; private set; }

        public int Launched { get; private set; }

        public int Retired { get; private set; }

        public bool Refuses { get; init; }

        public ICaptured? Capture(AcceleratorStream stream, Action launches)
        {
            Captured++;
            return Refuses ? null : new Recorded(this, launches);
        }

        public void Retire(ICaptured captured) => Retired++;

        private ImmutableArray<(KernelCode Code, ValueArray<long> Memory)> Seen(Action launches)
        {
            var seen = ImmutableArray.CreateBuilder<(KernelCode, ValueArray<long>)>();
            void See(KernelCode code, ReadOnlySpan<ArrayView<byte>> memory)
            {
                var places = new List<long>();
                foreach (var view in memory) places.Add(view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr());
                seen.Add((code, [.. places]));
            }
            gpu.Launching += See;
            launches();
            gpu.Launching -= See;
            return seen.ToImmutable();
        }

        private sealed class Recorded(Recording owner, Action launches) : ICaptured
        {
            private ImmutableArray<(KernelCode, ValueArray<long>)> first;

            public void Launch(AcceleratorStream stream)
            {
                owner.Launched++;
                var now = owner.Seen(launches);
                if (first.IsDefault) first = now;
                Assert.Equal(first.AsEnumerable(), now);
            }
        }
    }

    private static (Gpu Gpu, Recording Recording) Open(bool refuses = false)
    {
        var gpu = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        var recording = new Recording(gpu) { Refuses = refuses };
        gpu.Capturing = recording;
        return (gpu, recording);
    }

    private static readonly Function Step = Function.Trace(
        p => [p[0] * 2 + p[1], sum(p[0]), scan<Expr, Expr, Expr>((c, x) => (c + x, c * x), constant(1, DType.I32), p[1]).Ys],
        ("w", TensorType.I32(6)), ("x", TensorType.I32(6)));

    /// <summary>A state that changes in place, inputs in three places in turn, results kept and dropped.</summary>
    [Fact]
    public void Runs_are_captured_where_their_memory_comes_again_and_are_the_same()
    {
        var (gpu, recording) = Open();
        using var _ = gpu;
        var step = gpu.Compile(Step, [0]);
        var plain = new Reference().Compile(Step);
        ImmutableArray<Tensor> inputs = [.. Enumerable.Range(0, 3).Select(i => gpu.Put(Tensor.Of(i, i + 1, 2, 3, 4, 5)))];
        var (state, expected, kept) = (gpu.Put(Tensor.Of(1, 2, 3, 4, 5, 6)), Tensor.Of(1, 2, 3, 4, 5, 6), new List<(Tensor Expected, Tensor Actual)>());
        for (var i = 0; i < 12; i++)
        {
            var (wanted, results) = (plain.Run(expected, inputs[i % 3]), step.Run(state, inputs[i % 3]));
            (expected, state) = (wanted[0], results[0]);
            kept.Add((wanted[1], results[1]));
            kept.Add((wanted[2], results[2]));
        }
        Assert.All(kept.Append((expected, state)), pair => Assert.Equal(pair.Item1, pair.Item2));
        Assert.Equal((1, 10), (recording.Captured, recording.Launched));
    }

    [Fact]
    public void Where_nothing_can_be_captured_runs_go_on_as_ever()
    {
        var (gpu, recording) = Open(refuses: true);
        using var _ = gpu;
        var (step, x) = (gpu.Compile(Step), gpu.Put(Tensor.Of(1, 2, 3, 4, 5, 6)));
        for (var i = 0; i < 4; i++) Assert.Equal(new Reference().Compile(Step).Run(x, x).AsEnumerable(), step.Run(x, x));
        Assert.Equal((1, 0), (recording.Captured, recording.Launched));
    }

    /// <summary>A state that is donated stays where it is, wherever that is.</summary>
    [Fact]
    public void Only_so_many_places_are_kept()
    {
        var (gpu, recording) = Open();
        using var _ = gpu;
        var (step, plain, x) = (gpu.Compile(Step, [0]), new Reference().Compile(Step), gpu.Put(Tensor.Of(1, 2, 3, 4, 5, 6)));
        foreach (var start in Enumerable.Range(0, 9).Select(i => (Expected: Tensor.Of(i, 1, 2, 3, 4, 5), Actual: gpu.Put(Tensor.Of(i, 1, 2, 3, 4, 5)))).ToList())
        {
            var (expected, state) = start;
            for (var i = 0; i < 3; i++) (expected, state) = (plain.Run(expected, x)[0], step.Run(state, x)[0]);
            Assert.Equal(expected, state);
        }
        Assert.Equal((9, 18, 8), (recording.Captured, recording.Launched, recording.Retired));
    }

    /// <summary>Small inputs may come from anywhere, and are what they were when the run was queued.</summary>
    [Fact]
    public void Small_inputs_from_many_places_are_read_from_one()
    {
        var (gpu, recording) = Open();
        using var _ = gpu;
        var (step, w) = (gpu.Compile(Step), gpu.Put(Tensor.Of(1, 2, 3, 4, 5, 6)));
        foreach (var x in Enumerable.Range(0, 20).Select(i => gpu.Put(Tensor.Of(i, 1, 2, 3, 4, 5))).ToList())
            Assert.Equal(new Reference().Compile(Step).Run(w, x).AsEnumerable(), step.Run(w, x));
        Assert.Equal((1, 18), (recording.Captured, recording.Launched));
    }

    [Fact]
    public void What_asks_how_to_go_on_is_not_captured()
    {
        var (gpu, recording) = Open();
        using var _ = gpu;
        var branches = gpu.Compile(Function.Trace(p => [cond<Expr, Expr>(greater(p[0], 3), x => x + 1, x => x * 2, p[0])], ("x", TensorType.I32())));
        for (var i = 0; i < 6; i++) Assert.Equal(i > 3 ? i + 1 : 2 * i, branches.Run(gpu.Put(Tensor.Scalar(i)))[0].Value);
        Assert.Equal(0, recording.Captured);
    }

    /// <summary>An epoch whose batches are put ahead: almost all its steps are replayed, and the weights are those without.</summary>
    [Fact]
    public void Training_steps_are_replayed()
    {
        var (gpu, recording) = Open();
        using var _ = gpu;
        var replayed = Trained(gpu);
        using var other = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        Assert.Equal(Trained(other), replayed);
        Assert.InRange(recording.Launched, 20, 40);
        Assert.InRange(recording.Captured, 1, 8);
    }

    /// <summary>Counts what a device's own graphs do.</summary>
    private sealed class Counting(ICapturing graphs) : ICapturing
    {
        public int Captured { get; private set; }

        public int Launched { get; private set; }

        public ICaptured? Capture(AcceleratorStream stream, Action launches)
        {
            if (graphs.Capture(stream, launches) is not { } captured) return null;
            Captured++;
            return new Counted(this, captured);
        }

        public void Retire(ICaptured captured) => graphs.Retire(((Counted)captured).Graph);

        private sealed class Counted(Counting owner, ICaptured graph) : ICaptured
        {
            public ICaptured Graph => graph;

            public void Launch(AcceleratorStream stream)
            {
                owner.Launched++;
                graph.Launch(stream);
            }
        }
    }

    [Theory]
    [On(DeviceKind.Cuda)]
    public void A_device_s_graphs_give_what_its_launches_give(DeviceKind kind)
    {
        using var gpu = Gpu.Open(kind).IfFail(e => throw e);
        var counting = new Counting(gpu.Capturing!);
        gpu.Capturing = counting;
        var replayed = Trained(gpu);
        using var plain = Gpu.Open(kind).IfFail(e => throw e);
        plain.Capturing = null;
        Assert.Equal(Trained(plain), replayed);
        Assert.InRange(counting.Launched, 20, 40);
        Assert.InRange(counting.Captured, 1, 8);
    }

    /// <summary>Graphs that are still there when nobody holds their device any longer are finalized with it, in any order.</summary>
    [Theory]
    [On(DeviceKind.Cuda)]
    public void Devices_that_are_dropped_with_their_graphs_end_quietly(DeviceKind kind)
    {
        for (var i = 0; i < 5; i++) Drop();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Drop()
        {
            using var gpu = Gpu.Open(kind).IfFail(e => throw e);
            var (step, w) = (gpu.Compile(Step), gpu.Put(Tensor.Of(1, 2, 3, 4, 5, 6)));
            for (var i = 0; i < 3; i++) Assert.Equal(new Reference().Compile(Step).Run(w, w).AsEnumerable(), step.Run(w, w));
        }
    }

    private static IEnumerable<Tensor> Trained(IInterpreter interpreter)
    {
        var digits = SyntheticDigits.Make(40 * 2, key: 1);
        var training = new Training(interpreter, Flatten >> Dense(10), Optimizers.Momentum(Schedules.Constant(1e-2)), seed: 1);
        return training.Epoch(training.Start(digits.Images.Shape[1..]), digits, batchSize: 2).Weights.Values;
    }
}
