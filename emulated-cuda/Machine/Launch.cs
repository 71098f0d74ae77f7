using EmulatedCuda.Driver;

namespace EmulatedCuda.Machine;

/// <summary>One run of a kernel.</summary>
/// <param name="Program">The kernel.</param>
/// <param name="Memory">The device's memory.</param>
/// <param name="Groups">How many groups.</param>
/// <param name="Threads">How many threads in each.</param>
/// <param name="Parameters">What it is given.</param>
/// <param name="Counts">Whether it is counted what accesses cost.</param>
internal sealed record Launch(Program Program, DeviceMemory Memory, int Groups, int Threads, byte[] Parameters, bool Counts)
{
    /// <summary>Runs all groups, several at once; in an order that means nothing.</summary>
    /// <returns>How often each instruction was done by a warp, and what accesses cost.</returns>
    public (long[] Issued, long[] Transfers) Run()
    {
        var (issued, transfers, next) = (new long[Program.Instructions.Length], new long[Program.Instructions.Length], Groups);
        var workers = Math.Min(Environment.ProcessorCount, Groups);
        void Work()
        {
            using var group = new Group(this);
            for (int number; (number = Interlocked.Decrement(ref next)) >= 0;) group.Run(number);
            lock (issued)
                for (var i = 0; i < issued.Length; i++) (issued[i], transfers[i]) = (issued[i] + group.Issued[i], transfers[i] + group.Transfers[i]);
        }
        if (workers <= 1 || Groups * (long)Threads < 512)
        {
            Work();
            return (issued, transfers);
        }
        try
        {
            Parallel.For(0, workers, _ => Work());
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is KernelFault fault)
        {
            throw fault;
        }
        return (issued, transfers);
    }
}
