using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>A planned program with its kernels. Each run takes a workspace from those that are free.</summary>
internal sealed unsafe class CpuExecutable : IPlanned
{
    private const int GuardBytes = 4096;

    private readonly Routine routine;
    private readonly HostMemory memory;
    private readonly ConcurrentBag<Workspace> idle = [];
    private readonly ImmutableArray<Output> outputs;
    private readonly ImmutableArray<(BufferKind Kind, int Index, TensorType Type)> results;
    private readonly bool hasDonors;
    private Workspace? last;

    /// <summary>Memory of its own that becomes a result.</summary>
    private readonly record struct Output(int Buffer, long Bytes, int Donor);

    /// <param name="program">What is computed.</param>
    /// <param name="donated">The inputs whose memory results may take over.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="memory">Where results are kept.</param>
    /// <param name="allowed">The bytes that a run may obtain.</param>
    /// <param name="target">What the kernels are made for.</param>
    /// <exception cref="InsufficientMemoryException">A run takes more memory than allowed.</exception>
    public CpuExecutable(Function program, ValueArray<int> donated, ForkJoinPool pool, HostMemory memory, long allowed, Target target)
    {
        (Program, this.memory) = (program, memory);
        Plan = Planner.Of(Lowering.Of(program), donated, KernelOf.Traits(target));
        if (Plan.PeakBytes > allowed) throw new InsufficientMemoryException(Plan.Excess(allowed));
        routine = new(Plan, pool, target);
        outputs = [.. Plan.Buffers.Select((b, i) => (b, i)).Where(x => x.b.Kind == BufferKind.Output).OrderBy(x => x.b.Index).Select(x => new Output(x.i, x.b.Bytes, Plan.OutputDonors[x.b.Index]))];
        results = [.. Plan.Program.Results.Select(r => (Plan.Buffers[Plan.BufferOf(r)].Kind, Plan.Buffers[Plan.BufferOf(r)].Index, r.Type))];
        hasDonors = outputs.Any(o => o.Donor >= 0);
    }

    public Function Program { get; }

    public Plan Plan { get; }

    public ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs) => Run(CancellationToken.None, inputs);

    public ImmutableArray<Tensor> Run(CancellationToken cancellation, params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        cancellation.ThrowIfCancellationRequested();
        var workspace = Take();
        workspace.Frame.Ending.By = cancellation;
        try
        {
            return Run(inputs, workspace, null).Results;
        }
        finally
        {
            workspace.Frame.Ending.By = CancellationToken.None;
            workspace.Forget();
            GiveBack(workspace);
        }
    }

    private Workspace Take() => Interlocked.Exchange(ref last, null) ?? (idle.TryTake(out var free) ? free : Over(HostStorage.Uninitialized(Plan.ArenaBytes)));

    private void GiveBack(Workspace workspace)
    {
        if (Interlocked.CompareExchange(ref last, workspace, null) is not null) idle.Add(workspace);
    }

    public (ImmutableArray<Tensor> Results, MemoryUse Memory) Measure(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var arena = new HostStorage(Plan.ArenaBytes + GuardBytes);
        new Random(1).NextBytes(arena.Span);
        var before = arena.Span.ToArray();
        var (tensors, outputBytes) = Run(inputs, Over(arena), null);
        var touched = before.Length;
        while (touched > 0 && before[touched - 1] == arena.Span[touched - 1]) touched--;
        return (tensors, new(Plan.ArenaBytes, touched, outputBytes));
    }

    public (ImmutableArray<Tensor> Results, ImmutableArray<TimeSpan> Steps) Profile(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var times = new TimeSpan[Plan.Steps.Length];
        var workspace = Take();
        var (tensors, _) = Run(inputs, workspace, times);
        GiveBack(workspace);
        return (tensors, ImmutableCollectionsMarshal.AsImmutableArray(times));
    }

    private Workspace Over(HostStorage arena) => new(arena, new(routine, arena.Pointer), memory, Program.Parameters.Length, outputs.Length);

    /// <summary>The results, and how many bytes were obtained for them.</summary>
    private (ImmutableArray<Tensor> Results, long OutputBytes) Run(ImmutableArray<Tensor> inputs, Workspace work, TimeSpan[]? times)
    {
        var (frame, obtained) = (work.Frame, 0L);
        for (var i = 0; i < inputs.Length; i++)
        {
            work.Inputs[i] = inputs[i].Storage.ToHost();
            frame[i] = work.Inputs[i].Pointer;
        }
        for (var i = 0; i < outputs.Length; i++)
        {
            ref readonly var output = ref outputs.ItemRef(i);
            if (hasDonors && output.Donor >= 0 && work.IsOnly(output.Donor)) work.Outputs[i] = work.Inputs[output.Donor];
            else
            {
                work.Outputs[i] = work.Obtain(output.Bytes);
                obtained += output.Bytes;
            }
            frame[output.Buffer] = work.Outputs[i].Pointer;
        }
        var tensors = new Tensor[results.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            var (kind, index, type) = results[i];
            tensors[i] = kind switch
            {
                BufferKind.Input => inputs[index].Reshape(type.Shape),
                BufferKind.Constant => routine.Constants[index].Reshape(type.Shape),
                _ => new(type, work.Outputs[index]),
            };
        }
        for (var i = 0; hasDonors && i < outputs.Length; i++)
            if (outputs[i].Donor is >= 0 and var donor && work.Outputs[i] == work.Inputs[donor]) inputs[donor].Donate();
        if (times is null) routine.Run(frame);
        else routine.Run(frame, times);
        work.Forget();
        return (ImmutableCollectionsMarshal.AsImmutableArray(tensors), obtained);
    }
}
