using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Where lines of a panel lie, so that threads that bring four steps of the depth each, for adjacent lines and some times four steps, write to all
/// banks of shared memory: from every 4 steps to the next, lines are exchanged with others of their 32, by halves of these where a piece has 8 steps,
/// by quarters where it has 16, and by eighths of 32. A warp that reads 4 steps of 8 lines for tensor cores still finds them in all banks.
/// </summary>
/// <param name="depth">The steps of a piece.</param>
internal readonly struct Exchange(int depth)
{
    /// <summary>How many lines there are among which some are exchanged.</summary>
    public const int Lines = 32;

    private const int Steps = 4, Block = 8;

    private int Unit => Math.Max(Steps, Lines * Steps / depth);

    /// <summary>What a line's number differs by from its place, in bits.</summary>
    public Value Of(Value step) => step / Steps * Unit % Lines;

    /// <summary>
    /// The same of a line of a warp, which reads so many: by which bits blocks of its lines are exchanged with one another, and which of
    /// <see cref="Starts"/> the others make of where its lines begin.
    /// </summary>
    public (int Within, int Start) Of(int step, int ofWarp)
    {
        var (blocks, within) = Math.DivRem(step / Steps * Unit % Lines, Block);
        return (blocks * Block % ofWarp, ((within > 0 ? 1 : 0) * Warps(ofWarp)) + (blocks * Block / ofWarp));
    }

    /// <summary>Where a warp's lines begin, given the first and which of 8 lines a thread reads: as they are exchanged with other warps', and where eighths are with their neighbours.</summary>
    public IEnumerable<Value> Starts(Value first, Value line, int ofWarp)
    {
        var unit = Unit;
        return from within in Enumerable.Range(0, unit < Block ? 2 : 1)
               from warp in Enumerable.Range(0, Warps(ofWarp))
               select (warp == 0 ? first : first ^ (warp * ofWarp)) + (within == 0 ? line : line ^ unit);
    }

    private static int Warps(int ofWarp) => Math.Max(1, Lines / ofWarp);
}
