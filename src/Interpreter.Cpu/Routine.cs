using System.Collections.Immutable;
using System.Diagnostics;
using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>Fills buffers from others.</summary>
internal delegate void Kernel(Frame frame);

/// <summary>A plan with its kernels: a whole program, or what a control op owns.</summary>
internal sealed class Routine : IRoutine<Frame>
{
    private readonly ImmutableArray<Kernel> kernels;
    private readonly ImmutableArray<Kernel> preparations;

    public Routine(Plan plan, ForkJoinPool pool, Target target)
    {
        (Plan, Pool, Target) = (plan, pool, target);
        Constants = [.. plan.Constants.Select(Tensor.Of)];
        var controls = ImmutableArray.CreateBuilder<(int Scratch, BodyMemory Memory, ImmutableArray<Routine> Bodies)>();
        kernels = [.. plan.Steps.Select(step =>
        {
            if (step.Node.Op is not Control op) return KernelOf.Step(plan, step, target);
            controls.Add((step.Scratch, BodyMemory.Of(op, step.Bodies.Items), [.. step.Bodies.Select(b => new Routine(b, pool, target))]));
            return new Kernel(ControlFlow<Frame, nint>.Of(plan, step, op, controls.Count - 1, controls[^1].Bodies.CastArray<IRoutine<Frame>>()));
        })];
        preparations = [.. plan.Steps.Select(step => KernelOf.Preparation(plan, step, target)).OfType<Kernel>()];
        Controls = controls.ToImmutable();
    }

    public Plan Plan { get; }

    public ForkJoinPool Pool { get; }

    public Target Target { get; }

    public ImmutableArray<Tensor> Constants { get; }

    /// <summary>For each step of a control op, its scratch buffer, how that is divided, and what it owns.</summary>
    public ImmutableArray<(int Scratch, BodyMemory Memory, ImmutableArray<Routine> Bodies)> Controls { get; }

    /// <summary>Runs, and writes down how long each step took.</summary>
    public void Run(Frame frame, Span<TimeSpan> times)
    {
        for (var step = 0; step < kernels.Length; step++)
        {
            var start = Stopwatch.GetTimestamp();
            kernels[step](frame);
            times[step] = Stopwatch.GetElapsedTime(start);
        }
    }

    /// <summary>Makes what its kernels keep from step to step of a loop, before the first.</summary>
    public void Prepare(Frame frame)
    {
        foreach (var preparation in preparations) preparation(frame);
    }

    public void Run(Frame frame)
    {
        foreach (var kernel in kernels)
        {
            frame.Ending.By.ThrowIfCancellationRequested();
            kernel(frame);
        }
    }
}

/// <summary>The addresses of a routine's buffers over one arena, and the frames of the routines that its control ops own, within it.</summary>
internal sealed unsafe class Frame : IFrame<Frame, nint>
{
    private readonly nint[] addresses;

    public Frame(Routine routine, byte* arena, Ending? ending = null)
    {
        (Pool, Target, Ending) = (routine.Pool, routine.Target, ending ?? new());
        addresses = new nint[routine.Plan.Buffers.Length];
        for (var i = 0; i < addresses.Length; i++)
        {
            var buffer = routine.Plan.Buffers[i];
            if (buffer.Kind == BufferKind.Constant) this[i] = routine.Constants[buffer.Index].Storage.ToHost().Pointer;
            if (buffer.Kind == BufferKind.Arena) this[i] = arena + buffer.Offset;
        }
        Bodies = [.. routine.Controls.Select(c => c.Bodies.Select((body, i) => new Frame(body, c.Scratch < 0 ? null : this[c.Scratch] + c.Memory.Arenas[i], Ending)).ToArray())];
    }

    public ForkJoinPool Pool { get; }

    public Target Target { get; }

    /// <summary>What may end the run, for this frame and those within it.</summary>
    public Ending Ending { get; }

    /// <summary>The frames of what each control op owns.</summary>
    public Frame[][] Bodies { get; }

    /// <summary>Where a buffer is. Parameters come first.</summary>
    public byte* this[int buffer]
    {
        get => (byte*)addresses[buffer];
        set => addresses[buffer] = (nint)value;
    }

    nint IFrame<Frame, nint>.this[int buffer]
    {
        get => addresses[buffer];
        set => addresses[buffer] = value;
    }

    public Frame Body(int control, int body) => Bodies[control][body];

    public nint Part(nint place, long from, long bytes) => place + (nint)from;

    public void Copy(nint from, nint to, long bytes)
    {
        if (from != to) System.Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
    }

    public int Read(nint place, int bytes) => bytes == 1 ? *(byte*)place : *(int*)place;
}
