using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// Device memory for results that is used again: to obtain some from the driver has it wait for all that runs. Memory comes back when nothing
/// refers to its storage, or at once by <see cref="Tensor.Delete"/>; what runs on the stream after that may write to it.
/// </summary>
internal sealed class DeviceMemory(Accelerator accelerator) : IDisposable
{
    private const long Allowance = 64 << 20;
    private const int PartOfAll = 4;

    private readonly Lock gate = new();
    private long since;
    private readonly Dictionary<long, Stack<MemoryBuffer1D<byte, Stride1D.Dense>>> idle = [];
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> all = [];

    /// <summary>The bytes that have been obtained from the driver.</summary>
    public long Bytes
    {
        get
        {
            lock (gate) return all.Sum(b => b.Length);
        }
    }

    /// <summary>Memory for a number of bytes, whatever stands in it.</summary>
    /// <exception cref="InsufficientMemoryException">The device has no more.</exception>
    public MemoryBuffer1D<byte, Stride1D.Dense> Obtain(long bytes)
    {
        var size = Rounded(bytes);
        if (Take(size) is { } ready) return ready;
        if (IsDue(size) && Returned(size) is { } found) return found;
        try
        {
            return Allocate(size);
        }
        catch (Exception e) when (e is AcceleratorException or OutOfMemoryException)
        {
            if (Returned(size) is { } returned) return returned;
            Trim();
            try
            {
                return Allocate(size);
            }
            catch (Exception again) when (again is AcceleratorException or OutOfMemoryException)
            {
                throw new InsufficientMemoryException($"{accelerator.Name} has no {Units.Bytes(size)} left beside the {Units.Bytes(Bytes)} in use: make the batch smaller, donate inputs, use checkpoint, or delete results that are read no longer", again);
            }
        }
    }

    /// <summary>Whether so much has been obtained since the collector last looked that it should: it does not know how much memory a tensor here holds.</summary>
    private bool IsDue(long size)
    {
        lock (gate) return since + size > Math.Max(Allowance, all.Sum(b => b.Length) / PartOfAll);
    }

    /// <summary>Memory of this size that the collector finds nothing to refer to.</summary>
    private MemoryBuffer1D<byte, Stride1D.Dense>? Returned(long size)
    {
        lock (gate) since = 0;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Take(size);
    }

    /// <summary>Memory that nothing refers to any longer.</summary>
    public void PutBack(MemoryBuffer1D<byte, Stride1D.Dense> memory)
    {
        lock (gate)
        {
            if (!idle.TryGetValue(memory.Length, out var pieces)) idle[memory.Length] = pieces = [];
            pieces.Push(memory);
        }
    }

    private static long Rounded(long bytes)
    {
        const long alignment = 256;
        var step = alignment;
        while (step * 16 < bytes) step *= 2;
        return Math.Max(step, (bytes + step - 1) / step * step);
    }

    private MemoryBuffer1D<byte, Stride1D.Dense>? Take(long size)
    {
        lock (gate) return idle.TryGetValue(size, out var pieces) && pieces.TryPop(out var memory) ? memory : null;
    }

    private MemoryBuffer1D<byte, Stride1D.Dense> Allocate(long size)
    {
        var memory = accelerator.Allocate1D<byte>(size);
        lock (gate)
        {
            all.Add(memory);
            since += size;
        }
        return memory;
    }

    /// <summary>Gives the driver back what waits.</summary>
    private void Trim()
    {
        lock (gate)
        {
            foreach (var memory in idle.Values.SelectMany(pieces => pieces))
            {
                all.Remove(memory);
                memory.Dispose();
            }
            idle.Clear();
        }
    }

    public void Dispose()
    {
        foreach (var memory in all) memory.Dispose();
    }
}
