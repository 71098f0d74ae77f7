using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Elements that an index picks.</summary>
internal static class Picks
{
    private const int Few = 32;

    public static KernelCode Gather(Gather g, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("gather");
        var (x, indices, to) = (k.Argument(result.DType), k.Argument(g.Indices.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var (picks, zero, extent) = (g.Indices.Rank - g.Batch, new Number(result.DType, 0), g.X.Shape[g.Axis]);
        return k.ForEach(result.Shape, geometry, (at, i) =>
        {
            if (g.X.Shape.Size == 0)
            {
                k.Put(to, at, zero);
                return;
            }
            var pick = k.Let(indices[Coordinates.Flat([.. i[..g.Batch], .. i[g.Axis..(g.Axis + picks)]], g.Indices.Shape.Strides)]);
            var inside = k.Let(!(pick < new Number(pick.Type, 0)) & (pick < new Number(pick.Type, extent)));
            var along = Value.Select(inside, pick, new Number(pick.Type, 0)).To(DType.I32);
            k.Put(to, at, Value.Select(inside, x[Coordinates.Flat([.. i[..g.Axis], along, .. i[(g.Axis + picks)..]], g.X.Shape.Strides)], zero));
        });
    }

    /// <summary>
    /// Sums of updates, in their order, so that runs repeat bit for bit; no two threads write to one place. Where updates are few, an element of the
    /// result looks through all of them; else they are sorted by their index, and it finds where its own begin and end. Those that go where windows have
    /// found their greatest element it finds by the windows. A processor's thread adds one after another to where it belongs.
    /// </summary>
    public static Passes ScatterAdd(ScatterAdd s, TensorType result, Geometry geometry)
    {
        var (type, picked) = (s.Indices.DType, s.Indices.Shape[s.Batch..]);
        if (result.Shape.Size == 0) return new();
        if (geometry.IsProcessor) return Passes.Of(3, () => InTurn(s, result, geometry));
        if (s.X.Shape.Size > 0 && WindowScatter.Windows(s) is { } windows) return Passes.Of(3, () => WindowScatter.Code(s, windows, result, geometry));
        if (picked.Size <= Few || s.X.Shape.Size == 0) return Passes.Of(3, () => OneByOne(s, result, geometry));
        var passes = new Passes();
        var sorting = new Sorting(checked((int)s.Indices.Shape[..s.Batch].Size), checked((int)picked.Size), DType.I32, geometry);
        var items = sorting.Sorted(passes, 1, type, (indices, line, place) =>
        {
            var index = indices[(line * (int)picked.Size) + place];
            var isInside = !(index < new Number(type, 0)) & (index < new Number(type, s.Extent));
            return Value.Select(isInside, index, new Number(type, s.Extent)).To(DType.I32);
        });
        passes.Add(() => OfSorted(s, result, sorting.Pitch, geometry), 0, items[0], 2);
        return passes;
    }

    /// <summary>Each element of the result from the updates of its index, which lie side by side.</summary>
    private static KernelCode OfSorted(ScatterAdd s, TensorType result, int pitch, Geometry geometry)
    {
        var k = new KernelBuilder("scatterAdd");
        var (x, items, to) = (k.Argument(result.DType), k.Argument(DType.I64), k.Argument(result.DType));
        var (picks, after, before) = ((int)s.Indices.Shape[s.Batch..].Size, (int)result.Shape[(s.Axis + 1)..].Size, (int)result.Shape[s.Batch..s.Axis].Size);
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var (inner, along, row) = (k.Let(at % after), k.Let(at / after % s.Extent), k.Let(at / (after * s.Extent)));
            var (start, sum) = (k.Let(row / before * pitch), k.Let(new Number(result.DType, 0)));
            Value Below(Value key)
            {
                var (least, count) = (k.Let(Sorting.Least(key)), k.Let(0));
                for (var ahead = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)picks + 1) / 2; ahead > 0; ahead /= 2)
                {
                    var isThere = k.Let(count + ahead <= picks);
                    k.Set(count, count + Value.Select(isThere & (items[start + Value.Select(isThere, count + (ahead - 1), 0)] < least), ahead, 0));
                }
                return count;
            }
            k.For(Below(along), Below(along + 1), 1, n =>
            {
                var pick = Sorting.PlaceIn(items[start + n]);
                k.Set(sum, sum + x[(((row * picks) + pick) * after) + inner]);
            });
            k.Put(to, at, sum);
        });
    }

    /// <summary>Each line, or, where lines are few, each part of its places, by a thread that looks through all of its updates.</summary>
    private static KernelCode InTurn(ScatterAdd s, TensorType result, Geometry geometry)
    {
        var (k, wide) = (new KernelBuilder("scatterAdd"), s.Indices.DType == DType.I64 ? DType.I64 : DType.I32);
        var (x, indices, to) = (k.Argument(result.DType), k.Argument(s.Indices.DType), k.Argument(result.DType));
        var (picks, after, before) = ((int)s.Indices.Shape[s.Batch..].Size, (int)result.Shape[(s.Axis + 1)..].Size, (int)result.Shape[s.Batch..s.Axis].Size);
        var lines = checked((int)(result.Shape.Size / ((long)s.Extent * after)));
        var parts = Math.Min(s.Extent, (geometry.Processors + lines - 1) / lines);
        var length = (s.Extent + parts - 1) / parts;
        return k.ForEach((long)lines * parts, geometry, task =>
        {
            var (line, from) = (k.Let(task / parts), k.Let(task % parts * length));
            var until = k.Let(Coordinates.Least(from + length, s.Extent));
            var (own, start) = (k.Let(line * s.Extent), k.Let(line / before * picks));
            k.For(k.Let((own + from) * after), k.Let((own + until) * after), 1, at => k.Put(to, at, new Number(result.DType, 0)));
            k.For(picks, n =>
            {
                var index = k.Let(indices[start + n].To(wide));
                k.If(!(index < from.To(wide)) & (index < until.To(wide)), () =>
                {
                    var (at, of) = (k.Let((own + index.To(DType.I32)) * after), k.Let(((line * picks) + n) * after));
                    k.For(after, inner => k.Put(to, at + inner, to[at + inner] + x[of + inner]));
                });
            });
        }, ((long)length + picks) * after);
    }

    private static KernelCode OneByOne(ScatterAdd s, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("scatterAdd");
        var (x, indices, to) = (k.Argument(result.DType), k.Argument(s.Indices.DType), k.Argument(result.DType));
        var picked = s.Indices.Shape[s.Batch..];
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            var i = Coordinates.Of(at, result.Shape);
            var sum = k.Let(new Number(result.DType, 0));
            if (s.X.Shape.Size > 0)
            {
                var (along, before, after) = (k.Let(i[s.Axis].To(s.Indices.DType)), i[..s.Axis], i[(s.Axis + 1)..]);
                k.For((int)picked.Size, n =>
                {
                    var p = Coordinates.Of(n, picked);
                    k.If(indices[Coordinates.Flat([.. before[..s.Batch], .. p], s.Indices.Shape.Strides)].Is(along),
                        () => k.Set(sum, sum + x[Coordinates.Flat([.. before, .. p, .. after], s.X.Shape.Strides)]));
                });
            }
            k.Put(to, at, sum);
        });
    }
}
