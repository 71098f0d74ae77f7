namespace EmulatedCuda.Machine;

/// <summary>The threads that share memory and meet at barriers, for one group of a launch after another.</summary>
internal sealed class Group : IDisposable
{
    private readonly Warp[] warps;

    public Group(Launch launch)
    {
        Launch = launch;
        Shared = new(launch.Program);
        Issued = new long[launch.Program.Instructions.Length];
        Transfers = new long[Issued.Length];
        warps = [.. Enumerable.Range(0, (launch.Threads + Warp.Size - 1) / Warp.Size).Select(i => new Warp(this, launch.Program, i))];
    }

    public Launch Launch { get; }

    public SharedMemory Shared { get; }

    public int Number { get; private set; }

    /// <summary>How often each instruction was done by a warp.</summary>
    public long[] Issued { get; }

    /// <summary>How many sectors of 32 bytes, or rounds of 32 banks, each access took.</summary>
    public long[] Transfers { get; }

    /// <summary>A special register of a thread.</summary>
    public uint Special(string name, int thread) => name switch
    {
        "%tid.x" => (uint)thread,
        "%ntid.x" => (uint)Launch.Threads,
        "%ctaid.x" => (uint)Number,
        "%nctaid.x" => (uint)Launch.Groups,
        "%laneid" => (uint)thread % Warp.Size,
        "%tid.y" or "%tid.z" or "%ctaid.y" or "%ctaid.z" => 0,
        "%ntid.y" or "%ntid.z" or "%nctaid.y" or "%nctaid.z" => 1,
        _ => throw new KernelFault(Driver.Result.InvalidPtx, $"the emulator does not know {name}"),
    };

    /// <summary>Runs one of the launch's groups. Which warp comes first differs between barriers: nothing may depend on it.</summary>
    public void Run(int number)
    {
        Number = number;
        Shared.Start();
        foreach (var warp in warps) warp.Start();
        for (var round = 0; ; round++)
        {
            for (var i = 0; i < warps.Length; i++) warps[(round & 1) == 0 ? i : warps.Length - 1 - i].Run();
            if (!Array.Exists(warps, w => w.IsWaiting)) return;
            if (Array.Find(warps, w => w.HasLeft) is { } left)
                throw new KernelFault(Driver.Result.LaunchFailed, $"kernel {Launch.Program.Name}: threads of group {Number} wait for others that have come to their end, in warp {left.Number}");
            Shared.Meet();
        }
    }

    public void Dispose()
    {
        foreach (var warp in warps) warp.Dispose();
        Shared.Dispose();
    }
}
