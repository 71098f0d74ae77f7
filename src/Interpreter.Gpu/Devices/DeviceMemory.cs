using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// Device memory for results that is used again: to obtain some from the driver has it wait for all that runs. Memory comes back when nothing
/// refers to its storage, or at once by <see cref="Tensor.Delete"/>; what runs on the stream after that may write to it.
/// </summary>
/// <param name="accelerator">Whose memory it is.</param>
/// <param name="limit">The most bytes that are obtained.</param>
internal sealed class DeviceMemory(Accelerator accelerator, long limit) : IDisposable
{
    private const long Allowance = 64 << 20;
    private const int PartOfAll = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10), LastPatience = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<long, Stack<MemoryBuffer1D<byte, Stride1D.Dense>>> idle = [];
    private readonly HashSet<MemoryBuffer1D<byte, Stride1D.Dense>> all = [];
    private long bytes;
    private long idleBytes;
    private long since;

    /// <summary>The bytes that have been obtained from the driver.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Those of them that wait to be used again.</summary>
    public long Idle => Volatile.Read(ref idleBytes);

    /// <summary>The bytes that can be had.</summary>
    public long Free
    {
        get
        {
            lock (gate) return limit - bytes + idleBytes;
        }
    }

    /// <summary>
    /// Has the collector look, where so much has been obtained since it last did that it should, for it does not know how much memory a tensor here
    /// holds, or where less is free than will be needed. No lock that a finalizer might wait for should be held.
    /// </summary>
    /// <returns>Whether so many bytes are free.</returns>
    public bool Prepare(long needed)
    {
        if (needed > Free) Look(LastPatience);
        else if (IsDue) Look(Patience);
        return needed <= Free;
    }

    /// <summary>Memory for a number of bytes, whatever stands in it.</summary>
    /// <exception cref="InsufficientMemoryException">The device has no more.</exception>
    public MemoryBuffer1D<byte, Stride1D.Dense> Obtain(long bytes)
    {
        var size = Rounded(bytes);
        if ((Take(size) ?? Allocate(size, out _)) is { } memory) return memory;
        Look(LastPatience);
        if (Take(size) is { } returned) return returned;
        Trim();
        return Allocate(size, out var reason)
            ?? throw new InsufficientMemoryException($"{accelerator.Name} has no {Units.Bytes(size)} left beside the {Units.Bytes(Bytes)} in use, of {Units.Bytes(limit)}: make the batch smaller, donate inputs, use checkpoint, or delete results that are read no longer", reason);
    }

    /// <summary>Whether so much has been obtained since the collector last looked that it should.</summary>
    public bool IsDue
    {
        get
        {
            lock (gate) return since > Math.Max(Allowance, bytes / PartOfAll);
        }
    }

    private void Look(TimeSpan patience)
    {
        lock (gate) since = 0;
        Garbage.Collect(GC.MaxGeneration, patience);
    }

    /// <summary>Memory that nothing refers to any longer.</summary>
    public void PutBack(MemoryBuffer1D<byte, Stride1D.Dense> memory)
    {
        lock (gate)
        {
            if (!idle.TryGetValue(memory.Length, out var pieces)) idle[memory.Length] = pieces = [];
            pieces.Push(memory);
            idleBytes += memory.Length;
        }
    }

    /// <summary>The length of the piece in which so many bytes lie.</summary>
    public static long Rounded(long bytes)
    {
        const long alignment = 256;
        var step = alignment;
        while (step * 16 < bytes) step *= 2;
        return Math.Max(step, (bytes + step - 1) / step * step);
    }

    private MemoryBuffer1D<byte, Stride1D.Dense>? Take(long size)
    {
        lock (gate)
        {
            if (!idle.TryGetValue(size, out var pieces) || !pieces.TryPop(out var memory)) return null;
            idleBytes -= size;
            return memory;
        }
    }

    /// <summary>Memory from the driver; null where there is none, or no more may be obtained.</summary>
    private MemoryBuffer1D<byte, Stride1D.Dense>? Allocate(long size, out Exception? reason)
    {
        reason = null;
        lock (gate)
        {
            if (bytes + size > limit) return null;
            bytes += size;
        }
        try
        {
            var memory = accelerator.Allocate1D<byte>(size);
            lock (gate)
            {
                all.Add(memory);
                since += size;
            }
            return memory;
        }
        catch (Exception e) when (e is AcceleratorException or OutOfMemoryException)
        {
            lock (gate) bytes -= size;
            reason = e;
            return null;
        }
    }

    /// <summary>Gives the driver back what waits.</summary>
    private void Trim()
    {
        lock (gate)
        {
            foreach (var memory in idle.Values.SelectMany(pieces => pieces))
            {
                all.Remove(memory);
                bytes -= memory.Length;
                memory.Dispose();
            }
            idle.Clear();
            idleBytes = 0;
        }
    }

    public void Dispose()
    {
        foreach (var memory in all) memory.Dispose();
    }
}
