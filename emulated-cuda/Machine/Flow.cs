namespace EmulatedCuda.Machine;

/// <summary>Goes on elsewhere; those that do not meet those that do.</summary>
internal sealed class Branch(int place, int meeting) : Instruction
{
    public override void Do(Warp warp, uint lanes) => warp.Branch(lanes, place, meeting);
}

/// <summary>The end.</summary>
internal sealed class Exit : Instruction
{
    public override void Do(Warp warp, uint lanes) => warp.Exit(lanes);
}

/// <summary>Waits for all threads of the group.</summary>
internal sealed class Barrier : Instruction
{
    public override void Do(Warp warp, uint lanes) => warp.Wait(this, lanes);
}
