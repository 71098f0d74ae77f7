using System.Collections.Concurrent;
using System.Collections.Immutable;
using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>A planned program with its kernels. Each run takes an arena from those that are free.</summary>
internal sealed unsafe class CpuExecutable : IPlanned
{
    private const int GuardBytes = 4096;

    private readonly Routine routine;
    private readonly ConcurrentBag<(HostStorage Arena, Frame Frame)> idle = [];

    public CpuExecutable(Function program, ValueArray<int> donated, ForkJoinPool pool, Target target)
    {
        Program = program;
        Plan = Planner.Of(Lowering.Of(program), donated, (node, loop) => KernelOf.Scratch(node, loop, target));
        routine = new(Plan, pool, target);
    }

    public Function Program { get; }

    public Plan Plan { get; }

    public ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        if (!idle.TryTake(out var memory)) memory = Over(new(Plan.ArenaBytes));
        var (results, _) = Run(inputs, memory.Frame);
        idle.Add(memory);
        return results;
    }

    public (ImmutableArray<Tensor> Results, MemoryUse Memory) Measure(params ImmutableArray<Tensor> inputs)
    {
        Interpreters.Check(Program, inputs);
        var arena = new HostStorage(Plan.ArenaBytes + GuardBytes);
        new Random(1).NextBytes(arena.Span);
        var before = arena.Span.ToArray();
        var (results, outputBytes) = Run(inputs, Over(arena).Frame);
        var touched = before.Length;
        while (touched > 0 && before[touched - 1] == arena.Span[touched - 1]) touched--;
        return (results, new(Plan.ArenaBytes, touched, outputBytes));
    }

    private (HostStorage Arena, Frame Frame) Over(HostStorage arena) => (arena, new(routine, arena.Pointer));

    /// <summary>The results, and how many bytes were obtained for them.</summary>
    private (ImmutableArray<Tensor> Results, long OutputBytes) Run(ImmutableArray<Tensor> inputs, Frame frame)
    {
        ImmutableArray<HostStorage> hosts = [.. inputs.Select(x => x.Storage.ToHost())];
        var taken = Plan.OutputDonors.Where(donor => donor >= 0 && !hosts[donor].IsShared && hosts.Count(h => h == hosts[donor]) == 1).ToHashSet();
        var outputs = Plan.OutputDonors.Select(donor => taken.Contains(donor) ? hosts[donor] : null).ToArray();
        var obtained = 0L;
        for (var i = 0; i < Plan.Buffers.Length; i++)
        {
            var buffer = Plan.Buffers[i];
            if (buffer.Kind == BufferKind.Input) frame[i] = hosts[buffer.Index].Pointer;
            if (buffer.Kind != BufferKind.Output) continue;
            if (outputs[buffer.Index] is null)
            {
                outputs[buffer.Index] = new(buffer.Bytes);
                obtained += buffer.Bytes;
            }
            frame[i] = outputs[buffer.Index]!.Pointer;
        }
        ImmutableArray<Tensor> results = [.. Plan.Program.Results.Select(r => Result(r, inputs, outputs))];
        foreach (var i in taken) inputs[i].Donate();
        routine.Run(frame);
        GC.KeepAlive(hosts);
        return (results, obtained);
    }

    private Tensor Result(Expr result, ImmutableArray<Tensor> inputs, HostStorage?[] outputs)
    {
        var buffer = Plan.Buffers[Plan.BufferOf(result)];
        return buffer.Kind switch
        {
            BufferKind.Input => inputs[buffer.Index].Reshape(result.Shape),
            BufferKind.Constant => routine.Constants[buffer.Index].Reshape(result.Shape),
            _ => new(result.Type, outputs[buffer.Index]!),
        };
    }
}
