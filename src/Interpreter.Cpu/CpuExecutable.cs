using System.Collections.Concurrent;
using System.Collections.Immutable;
using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>The addresses of a run's buffers, and its threads.</summary>
internal sealed unsafe class Frame(nint[] addresses, ForkJoinPool pool)
{
    public ForkJoinPool Pool => pool;

    public byte* this[int buffer] => (byte*)addresses[buffer];
}

/// <summary>Fills one buffer from others.</summary>
internal delegate void Kernel(Frame frame);

/// <summary>A planned program with its kernels. Each run takes an arena from those that are free.</summary>
internal sealed unsafe class CpuExecutable : IPlanned
{
    private const int GuardBytes = 4096;

    private readonly ForkJoinPool pool;
    private readonly ImmutableArray<Kernel> kernels;
    private readonly ImmutableArray<Tensor> constants;
    private readonly ConcurrentBag<HostStorage> arenas = [];

    public CpuExecutable(Function program, ValueArray<int> donated, ForkJoinPool pool)
    {
        (Program, this.pool) = (program, pool);
        Plan = Planner.Of(Lowering.Of(program), donated, node => KernelOf.Scratch(node, pool.Threads));
        kernels = [.. Plan.Steps.Select(step => KernelOf.Step(Plan, step))];
        constants = [.. Plan.Constants.Select(Tensor.Of)];
    }

    public Function Program { get; }

    public Plan Plan { get; }

    public ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        if (!arenas.TryTake(out var arena)) arena = new(Plan.ArenaBytes);
        var (results, _) = Run(inputs, arena);
        arenas.Add(arena);
        return results;
    }

    public (ImmutableArray<Tensor> Results, MemoryUse Memory) Measure(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var arena = new HostStorage(Plan.ArenaBytes + GuardBytes);
        new Random(1).NextBytes(arena.Span);
        var before = arena.Span.ToArray();
        var (results, outputBytes) = Run(inputs, arena);
        var touched = before.Length;
        while (touched > 0 && before[touched - 1] == arena.Span[touched - 1]) touched--;
        return (results, new(Plan.ArenaBytes, touched, outputBytes));
    }

    /// <summary>The results, and how many bytes were obtained for them.</summary>
    private (ImmutableArray<Tensor> Results, long OutputBytes) Run(ImmutableArray<Tensor> inputs, HostStorage arena)
    {
        ImmutableArray<HostStorage> hosts = [.. inputs.Select(x => x.Storage.ToHost())];
        var taken = Plan.OutputDonors.Where(donor => donor >= 0 && !hosts[donor].IsShared && hosts.Count(h => h == hosts[donor]) == 1).ToHashSet();
        var outputs = Plan.OutputDonors.Select(donor => taken.Contains(donor) ? hosts[donor] : null).ToArray();
        var (addresses, obtained) = (new nint[Plan.Buffers.Length], 0L);
        for (var i = 0; i < addresses.Length; i++)
        {
            var buffer = Plan.Buffers[i];
            if (buffer.Kind == BufferKind.Output && outputs[buffer.Index] is null)
            {
                outputs[buffer.Index] = new(buffer.Bytes);
                obtained += buffer.Bytes;
            }
            addresses[i] = (nint)(buffer.Kind switch
            {
                BufferKind.Input => hosts[buffer.Index].Pointer,
                BufferKind.Constant => constants[buffer.Index].Storage.ToHost().Pointer,
                BufferKind.Arena => arena.Pointer + buffer.Offset,
                _ => outputs[buffer.Index]!.Pointer,
            });
        }
        ImmutableArray<Tensor> results = [.. Plan.Program.Results.Select(r => Result(r, inputs, outputs))];
        foreach (var i in taken) inputs[i].Donate();
        var frame = new Frame(addresses, pool);
        foreach (var kernel in kernels) kernel(frame);
        GC.KeepAlive(hosts);
        return (results, obtained);
    }

    private Tensor Result(Expr result, ImmutableArray<Tensor> inputs, HostStorage?[] outputs)
    {
        var buffer = Plan.Buffers[Plan.BufferOf(result)];
        return buffer.Kind switch
        {
            BufferKind.Input => inputs[buffer.Index].Reshape(result.Shape),
            BufferKind.Constant => constants[buffer.Index].Reshape(result.Shape),
            _ => new(result.Type, outputs[buffer.Index]!),
        };
    }
}
