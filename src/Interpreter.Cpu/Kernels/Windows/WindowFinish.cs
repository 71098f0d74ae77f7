using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>A pooling of what a convolution computes, image by image, while that is in the cache of the core that computed it.</summary>
/// <param name="pooling">The pooling.</param>
/// <param name="size">The elements of a plane of what it pools.</param>
/// <param name="before">What makes of the convolution's elements those that are pooled.</param>
internal sealed unsafe class WindowFinish(IPooling pooling, long size, Finish? before)
{
    private const int MostLineBytes = 16 << 10;
    private const int Alignment = 64;

    /// <summary>Whether a pooling can be done so: what it works in lies on the stack.</summary>
    public static bool Serves(IPooling pooling) => pooling.LineBytes <= MostLineBytes;

    /// <summary>Told of the elements of whole planes.</summary>
    [SkipLocalsInit]
    public void Finished(Frame frame, byte* result, long from, long until)
    {
        before?.Invoke(frame, result, from, until);
        var memory = stackalloc byte[MostLineBytes + Alignment];
        var lines = (byte*)(((nint)memory + Alignment - 1) / Alignment * Alignment);
        var (end, blocks) = (until / size, pooling.Blocks);
        for (var plane = from / size; plane < end; plane += blocks.Together)
            foreach (var block in blocks.All) pooling.Fill(frame, result, plane, (int)Math.Min(blocks.Together, end - plane), block, lines);
    }
}
