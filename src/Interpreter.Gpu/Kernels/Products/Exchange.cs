using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Where lines of a panel lie, so that threads that bring four steps of the depth each, for adjacent lines and some times four steps, write to all
/// banks of shared memory: of every 4 steps, blocks of 8 lines are exchanged with others of their 32. A warp that reads 4 steps of 8 lines for tensor
/// cores still finds them in all banks.
/// </summary>
internal static class Exchange
{
    /// <summary>How many lines there are among which some are exchanged, and after how many steps it is as before.</summary>
    public const int Lines = 32, Depths = 16;

    private const int Steps = 4, Block = 8;

    /// <summary>What a line's number differs by from its place, in bits.</summary>
    public static Value Of(Value depth) => depth / Steps * Block % Lines;

    /// <summary>The same, of which some bits exchange a warp's lines, which are so many, with one another, and others all of them with other warps'.</summary>
    public static (int Within, int Beyond) Of(int depth, int ofWarp)
    {
        var bits = depth / Steps * Block % Lines;
        return (bits % ofWarp, bits / ofWarp * ofWarp);
    }

    /// <summary>With how many warps' lines those of a warp are exchanged.</summary>
    public static int Warps(int ofWarp) => Math.Max(1, Lines / ofWarp);
}
