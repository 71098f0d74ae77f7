using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Where lines of a panel lie, so that threads that bring four steps of the depth each, for adjacent lines and some times four steps, write to all
/// banks of shared memory: of every 4 steps, blocks of 8 lines are exchanged with others of their 32, and of every 16 the halves of such blocks with
/// one another. A warp that reads 4 steps of 8 lines for tensor cores still finds them in all banks.
/// </summary>
internal static class Exchange
{
    /// <summary>How many lines there are among which some are exchanged, and after how many steps it is as before.</summary>
    public const int Lines = 32, Depths = 32;

    private const int Steps = 4, Block = 8, Half = 4;

    /// <summary>What a line's number differs by from its place, in bits.</summary>
    public static Value Of(Value depth) => (depth / Steps * Block % Lines) + (depth / (Depths / 2) * Half % Block);

    /// <summary>
    /// The same of a line of a warp, which reads so many: by which bits blocks of its lines are exchanged with one another, and which of
    /// <see cref="Starts"/> the others make of where its lines begin.
    /// </summary>
    public static (int Within, int Start) Of(int depth, int ofWarp)
    {
        var (blocks, halves) = (depth / Steps * Block % Lines, depth / (Depths / 2) % 2);
        return (blocks % ofWarp, (halves * Warps(ofWarp)) + (blocks / ofWarp));
    }

    /// <summary>Where a warp's lines begin, given the first and which of 8 lines a thread reads: exchanged with other warps', and with halves exchanged where steps are more than 16.</summary>
    public static IEnumerable<Value> Starts(Value first, Value line, int ofWarp, int depth) =>
        from halves in Enumerable.Range(0, depth > Depths / 2 ? 2 : 1)
        from warp in Enumerable.Range(0, Warps(ofWarp))
        select (warp == 0 ? first : first ^ (warp * ofWarp)) + (halves == 0 ? line : line ^ Half);

    private static int Warps(int ofWarp) => Math.Max(1, Lines / ofWarp);
}
