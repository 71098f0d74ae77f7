using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Sums on processors: each lane of a vector adds every so many of what lies side by side, and lanes are added in the end; or, where what is added lies
/// apart, sums that lie side by side are lanes. It takes n/lanes + lanes roundings at most to add n numbers, and no order depends on the processor.
/// </summary>
internal static class VectorSums
{
    private const int Lanes = 16;

    /// <summary>The kernel that adds along an operand's depth; null where neither what is added nor the sums lie side by side.</summary>
    public static KernelCode? Code(DType type, StridedOperand of, Geometry geometry)
    {
        var (k, depth) = (new KernelBuilder("sum"), new DepthLoops(of, of));
        var (x, to) = (k.Argument(type), k.Argument(type));
        if (depth.Innermost is ( >= Lanes, 1, _)) return Along(k, type, of, depth, x, to, geometry);
        return new[] { Lanes, Lanes / 2, Lanes / 4 }.Where(lanes => of.Run >= lanes && Blocks(of, lanes) >= geometry.Processors)
            .Select(lanes => Across(k, type, of, depth, x, to, lanes, geometry)).FirstOrDefault();
    }

    private static int Blocks(StridedOperand of, int lanes) => of.Count / of.Run * Block.Count(of.Run, lanes);

    private static KernelCode Along(KernelBuilder k, DType type, StridedOperand of, DepthLoops depth, Argument x, Argument to, Geometry geometry)
    {
        var parts = k.Shared(type, Lanes);
        return k.ForEach(of.Count, geometry, at =>
        {
            var (line, whole) = (k.Let(of.Line(0, at)), k.Let(new Number(type, 0)));
            var sums = Zeros(k, type, Lanes);
            depth.Each(k, Lanes, (along, _) => Add(k, sums, k.ReadRun(x, line + along, Lanes)), (along, _) => k.Set(whole, whole + x[line + along]));
            for (var lane = 0; lane < Lanes; lane++) k.Put(parts, lane, sums[lane]);
            k.For(Lanes, lane => k.Set(whole, whole + parts[lane]));
            k.Put(to, at, whole);
        }, depth.Steps);
    }

    private static KernelCode Across(KernelBuilder k, DType type, StridedOperand of, DepthLoops depth, Argument x, Argument to, int lanes, Geometry geometry)
    {
        var (run, inRun, done) = (of.Run, Block.Count(of.Run, lanes), k.Shared(type, lanes));
        return k.ForEach(Blocks(of, lanes), geometry, block =>
        {
            // the last of a run begins earlier, and leaves out what the one before it does
            var first = k.Let(block % inRun * lanes);
            var within = k.Let(Coordinates.Least(first, run - lanes));
            var start = k.Let((block / inRun * run) + within);
            var (line, sums) = (k.Let(of.Line(0, start)), Zeros(k, type, lanes));
            depth.Each(k, (along, _) => Add(k, sums, k.ReadRun(x, line + along, lanes)));
            for (var lane = 0; lane < lanes; lane++) k.Put(done, lane, sums[lane]);
            k.For(k.Let(first - within), lanes, 1, lane => k.Put(to, start + lane, done[lane]));
        }, depth.Steps * lanes);
    }

    private static Local[] Zeros(KernelBuilder k, DType type, int lanes) => [.. Enumerable.Range(0, lanes).Select(_ => k.Let(new Number(type, 0)))];

    private static void Add(KernelBuilder k, Local[] sums, Local[] vector)
    {
        for (var lane = 0; lane < sums.Length; lane++) k.Set(sums[lane], sums[lane] + vector[lane]);
    }
}
