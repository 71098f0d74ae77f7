using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Elements that an index picks.</summary>
internal static class Picks
{
    public static KernelCode Gather(Gather g, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("gather");
        var (x, indices, to) = (k.Argument(result.DType), k.Argument(g.Indices.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var (picks, zero, extent) = (g.Indices.Rank - g.Batch, new Number(result.DType, 0), g.X.Shape[g.Axis]);
        return k.ForEach(result.Shape.Size, geometry, at =>
        {
            if (g.X.Shape.Size == 0)
            {
                k.Put(to, at, zero);
                return;
            }
            var i = Coordinates.Of(at, result.Shape);
            var pick = k.Let(indices[Coordinates.Flat([.. i[..g.Batch], .. i[g.Axis..(g.Axis + picks)]], g.Indices.Shape.Strides)]);
            var inside = k.Let(!(pick < new Number(pick.Type, 0)) & (pick < new Number(pick.Type, extent)));
            var along = Value.Select(inside, pick, new Number(pick.Type, 0)).To(DType.I32);
            k.Put(to, at, Value.Select(inside, x[Coordinates.Flat([.. i[..g.Axis], along, .. i[(g.Axis + picks)..]], g.X.Shape.Strides)], zero));
        });
    }

    /// <summary>Each element of the result looks through all picks, in order, for those of itself: no two threads write to one place, and runs repeat bit for bit.</summary>
    public static KernelCode ScatterAdd(ScatterAdd s, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("scatterAdd");
        var (x, indices, to) = (k.Argument(result.DType), k.Argument(s.Indices.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
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
