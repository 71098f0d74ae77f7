using EmulatedCuda.Driver;

namespace EmulatedCuda.Machine;

/// <summary>Which memory.</summary>
internal enum Space
{
    Global,
    Shared,
}

/// <summary>Reads or writes of memory, a vector of numbers for each thread.</summary>
/// <param name="space">Which memory.</param>
/// <param name="address">The register with the address.</param>
/// <param name="offset">What is added to it.</param>
/// <param name="bytes">The bytes of the vector, which is aligned to them.</param>
internal abstract unsafe class Access(Space space, int address, long offset, int bytes) : Instruction
{
    private Allocation? last;

    /// <summary>Its place in the program.</summary>
    public int Place { get; init; }

    /// <summary>Where each thread's vector is.</summary>
    protected void Resolve(Warp warp, uint lanes, bool writes, byte** places)
    {
        var addresses = (ulong*)(warp.Registers + address);
        if (space == Space.Global && last is { } piece && IsWithin(piece, addresses, lanes) && !warp.Group.Launch.Counts)
        {
            for (var all = lanes; all != 0;)
            {
                var lane = Next(ref all);
                places[lane] = piece.Host(addresses[lane] + (ulong)offset);
            }
            return;
        }
        var counted = stackalloc ulong[Warp.Size];
        var (shared, rest, count) = (warp.Group.Shared, lanes, 0);
        while (rest != 0)
        {
            var lane = Next(ref rest);
            var at = addresses[lane] + (ulong)offset;
            if (at % (ulong)bytes != 0) throw warp.Fault(this, 1u << lane, $"accesses {bytes} bytes at {at:x}, which is no multiple", Result.MisalignedAddress);
            if (warp.Group.Launch.Counts) counted[count++] = at;
            if (space == Space.Shared)
            {
                if (at + (ulong)bytes > (ulong)shared.Bytes) throw warp.Fault(this, 1u << lane, $"accesses {bytes} bytes at {at} of {shared.Bytes} shared bytes", Result.IllegalAddress);
                var thread = (warp.Number * Warp.Size) + lane;
                var other = writes ? shared.Write((int)at, bytes, thread) : shared.Read((int)at, bytes, thread);
                if (other >= 0) throw warp.Fault(this, 1u << lane, $"{(writes ? "writes" : "reads")} shared bytes {at} where thread {other} has been since all met");
                places[lane] = shared.Memory + at;
            }
            else
            {
                var memory = last;
                if (memory is null || !memory.Holds(at, bytes))
                    last = memory = warp.Group.Launch.Memory.Of(at, bytes) ?? throw warp.Fault(this, 1u << lane, $"{(writes ? "writes" : "reads")} {bytes} bytes at {at:x}, where there is no memory", Result.IllegalAddress);
                places[lane] = memory.Host(at);
            }
        }
        if (warp.Group.Launch.Counts) warp.Group.Transfers[Place] += space == Space.Global ? Transfers.Sectors(new(counted, count), bytes) : Transfers.Rounds(new(counted, count), bytes);
    }

    private bool IsWithin(Allocation memory, ulong* addresses, uint lanes)
    {
        var (least, most, all) = (ulong.MaxValue, 0UL, 0UL);
        while (lanes != 0)
        {
            var at = addresses[Next(ref lanes)] + (ulong)offset;
            (least, most, all) = (Math.Min(least, at), Math.Max(most, at), all | at);
        }
        return all % (ulong)bytes == 0 && memory.Holds(least, bytes) && memory.Holds(most, bytes);
    }
}

/// <summary>Reads.</summary>
internal sealed unsafe class Load<T>(Space space, int[] to, int address, long offset, bool isSigned) : Access(space, address, offset, sizeof(T) * to.Length) where T : unmanaged
{
    public override void Do(Warp warp, uint lanes)
    {
        var places = stackalloc byte*[Warp.Size];
        Resolve(warp, lanes, writes: false, places);
        for (var i = 0; i < to.Length; i++)
        {
            var target = warp.Registers + to[i];
            for (var rest = lanes; rest != 0;)
            {
                var lane = Next(ref rest);
                var from = (T*)places[lane] + i;
                if (sizeof(T) == 1) ((int*)target)[lane] = isSigned ? *(sbyte*)from : *(byte*)from;
                else if (sizeof(T) == 2) ((int*)target)[lane] = isSigned ? *(short*)from : *(ushort*)from;
                else ((T*)target)[lane] = *from;
            }
        }
    }
}

/// <summary>Writes.</summary>
internal sealed unsafe class Store<T>(Space space, int[] values, int address, long offset) : Access(space, address, offset, sizeof(T) * values.Length) where T : unmanaged
{
    public override void Do(Warp warp, uint lanes)
    {
        var places = stackalloc byte*[Warp.Size];
        Resolve(warp, lanes, writes: true, places);
        for (var i = 0; i < values.Length; i++)
        {
            var source = warp.Registers + values[i];
            for (var rest = lanes; rest != 0;)
            {
                var lane = Next(ref rest);
                ((T*)places[lane])[i] = *(T*)(source + (lane * Stride<T>()));
            }
        }
    }
}

/// <summary>Reads what a launch is given.</summary>
internal sealed unsafe class Parameter<T>(int to, int offset) : Instruction where T : unmanaged
{
    public override void Do(Warp warp, uint lanes)
    {
        fixed (byte* parameters = warp.Group.Launch.Parameters)
            while (lanes != 0) *(T*)(warp.Registers + to + (Next(ref lanes) * Stride<T>())) = *(T*)(parameters + offset);
    }
}
