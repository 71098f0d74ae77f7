using System.Runtime.InteropServices;

namespace EmulatedCuda.Driver;

/// <summary>A piece of the device's memory. Its addresses are no addresses of the host: who reads there without the driver fails at once.</summary>
internal sealed unsafe class Allocation(byte* memory, long bytes)
{
    private const ulong Away = 1UL << 56;

    public long Bytes { get; } = bytes;

    public bool IsFree { get; private set; }

    /// <summary>Where it begins, on the device.</summary>
    public ulong Address { get; } = (ulong)memory + Away;

    /// <summary>Whether some bytes lie in it.</summary>
    public bool Holds(ulong address, long bytes) => !IsFree && address >= Address && address + (ulong)bytes <= Address + (ulong)Bytes;

    /// <summary>Where the emulator keeps what is at an address.</summary>
    public byte* Host(ulong address) => (byte*)(address - Away);

    public void Free()
    {
        IsFree = true;
        NativeMemory.AlignedFree(Host(Address));
    }
}

/// <summary>The device's memory. What is in new memory means nothing: it is filled with what is no number.</summary>
internal sealed unsafe class DeviceMemory(long bytes)
{
    private Allocation[] all = [];

    public long Bytes { get; } = bytes;

    public long FreeBytes => Bytes - all.Sum(a => a.Bytes);

    /// <summary>The piece in which some bytes lie; null where there is none.</summary>
    public Allocation? Of(ulong address, long bytes)
    {
        var pieces = all;
        var (from, to) = (0, pieces.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (pieces[middle].Address + (ulong)pieces[middle].Bytes <= address) from = middle + 1;
            else to = middle;
        }
        return from < pieces.Length && pieces[from].Holds(address, bytes) ? pieces[from] : null;
    }

    public ulong Allocate(long bytes)
    {
        if (bytes <= 0) throw new DriverException(Result.InvalidValue, "no bytes are asked for");
        if (bytes > FreeBytes) throw new DriverException(Result.OutOfMemory, $"{bytes} bytes are asked for, and {FreeBytes} are free");
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 512);
        NativeMemory.Fill(memory, (nuint)bytes, 0xFF);
        var allocation = new Allocation(memory, bytes);
        all = [.. all.Append(allocation).OrderBy(a => a.Address)];
        return allocation.Address;
    }

    public void Free(ulong address)
    {
        var allocation = Array.Find(all, a => a.Address == address) ?? throw new DriverException(Result.InvalidValue, $"there is no memory at {address:x}");
        all = [.. all.Where(a => a != allocation)];
        allocation.Free();
    }
}
