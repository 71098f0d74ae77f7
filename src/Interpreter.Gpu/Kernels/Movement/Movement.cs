using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>The ops that move elements: for each element of the result, where it comes from.</summary>
internal static class Movement
{
    private static KernelCode Move(string name, DType type, Shape result, Geometry geometry, Func<Value[], Value> from)
    {
        var k = new KernelBuilder(name);
        var (x, to) = (k.Argument(type), k.Argument(type));
        return result.Size == 0 ? k.Build(1, 1) : k.ForEach(result, geometry, (at, index) => k.Put(to, at, x[from(index)]));
    }

    public static KernelCode Permute(Permute p, TensorType result, Geometry geometry)
    {
        var strides = p.X.Shape.Strides;
        return Move("permute", result.DType, result.Shape, geometry, i => Coordinates.Flat(i, [.. p.Order.Select(axis => strides[axis])]));
    }

    public static KernelCode Broadcast(Broadcast b, TensorType result, Geometry geometry) =>
        Move("broadcast", result.DType, result.Shape, geometry, i => Coordinates.Flat([.. b.Mapping.Select(axis => i[axis])], b.X.Shape.Strides));

    public static KernelCode Reverse(Reverse r, TensorType result, Geometry geometry) => Move("reverse", result.DType, result.Shape, geometry,
        i => Coordinates.Flat([.. i.Select((at, axis) => r.Axes.Contains(axis) ? r.X.Shape[axis] - 1 - at : at)], r.X.Shape.Strides));

    public static KernelCode Slice(Slice s, TensorType result, Geometry geometry) => Move("slice", result.DType, result.Shape, geometry,
        i => Coordinates.Flat([.. i.Select((at, axis) => (at * s.Stride[axis]) + s.Start[axis])], s.X.Shape.Strides));

    public static KernelCode Pad(Pad p, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("pad");
        var (x, to) = (k.Argument(result.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var zero = new Number(result.DType, 0);
        return k.ForEach(result.Shape, geometry, (at, place) =>
        {
            if (p.X.Shape.Size == 0)
            {
                k.Put(to, at, zero);
                return;
            }
            var (inside, source) = (Value.True, new Value[result.Shape.Rank]);
            foreach (var (index, axis) in place.Select((index, axis) => (index, axis)))
            {
                var (dim, extent) = (p.Dims[axis], p.X.Shape[axis]);
                var from = k.Let(index - dim.Low);
                inside &= !(from < 0) & (from / (dim.Interior + 1) < extent);
                if (dim.Interior > 0) inside &= (from % (dim.Interior + 1)).Is(0);
                source[axis] = from / (dim.Interior + 1);
            }
            var here = k.Let(inside);
            k.Put(to, at, Value.Select(here, x[Value.Select(here, Coordinates.Flat(source, p.X.Shape.Strides), 0)], zero));
        });
    }

    public static KernelCode Concat(Concat c, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("concat");
        var parts = c.Parts.Items.Select(p => k.Argument(result.DType)).ToArray();
        var to = k.Argument(result.DType);
        if (result.Shape.Size == 0) return k.Build(1, 1);
        return k.ForEach(result.Shape, geometry, (at, index) =>
        {
            var start = 0;
            var along = k.Let(index[c.Axis]);
            for (var p = 0; p < parts.Length; p++)
            {
                var (shape, first, part) = (c.Parts[p].Shape, start, parts[p]);
                start += shape[c.Axis];
                if (shape.Size == 0) continue;
                k.If(!(along < first) & (along < start), () =>
                {
                    index[c.Axis] = along - first;
                    k.Put(to, at, part[Coordinates.Flat(index, shape.Strides)]);
                });
            }
        });
    }

    /// <summary>Where a block begins along each axis, so that it is inside.</summary>
    private static Value[] Starts(KernelBuilder k, Argument starts, Shape within, Shape block) =>
        [.. within.Select((extent, axis) => (Value)k.Let(Coordinates.Clamp(starts[axis], 0, extent - block[axis])))];

    public static KernelCode DynamicSlice(DynamicSlice d, TensorType result, Geometry geometry)
    {
        var k = new KernelBuilder("dynamicSlice");
        var (x, starts, to) = (k.Argument(result.DType), k.Argument(d.Starts.DType), k.Argument(result.DType));
        if (result.Shape.Size == 0) return k.Build(1, 1);
        var first = Starts(k, starts, d.X.Shape, d.Sizes);
        return k.ForEach(result.Shape, geometry, (at, index) => k.Put(to, at, x[Coordinates.Flat([.. index.Select((i, axis) => i + first[axis])], d.X.Shape.Strides)]));
    }

    /// <summary>Each element from the update where that lies, from x elsewhere.</summary>
    public static KernelCode DynamicUpdateSlice(DynamicUpdateSlice d, Geometry geometry)
    {
        var (k, shape, block) = (new KernelBuilder("dynamicUpdateSlice"), d.X.Shape, d.Update.Shape);
        var (x, update, starts, to) = (k.Argument(d.X.DType), k.Argument(d.X.DType), k.Argument(d.Starts.DType), k.Argument(d.X.DType));
        if (shape.Size == 0) return k.Build(1, 1);
        if (block.Size == 0) return k.ForEach(shape.Size, geometry, at => k.Put(to, at, x[at]));
        var first = Starts(k, starts, shape, block);
        return k.ForEach(shape, geometry, (at, index) =>
        {
            var within = index.Select((i, axis) => (Value)k.Let(i - first[axis])).ToArray();
            var inside = k.Let(within.Select((i, axis) => !(i < 0) & (i < block[axis])).Aggregate(Value.True, (all, one) => all & one));
            k.Put(to, at, Value.Select(inside, update[Value.Select(inside, Coordinates.Flat(within, block.Strides), 0)], x[at]));
        });
    }
}
