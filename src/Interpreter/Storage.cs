using System.Runtime.CompilerServices;

namespace Functional.Interpreter;

/// <summary>Memory that holds a tensor's elements, on the host or a device.</summary>
public abstract class Storage
{
    /// <summary>How many bytes it holds.</summary>
    public abstract long Bytes { get; }

    private int owners;

    /// <summary>Whether several tensors look at this memory, so that none of them may give it away to be overwritten.</summary>
    public bool IsShared => Volatile.Read(ref owners) > 1;

    internal void AddOwner() => Interlocked.Increment(ref owners);

    internal void DropOwner() => Interlocked.Decrement(ref owners);

    /// <summary>The elements on the host: itself, or a copy.</summary>
    public abstract HostStorage ToHost();
}

/// <summary>Host memory, zeroed, aligned to 64 bytes and fixed in place, so that kernels may hold pointers into it.</summary>
public sealed unsafe class HostStorage : Storage
{
    private const int Alignment = 64;
    private readonly byte[] memory;
    private readonly int offset;

    /// <summary>Memory for a number of bytes.</summary>
    /// <exception cref="InsufficientMemoryException">More than a managed array holds, 2 GiB.</exception>
    public HostStorage(long bytes)
    {
        if (bytes > Array.MaxLength - Alignment)
            throw new InsufficientMemoryException($"a tensor of {bytes:N0} bytes exceeds what one buffer holds, {Array.MaxLength - Alignment:N0}: split it");
        Bytes = bytes;
        memory = GC.AllocateArray<byte>((int)bytes + Alignment, pinned: true);
        var address = (long)Unsafe.AsPointer(ref memory[0]);
        offset = (int)(-address & (Alignment - 1));
    }

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <summary>The bytes. Only the owner of the storage may write, before it becomes a tensor.</summary>
    public Span<byte> Span => memory.AsSpan(offset, (int)Bytes);

    /// <summary>The address, aligned; valid while this object is reachable.</summary>
    public byte* Pointer => (byte*)Unsafe.AsPointer(ref memory[0]) + offset;

    /// <inheritdoc/>
    public override HostStorage ToHost() => this;
}
