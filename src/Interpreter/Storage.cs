using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    /// <summary>One tensor less looks at this; whether none does any longer.</summary>
    internal bool DropOwner() => Interlocked.Decrement(ref owners) == 0;

    /// <summary>Lets go of the memory at once, where it can be: nothing refers to this any longer.</summary>
    protected internal virtual void Release() { }

    /// <summary>The elements on the host: itself, or a copy.</summary>
    public abstract HostStorage ToHost();
}

/// <summary>Host memory, aligned to 64 bytes and fixed in place, so that kernels may hold pointers into it.</summary>
public sealed unsafe class HostStorage : Storage
{
    private const int Alignment = 64;
    private readonly byte[] memory;
    private readonly int offset;
    private readonly HostMemory.Lease? lease;
    private readonly bool isPart;

    /// <summary>Zeroed memory for a number of bytes.</summary>
    /// <exception cref="InsufficientMemoryException">More than a managed array holds, 2 GiB.</exception>
    public HostStorage(long bytes) : this(Allocate(ArrayLength(bytes)), bytes, null) => Span.Clear();

    /// <summary>A part of an array that is fixed in place.</summary>
    internal HostStorage(byte[] memory, long bytes, HostMemory.Lease? lease)
    {
        (this.memory, this.lease, Bytes) = (memory, lease, bytes);
        offset = (int)(-(long)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) & (Alignment - 1));
    }

    private HostStorage(HostStorage whole, long offset, long bytes) => (memory, lease, this.offset, Bytes, isPart) = (whole.memory, whole.lease, whole.offset + (int)offset, bytes, true);

    /// <summary>Memory for a number of bytes, whatever stands in it: for who writes all of it.</summary>
    /// <exception cref="InsufficientMemoryException">More than a managed array holds, 2 GiB.</exception>
    public static HostStorage Uninitialized(long bytes) => new(Allocate(ArrayLength(bytes)), bytes, null);

    /// <summary>The most bytes that one holds.</summary>
    internal static long Most => Array.MaxLength - Alignment;

    /// <summary>The length of an array in which so many bytes can be aligned.</summary>
    internal static int ArrayLength(long bytes) => bytes <= Most
        ? (int)bytes + Alignment
        : throw new InsufficientMemoryException($"a tensor of {bytes:N0} bytes exceeds what one buffer holds, {Most:N0}: split it");

    /// <summary>An array that is fixed in place, whatever stands in it.</summary>
    internal static byte[] Allocate(int length)
    {
        var memory = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        LargePages.Advise((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)), length);
        return memory;
    }

    /// <summary>A part of this memory, which keeps the whole alive.</summary>
    /// <param name="offset">Where it begins, in bytes: a multiple of 64.</param>
    /// <param name="bytes">How long it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within this, or begins between multiples of 64.</exception>
    public HostStorage Part(long offset, long bytes) => offset >= 0 && bytes >= 0 && offset + bytes <= Bytes && offset % Alignment == 0
        ? new(this, offset, bytes)
        : throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{bytes} bytes from there do not lie within {Bytes}, or begin between multiples of {Alignment}");

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <summary>The bytes, which may be looked at even when nothing refers to this any longer. Only the owner of the storage may write, before it becomes a tensor.</summary>
    public Span<byte> Span
    {
        get
        {
            lease?.IsExposed = true;
            return memory.AsSpan(offset, (int)Bytes);
        }
    }

    /// <summary>Copies bytes out.</summary>
    /// <param name="from">The first of them.</param>
    /// <param name="target">Where to, and how many.</param>
    public void Read(long from, Span<byte> target)
    {
        memory.AsSpan(offset + (int)from, target.Length).CopyTo(target);
        GC.KeepAlive(this);
    }

    /// <summary>The address, aligned; valid while this object is reachable.</summary>
    public byte* Pointer => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) + offset;

    /// <inheritdoc/>
    public override HostStorage ToHost() => this;

    /// <inheritdoc/>
    protected internal override void Release()
    {
        if (!isPart) lease?.Dispose();
    }
}
