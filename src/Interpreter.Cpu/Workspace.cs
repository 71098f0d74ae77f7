namespace Functional.Interpreter.Cpu;

/// <summary>What one run of a program at a time works with, kept for the next.</summary>
internal sealed class Workspace(HostStorage arena, Frame frame, HostMemory memory, int inputs, int outputs)
{
    private const long Small = 1024;
    private const long Slab = 16 * 1024;
    private const long Alignment = 64;

    private readonly HostStorage arena = arena;
    private HostStorage? slab;
    private long used;

    /// <summary>The addresses of the buffers.</summary>
    public Frame Frame { get; } = frame;

    /// <summary>The memory of the arguments, during a run.</summary>
    public HostStorage[] Inputs { get; } = new HostStorage[inputs];

    /// <summary>The memory of the results, during a run.</summary>
    public HostStorage[] Outputs { get; } = new HostStorage[outputs];

    /// <summary>Whether no other tensor and no other argument looks at an argument's memory.</summary>
    public bool IsOnly(int input)
    {
        if (Inputs[input].IsShared) return false;
        for (var i = 0; i < Inputs.Length; i++)
            if (i != input && Inputs[i] == Inputs[input]) return false;
        return true;
    }

    /// <summary>Memory for a result: small ones are parts of one piece.</summary>
    public HostStorage Obtain(long bytes)
    {
        if (bytes > Small) return memory.Obtain(bytes);
        if (slab is null || used + bytes > Slab) (slab, used) = (memory.Obtain(Slab), 0);
        var part = slab.Part(used, bytes);
        used += (bytes + Alignment - 1) / Alignment * Alignment;
        return part;
    }

    /// <summary>Lets go of arguments and results after a run, until which they must live.</summary>
    public void Forget()
    {
        GC.KeepAlive(arena);
        Array.Clear(Inputs);
        Array.Clear(Outputs);
    }
}
