using System.Numerics;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Sums of what others have summed: the first parts of all results, then their second, and so on. A thread adds all parts of a result; where results
/// are few, several threads of a group add some parts each, and their sums are added along a tree: as many as keep a device busy, each with enough to do.
/// </summary>
internal static class PartSums
{
    private const int LeastParts = 8, Unrolled = 32, Warp = 32;

    /// <summary>The kernel.</summary>
    /// <param name="k">What it is written down with.</param>
    /// <param name="sums">The parts.</param>
    /// <param name="parts">How many each result has.</param>
    /// <param name="results">How many results.</param>
    /// <param name="end">What is done with a result, given its place.</param>
    /// <param name="geometry">The device.</param>
    public static KernelCode Code(KernelBuilder k, Memory sums, int parts, int results, Action<Value, Value> end, Geometry geometry)
    {
        var (together, least) = (1, Math.Min(Warp, (int)BitOperations.RoundUpToPowerOf2((uint)results)));
        while (2 * together * least <= geometry.Threads && 2 * together * LeastParts <= parts && (long)together * results < geometry.Busy * (long)geometry.Threads) together *= 2;
        if (together == 1) return k.ForEach(results, geometry, at => end(at, Sum(at, 0, parts)), parts);

        var (each, beside) = ((parts + together - 1) / together, geometry.Threads / together);
        var (slice, shared) = (k.Let(KernelBuilder.Thread / beside), k.Shared(sums.Type, geometry.Threads));
        var result = k.Let((KernelBuilder.Group * beside) + (KernelBuilder.Thread % beside));
        var inside = TiledProduct.Inside(result, results, beside);
        var isOne = inside is Number ? inside : k.Let(inside);
        k.Put(shared, KernelBuilder.Thread, new Number(sums.Type, 0));
        k.Where(isOne, () => k.Put(shared, KernelBuilder.Thread, Sum(result, k.Let(slice * each), each)));
        k.Meet();
        for (var half = together / 2; half > 0; half /= 2)
        {
            var other = KernelBuilder.Thread + (half * beside);
            k.If(slice < half, () => k.Put(shared, KernelBuilder.Thread, shared[KernelBuilder.Thread] + shared[other]));
            k.Meet();
        }
        k.If(slice.Is(0) & isOne, () => end(result, shared[KernelBuilder.Thread]));
        return k.Build((results + beside - 1) / beside, geometry.Threads);

        Value Sum(Value at, Value first, int count)
        {
            var sum = k.Let(new Number(sums.Type, 0));
            var (start, until) = (k.Let(at + (first * results)), parts % count == 0 && parts / count == together ? (Value)count : k.Let(Coordinates.Least(count, parts - first)));
            if (count > Unrolled) k.For(0, until, 1, part => k.Set(sum, sum + sums[start + (part * results)]));
            else
                for (var part = 0; part < count; part++)
                {
                    var distance = part * results;
                    k.Where(until is Number ? Value.True : Number.Of(part) < until, () => k.Set(sum, sum + sums[start + distance]));
                }
            return sum;
        }
    }
}
