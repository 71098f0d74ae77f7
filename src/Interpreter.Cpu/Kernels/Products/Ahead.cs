using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// What is copied next, asked for while tiles are multiplied: short rows, too far apart for a processor to see a stream, which come into its
/// second-level cache.
/// </summary>
/// <param name="start">The first row.</param>
/// <param name="row">The bytes from a row to the next.</param>
/// <param name="rows">The rows.</param>
/// <param name="bytes">A row's bytes.</param>
internal readonly unsafe struct Ahead(byte* start, nint row, int rows, int bytes)
{
    private const int Line = 64;

    /// <summary>Asks for the share of some rows of a product that has so many.</summary>
    public void Fetch(int from, int until, int all)
    {
        if (rows == 0) return;
        for (var r = (int)((long)from * rows / all); r < (int)((long)until * rows / all); r++)
            for (var at = start + (r * row); at < start + (r * row) + bytes; at += Line) Sse.Prefetch1(at);
    }
}
