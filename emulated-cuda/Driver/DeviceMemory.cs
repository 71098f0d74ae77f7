using System.Runtime.InteropServices;

namespace EmulatedCuda.Driver;

/// <summary>A piece of the device's memory.</summary>
/// <param name="memory">Where the emulator keeps it.</param>
/// <param name="address">Where it begins, on the device.</param>
/// <param name="bytes">Its size.</param>
internal sealed unsafe class Allocation(byte* memory, ulong address, long bytes)
{
    public long Bytes { get; } = bytes;

    public bool IsFree { get; private set; }

    public ulong Address { get; } = address;

    /// <summary>Whether some bytes lie in it.</summary>
    public bool Holds(ulong address, long bytes) => !IsFree && address >= Address && address + (ulong)bytes <= Address + (ulong)Bytes;

    /// <summary>Where the emulator keeps what is at an address.</summary>
    public byte* Host(ulong address) => memory + (address - Address);

    public void Free()
    {
        IsFree = true;
        NativeMemory.AlignedFree(memory);
    }
}

/// <summary>
/// The device's memory. What is in new memory means nothing: it is filled with what is no number.
/// Its addresses are no addresses of the host, so that who reads there without the driver fails at once;
/// and none is used twice, and each piece is as far from the next as no index reaches, so that who leaves one or keeps one fails too.
/// </summary>
internal sealed unsafe class DeviceMemory(long bytes)
{
    private const ulong Away = 1UL << 56;
    private const ulong Gap = 1UL << 36;
    private Allocation[] all = [];
    private ulong next = Away;

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
        var allocation = new Allocation(memory, next, bytes);
        next += (((ulong)bytes / Gap) + 2) * Gap;
        all = [.. all, allocation];
        return allocation.Address;
    }

    public void Free(ulong address)
    {
        var allocation = Array.Find(all, a => a.Address == address) ?? throw new DriverException(Result.InvalidValue, $"there is no memory at {address:x}");
        all = [.. all.Where(a => a != allocation)];
        allocation.Free();
    }
}
