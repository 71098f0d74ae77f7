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
    private readonly Lazy<(DeviceStorage Arena, Frame Frame)> memory;
    private readonly ImmutableArray<Output> outputs;
    private readonly ImmutableArray<(BufferKind Kind, int Index, TensorType Type)> results;

    /// <summary>Memory of its own that becomes a result.</summary>
    private readonly record struct Output(int Buffer, long Bytes, int Donor);

    public GpuExecutable(Function program, ValueArray<int> donated, Gpu gpu)
    {
        (Program, this.gpu) = (program, gpu);
        Plan = Planner.Of(Lowering.Of(program), donated, (node, _, isVirtual, _) => new(KernelOf.Scratch(node, isVirtual, gpu)));
        if (Plan.PeakBytes > gpu.DeviceBytes) throw new InsufficientMemoryException(Plan.Excess(gpu.DeviceBytes));
        routine = new(Plan, gpu);
        memory = new(() =>
        {
            var arena = new DeviceStorage(gpu, Plan.ArenaBytes);
            return (arena, new(routine, arena.View, gpu.Stream));
        });
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
        return Run(inputs, memory.Value.Frame, null, cancellation).Results;
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
        var (tensors, _) = Run(inputs, memory.Value.Frame, times, CancellationToken.None);
        return (tensors, ImmutableCollectionsMarshal.AsImmutableArray(times));
    }

    /// <summary>Queues a run. The results may be read when it is done, for which reading them waits.</summary>
    private (ImmutableArray<Tensor> Results, long OutputBytes) Run(ImmutableArray<Tensor> inputs, Frame frame, TimeSpan[]? times, CancellationToken cancellation)
    {
        var (tensors, obtained) = (new Tensor[results.Length], 0L);
        gpu.Queue(stream =>
        {
            var given = new DeviceStorage[inputs.Length];
            frame.Ending.By = cancellation;
            for (var i = 0; i < inputs.Length; i++)
            {
                given[i] = OnDevice(inputs[i], stream);
                frame[i] = given[i].View;
            }
            var made = new DeviceStorage[outputs.Length];
            for (var i = 0; i < outputs.Length; i++)
            {
                var (buffer, bytes, donor) = outputs[i];
                if (donor >= 0 && IsOnly(inputs, donor)) made[i] = given[donor];
                else
                {
                    made[i] = new(gpu, bytes);
                    obtained += bytes;
                }
                frame[buffer] = made[i].View.SubView(0, bytes);
            }
            for (var i = 0; i < tensors.Length; i++)
            {
                var (kind, index, type) = results[i];
                tensors[i] = kind switch
                {
                    BufferKind.Input => inputs[index].Reshape(type.Shape),
                    BufferKind.Constant => new(type, routine.Constants[index]),
                    _ => new(type, made[index]),
                };
            }
            foreach (var (output, storage) in outputs.Zip(made))
            {
                if (output.Donor < 0 || storage != given[output.Donor]) continue;
                storage.Overwrite();
                inputs[output.Donor].Donate();
            }
            try
            {
                if (times is null) routine.Run(frame);
                else routine.Run(frame, times);
            }
            finally
            {
                frame.Ending.By = CancellationToken.None;
            }
            for (var i = 0; i < given.Length; i++)
                if (!made.Contains(given[i]) && inputs[i].Storage != given[i]) given[i].GiveBack();
        });
        return (ImmutableCollectionsMarshal.AsImmutableArray(tensors), obtained);
    }

    /// <summary>An input's memory on this device: its own, or a copy.</summary>
    private DeviceStorage OnDevice(Tensor input, AcceleratorStream stream)
    {
        if (input.Storage is DeviceStorage here && here.Home == gpu) return here;
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
