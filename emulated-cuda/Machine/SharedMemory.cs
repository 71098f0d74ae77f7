using System.Numerics;
using System.Runtime.InteropServices;

namespace EmulatedCuda.Machine;

/// <summary>The memory that a group's threads share, and which of them touched what since they last met.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    /// <summary>A mark says when and by whom: as many times this as threads have met, and the thread.</summary>
    private const uint Threads = 2048;
    private const uint Several = Threads - 1;

    private readonly uint[] written, read;
    private readonly int grain;
    private uint round;

    /// <param name="program">Says how much there is, and what the smallest access is.</param>
    public SharedMemory(Program program)
    {
        (Bytes, grain) = (program.SharedBytes, BitOperations.Log2((uint)program.SmallestShared));
        Memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, 1), 128);
        (written, read) = (new uint[(Bytes >> grain) + 1], new uint[(Bytes >> grain) + 1]);
    }

    public int Bytes { get; }

    public byte* Memory { get; }

    /// <summary>For another group: what is in it means nothing.</summary>
    public void Start()
    {
        new Span<byte>(Memory, Bytes).Fill(0xFF);
        Meet();
    }

    /// <summary>All threads have met.</summary>
    public void Meet()
    {
        round += Threads;
        if (round != 0) return;
        Array.Clear(written);
        Array.Clear(read);
        round = Threads;
    }

    /// <summary>A thread reads; says which other has written there since all met, or −1.</summary>
    public int Read(int offset, int bytes, int thread)
    {
        var (mark, other) = (round + (uint)thread, -1);
        for (var i = offset >> grain; i <= (offset + bytes - 1) >> grain; i++)
        {
            if (written[i] >= round && written[i] != mark) other = (int)(written[i] % Threads);
            read[i] = read[i] >= round && read[i] != mark ? round + Several : mark;
        }
        return other;
    }

    /// <summary>A thread writes; says which other has been there since all met, or −1.</summary>
    public int Write(int offset, int bytes, int thread)
    {
        var (mark, other) = (round + (uint)thread, -1);
        for (var i = offset >> grain; i <= (offset + bytes - 1) >> grain; i++)
        {
            if (written[i] >= round && written[i] != mark) other = (int)(written[i] % Threads);
            if (read[i] >= round && read[i] != mark) other = (int)(read[i] % Threads);
            written[i] = mark;
        }
        return other;
    }

    public void Dispose() => NativeMemory.AlignedFree(Memory);
}
