using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>Queues what fills buffers from others.</summary>
internal delegate void Launch(Frame frame);

/// <summary>A plan with its kernels: a whole program, or what a control op owns.</summary>
internal sealed class Routine : IRoutine<Frame>
{
    private readonly ImmutableArray<Launch> launches;

    public Routine(Plan plan, Gpu gpu)
    {
        (Plan, Gpu) = (plan, gpu);
        Constants = [.. plan.Constants.Select(c => OnDevice(Tensor.Of(c)))];
        var controls = ImmutableArray.CreateBuilder<(int Scratch, ImmutableArray<Routine> Bodies)>();
        launches = [.. plan.Steps.Select(step =>
        {
            if (step.Node.Op is not Control op) return KernelOf.Step(plan, step, gpu);
            controls.Add((step.Scratch, [.. step.Bodies.Select(b => new Routine(b, gpu))]));
            return new Launch(ControlFlow<Frame, ArrayView<byte>>.Of(plan, step, op, controls.Count - 1, controls[^1].Bodies.CastArray<IRoutine<Frame>>()));
        })];
        Controls = controls.ToImmutable();
    }

    public Plan Plan { get; }

    public Gpu Gpu { get; }

    /// <summary>The constants that kernels read, on the device.</summary>
    public ImmutableArray<DeviceStorage> Constants { get; }

    /// <summary>For each step of a control op, its scratch buffer and what it owns.</summary>
    public ImmutableArray<(int Scratch, ImmutableArray<Routine> Bodies)> Controls { get; }

    /// <summary>Its kernels keep nothing.</summary>
    public void Prepare(Frame frame) { }

    public void Run(Frame frame)
    {
        for (var step = 0; step < launches.Length; step++)
        {
            frame.Ending.By.ThrowIfCancellationRequested();
            Run(frame, step, wait: false);
        }
    }

    /// <summary>Runs, waits for each step, and writes down how long it took.</summary>
    public void Run(Frame frame, Span<TimeSpan> times)
    {
        frame.Stream.Synchronize();
        for (var step = 0; step < launches.Length; step++)
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            Run(frame, step, wait: true);
            times[step] = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        }
    }

    private void Run(Frame frame, int step, bool wait)
    {
        try
        {
            launches[step](frame);
            if (wait) frame.Stream.Synchronize();
        }
        catch (Exception e) when (e is AcceleratorException or KernelFault)
        {
            throw DeviceException.Of(Gpu, Plan.Steps[step].Node, e);
        }
    }

    private DeviceStorage OnDevice(Tensor value)
    {
        var storage = new DeviceStorage(Gpu, value.Type.Bytes);
        Gpu.Queue(stream => Gpu.Upload(stream, value.Storage.ToHost(), storage.View));
        return storage;
    }
}

/// <summary>Where a routine's buffers are, over one arena, and the frames of the routines that its control ops own, within it.</summary>
internal sealed class Frame : IFrame<Frame, ArrayView<byte>>
{
    private readonly Gpu gpu;
    private readonly ArrayView<byte>[] memory;
    private readonly int[] outside;

    public Frame(Routine routine, ArrayView<byte> arena, AcceleratorStream stream, Ending? ending = null)
    {
        (gpu, Stream, Ending) = (routine.Gpu, stream, ending ?? new());
        memory = new ArrayView<byte>[routine.Plan.Buffers.Length];
        outside = [.. Enumerable.Range(0, memory.Length).Where(i => routine.Plan.Buffers[i].Kind is BufferKind.Input or BufferKind.Output)];
        for (var i = 0; i < memory.Length; i++)
        {
            var buffer = routine.Plan.Buffers[i];
            if (buffer.Kind == BufferKind.Constant) memory[i] = routine.Constants[buffer.Index].View;
            if (buffer.Kind == BufferKind.Arena) memory[i] = arena.SubView(buffer.Offset, buffer.Bytes);
        }
        Bodies = [.. routine.Controls.Select(c => c.Bodies.Select(body => new Frame(body, c.Scratch < 0 ? default : this[c.Scratch], stream, Ending)).ToArray())];
    }

    public AcceleratorStream Stream { get; }

    /// <summary>Where what a run is given and gives lies.</summary>
    public ValueArray<long> Places => [.. outside.Select(i => memory[i].Length == 0 ? 0 : memory[i].LoadEffectiveAddressAsPtr())];

    /// <summary>What may end the run, for this frame and those within it.</summary>
    public Ending Ending { get; }

    /// <summary>The frames of what each control op owns.</summary>
    public Frame[][] Bodies { get; }

    /// <summary>Where a buffer is. Parameters come first.</summary>
    public ArrayView<byte> this[int buffer]
    {
        get => memory[buffer];
        set => memory[buffer] = value;
    }

    public Frame Body(int control, int body) => Bodies[control][body];

    public ArrayView<byte> Part(ArrayView<byte> place, long from, long bytes) => place.SubView(from, bytes);

    /// <summary>OpenCL refuses copies of a place to itself.</summary>
    public void Copy(ArrayView<byte> from, ArrayView<byte> to, long bytes)
    {
        if (bytes > 0 && PlaceOf(from) != PlaceOf(to)) from.SubView(0, bytes).CopyTo(Stream, to.SubView(0, bytes));
    }

    private static (MemoryBuffer Buffer, long Start) PlaceOf<TView>(TView view) where TView : struct, IContiguousArrayView => (view.Buffer, view.IndexInBytes);

    public int Read(ArrayView<byte> place, int bytes)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        number.Clear();
        gpu.Read(Stream, place, number[..bytes]);
        return BitConverter.ToInt32(number);
    }
}
