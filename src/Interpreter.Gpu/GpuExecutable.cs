using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional.Interpreter.Gpu.Kernels;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>A program as a list of launches over one arena on the device.</summary>
internal sealed class GpuExecutable : IPlanned
{
    private const int GuardBytes = 4096;

    private readonly Gpu gpu;
    private readonly Routine routine;
    private readonly ImmutableArray<Output> outputs;
    private readonly ImmutableArray<(BufferKind Kind, int Index, TensorType Type)> results;
    private readonly Replays? replays;
    private (DeviceStorage Arena, Frame Frame)? memory;

    /// <summary>Memory of its own that becomes a result.</summary>
    private readonly record struct Output(int Buffer, long Bytes, int Donor);

    public GpuExecutable(Function program, ValueArray<int> donated, Gpu gpu)
    {
        (Program, this.gpu) = (program, gpu);
        Plan = Planner.Of(Lowering.Of(program), donated, KernelOf.Traits(gpu));
        if (Plan.PeakBytes > gpu.DeviceBytes) throw new InsufficientMemoryException(Plan.Excess(gpu.DeviceBytes));
        routine = new(Plan, gpu);
        replays = Replays.Of(routine);
        outputs = [.. Plan.Buffers.Select((b, i) => (b, i)).Where(x => x.b.Kind == BufferKind.Output).OrderBy(x => x.b.Index).Select(x => new Output(x.i, x.b.Bytes, Plan.OutputDonors[x.b.Index]))];
        results = [.. Plan.Program.Results.Select(r => (Plan.Buffers[Plan.BufferOf(r)].Kind, Plan.Buffers[Plan.BufferOf(r)].Index, r.Type))];
    }

    public Function Program { get; }

    public Plan Plan { get; }

    public ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs) => Run(CancellationToken.None, inputs);

    public ImmutableArray<Tensor> Run(CancellationToken cancellation, params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        cancellation.ThrowIfCancellationRequested();
        return Run(inputs, null, null, cancellation).Results;
    }

    public (ImmutableArray<Tensor> Results, MemoryUse Memory) Measure(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var noise = new byte[Plan.ArenaBytes + GuardBytes];
        new Random(1).NextBytes(noise);
        var guarded = new DeviceStorage(gpu, noise.Length);
        gpu.Queue(stream => guarded.View.CopyFromCPU(stream, noise));
        var (tensors, outputBytes) = Run(inputs, new(routine, guarded.View, gpu.Stream), null, CancellationToken.None);
        var after = gpu.Download(guarded.View).Span;
        var touched = noise.Length;
        while (touched > 0 && noise[touched - 1] == after[touched - 1]) touched--;
        return (tensors, new(Plan.ArenaBytes, touched, outputBytes));
    }

    public (ImmutableArray<Tensor> Results, ImmutableArray<TimeSpan> Steps) Profile(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var times = new TimeSpan[Plan.Steps.Length];
        var (tensors, _) = Run(inputs, null, times, CancellationToken.None);
        return (tensors, ImmutableCollectionsMarshal.AsImmutableArray(times));
    }

    /// <summary>Queues a run. The results may be read when it is done, for which reading them waits.</summary>
    private (ImmutableArray<Tensor> Results, long OutputBytes) Run(ImmutableArray<Tensor> inputs, Frame? other, TimeSpan[]? times, CancellationToken cancellation)
    {
        Prepare(inputs);
        var (tensors, obtained) = (new Tensor[results.Length], 0L);
        gpu.Queue(stream =>
        {
            var (given, made) = (new DeviceStorage?[inputs.Length], new DeviceStorage?[outputs.Length]);
            var (theirs, fresh, hasRun) = (inputs.Select(x => x.Storage).ToArray(), new List<int>(), false);
            try
            {
                var frame = other ?? Own();
                for (var i = 0; i < inputs.Length; i++) frame[i] = (given[i] = OnDevice(inputs[i], stream)).View;
                for (var i = 0; i < outputs.Length; i++)
                {
                    var (buffer, bytes, donor) = outputs[i];
                    if (donor >= 0 && IsOnly(inputs, donor)) made[i] = given[donor];
                    else
                    {
                        made[i] = new(gpu, bytes);
                        obtained += bytes;
                        fresh.Add(buffer);
                    }
                    frame[buffer] = made[i]!.View.SubView(0, bytes);
                }
                Run(frame, other is null ? fresh : null, times, cancellation);
                hasRun = true;
                for (var i = 0; i < tensors.Length; i++)
                {
                    var (kind, index, type) = results[i];
                    tensors[i] = kind switch
                    {
                        BufferKind.Input => inputs[index].Reshape(type.Shape),
                        BufferKind.Constant => new(type, routine.Constants[index]),
                        _ => new(type, made[index]!),
                    };
                }
                Donate(inputs, given, made);
            }
            catch (InsufficientMemoryException e)
            {
                throw new InsufficientMemoryException(Plan.Excess($"and {gpu.Device} has too little left: {e.Message}"), e);
            }
            catch (OperationCanceledException)
            {
                Donate(inputs, given, made);
                throw;
            }
            catch (Exception e)
            {
                foreach (var storage in given.Intersect(made)) storage?.Lose(e);
                throw;
            }
            finally
            {
                foreach (var storage in hasRun ? given.Except(made) : given.Union(made))
                    if (storage is not null && !theirs.Contains(storage)) storage.GiveBack();
            }
        });
        return (ImmutableCollectionsMarshal.AsImmutableArray(tensors), obtained);
    }

    private void Run(Frame frame, List<int>? fresh, TimeSpan[]? times, CancellationToken cancellation)
    {
        frame.Ending.By = cancellation;
        try
        {
            if (times is not null) routine.Run(frame, times);
            else if (replays is not null && fresh is not null) replays.Run(frame, fresh);
            else routine.Run(frame);
        }
        finally
        {
            frame.Ending.By = CancellationToken.None;
        }
    }

    /// <summary>The frame over memory that is kept from run to run.</summary>
    private Frame Own()
    {
        if (memory is not null) return memory.Value.Frame;
        var arena = new DeviceStorage(gpu, Plan.ArenaBytes);
        memory = (arena, new(routine, arena.View, gpu.Stream));
        return memory.Value.Frame;
    }

    /// <summary>Sees to it that there is memory for a run, before any of it is queued.</summary>
    private void Prepare(ImmutableArray<Tensor> inputs)
    {
        var copies = inputs.Where(x => !IsHere(x)).Sum(x => x.Type.Bytes);
        var needed = (memory is null ? Plan.ArenaBytes : 0) + copies + outputs.Where(o => o.Donor < 0 || !IsOnly(inputs, o.Donor)).Sum(o => o.Bytes);
        if (gpu.Memory.Prepare(needed)) return;
        throw new InsufficientMemoryException(Plan.Excess($"a run needs {Units.Bytes(needed)}, {Units.Bytes(copies)} of them for inputs that are not on the device, and of the {Units.Bytes(gpu.DeviceBytes)} of {gpu.Device} {Units.Bytes(gpu.Memory.Free)} are free"));
    }

    /// <summary>The inputs whose memory results have taken over are gone.</summary>
    private void Donate(ImmutableArray<Tensor> inputs, DeviceStorage?[] given, DeviceStorage?[] made)
    {
        foreach (var (output, storage) in outputs.Zip(made))
        {
            if (output.Donor < 0 || storage is null || storage != given[output.Donor]) continue;
            storage.Overwrite();
            inputs[output.Donor].Donate();
        }
    }

    private bool IsHere(Tensor input) => input.Storage is DeviceStorage here && here.Home == gpu;

    /// <summary>An input's memory on this device: its own, or a copy.</summary>
    private DeviceStorage OnDevice(Tensor input, AcceleratorStream stream)
    {
        if (IsHere(input))
        {
            var here = (DeviceStorage)input.Storage;
            here.Restore(stream);
            return here;
        }
        var copy = new DeviceStorage(gpu, input.Type.Bytes);
        gpu.Upload(stream, input.Storage.ToHost(), copy.View);
        return copy;
    }

    /// <summary>Whether no other tensor and no other argument looks at an argument's memory.</summary>
    private static bool IsOnly(ImmutableArray<Tensor> inputs, int input)
    {
        if (inputs[input].Storage.IsShared) return false;
        for (var i = 0; i < inputs.Length; i++)
            if (i != input && inputs[i].Storage == inputs[input].Storage) return false;
        return true;
    }
}
