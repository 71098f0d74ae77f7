using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Where the greatest or the least element of each line is: by a thread for a line, or, where lines are long, by a group.</summary>
internal static class Extremes
{
    /// <summary>Whether a later element is better than an earlier one: NaN beats numbers, nothing beats NaN.</summary>
    public static Value Beats(Value later, Value earlier, bool greatest)
    {
        var better = greatest ? later > earlier : later < earlier;
        return later.Type.IsFloat ? earlier.Is(earlier) & (!later.Is(later) | better) : better;
    }

    public static KernelCode Arg(string name, TensorType of, int axis, bool greatest, Geometry geometry)
    {
        var (k, along) = (new KernelBuilder(name), new Along(of.Shape, axis));
        var (x, to) = (k.Argument(of.DType), k.Argument(DType.I32));
        if (along.Count == 0) return k.Build(1, 1);
        (Local Best, Local Place) Among(Value line, Value first, int step)
        {
            var (best, place) = (k.Let(x[along.At(line, first)]), k.Let(first));
            k.For(first + step, along.Extent, step, n =>
            {
                var next = k.Let(x[along.At(line, n)]);
                Improve(Beats(next, best, greatest), best, next, place, n);
            });
            return (best, place);
        }
        void Improve(Value isBetter, Local best, Value next, Local place, Value n)
        {
            var better = k.Let(isBetter);
            k.Set(best, Value.Select(better, next, best));
            k.Set(place, Value.Select(better, n, place));
        }
        if (along.IsThreads(geometry)) return k.ForEach(along.Count, geometry, line => k.Put(to, line, Among(line, 0, 1).Place), along.Extent);
        var threads = geometry.Halving(along.Extent);
        var (values, places, groups) = (k.Shared(of.DType, threads), k.Shared(DType.I32, threads), Math.Min(along.Count, geometry.Groups));
        k.For(KernelBuilder.Group, along.Count, groups, line =>
        {
            var (best, place) = Among(line, KernelBuilder.Thread, threads);
            for (var half = threads / 2; half > 0; half /= 2)
            {
                var from = half;
                k.If(!(KernelBuilder.Thread < from), () => Keep());
                k.Meet();
                k.If(KernelBuilder.Thread < from, () =>
                {
                    var (next, n) = (k.Let(values[KernelBuilder.Thread + from]), k.Let(places[KernelBuilder.Thread + from]));
                    var isTie = !Beats(best, next, greatest) & (n < place);
                    Improve(Beats(next, best, greatest) | isTie, best, next, place, n);
                });
                k.Meet();
            }
            k.If(KernelBuilder.Thread.Is(0), () => k.Put(to, line, place));

            void Keep()
            {
                k.Put(values, KernelBuilder.Thread, best);
                k.Put(places, KernelBuilder.Thread, place);
            }
        });
        return k.Build(groups, threads);
    }
}
