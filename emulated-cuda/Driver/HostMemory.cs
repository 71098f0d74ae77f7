using System.Runtime.InteropServices;

namespace EmulatedCuda.Driver;

/// <summary>The host's memory that is locked to its pages: only from there, and to there, are copies made later.</summary>
internal sealed unsafe class HostMemory
{
    private readonly Dictionary<nint, (long Bytes, bool IsOurs)> locked = [];

    public bool IsLocked(nint address, long bytes) => locked.Any(l => address >= l.Key && address + bytes <= l.Key + l.Value.Bytes);

    public nint Allocate(long bytes)
    {
        var memory = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), 4096);
        NativeMemory.Fill((void*)memory, (nuint)bytes, 0xFF);
        locked.Add(memory, (bytes, true));
        return memory;
    }

    public void Free(nint address)
    {
        if (!locked.TryGetValue(address, out var piece) || !piece.IsOurs) throw new DriverException(Result.InvalidValue, $"no locked memory was obtained at {address:x}");
        locked.Remove(address);
        NativeMemory.AlignedFree((void*)address);
    }

    public void Register(nint address, long bytes) => locked.Add(address, (bytes, false));

    public void Unregister(nint address)
    {
        if (!locked.Remove(address)) throw new DriverException(Result.InvalidValue, $"no locked memory is known at {address:x}");
    }
}
