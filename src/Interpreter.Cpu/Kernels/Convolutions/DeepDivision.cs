namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// How a deep convolution is divided into tasks: blocks of images, whose results stay in the caches, and parts of the depth, whose results are summed in
/// the end. By its shape alone, never by the number of threads: tasks of one size, many or a multiple of a few.
/// </summary>
/// <param name="Images">The images of a block.</param>
/// <param name="Parts">The parts of the depth.</param>
internal readonly record struct DeepDivision(int Images, int Parts)
{
    private const int ResultBytes = 512 << 10;
    private const int PartsBytes = 8 << 20;
    private const int MostTasks = 24;
    private const int MostParts = 16;
    private const int LeastImages = 24;
    private const int Workers = 8;
    private const double FlopsToAdd = 100;
    private const double FlopsToFetch = 20;

    /// <summary>The division of the least time.</summary>
    /// <param name="images">All images.</param>
    /// <param name="positions">The rows of a product that one is.</param>
    /// <param name="rowBytes">The result of one of these, of one group.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="chunks">The chunks of the depth, none of which is divided.</param>
    /// <param name="depth">The steps along the depth.</param>
    public static DeepDivision Of(int images, int positions, long rowBytes, int groups, int chunks, long depth)
    {
        var imageBytes = positions * rowBytes;
        var least = DirectConvolution<byte>.Blocks(images, (int)Math.Max(1, ResultBytes / imageBytes));
        var (best, time) = (default(DeepDivision), double.PositiveInfinity);
        for (var blocks = least; blocks <= Math.Max(least, Math.Min(MostTasks / groups, images / LeastImages)); blocks++)
            for (var parts = 1; parts <= Math.Min(MostParts, chunks) && (parts == 1 || (blocks * parts * groups <= Math.Max(MostParts, MostTasks) && parts * images * imageBytes * groups <= PartsBytes)); parts++)
                if (Time(blocks, parts) is var t && t < time) (best, time) = (new(DirectConvolution<byte>.Even(images, DirectConvolution<byte>.Blocks(images, blocks)), parts), t);
        return best;

        // of an element of the result, in floating-point operations: tasks that wait for others, what does not divide evenly, filters fetched for each block, and sums
        double Time(int blocks, int parts)
        {
            var tasks = groups * blocks * parts;
            var waits = (double)Up(tasks, Workers) / tasks * Up(chunks, parts) / chunks * Up(images, blocks) / images;
            return (2 * depth * waits) + (blocks > 1 ? FlopsToFetch * depth * blocks / (images * (long)positions) : 0) + (parts > 1 ? FlopsToAdd * parts : 0);
        }

        static long Up(long count, int to) => (count + to - 1) / to * to;
    }
}
