using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Indices as threads compute them: extents are known, so that divisions are by constants.</summary>
internal static class Coordinates
{
    /// <summary>The index along each axis of an element's place in row-major order.</summary>
    public static Value[] Of(Value flat, Shape shape)
    {
        var (index, rest) = (new Value[shape.Rank], flat);
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
        {
            index[axis] = axis == 0 || shape[..axis].Size == 1 ? rest : rest % shape[axis];
            rest = axis == 0 || shape[..axis].Size == 1 ? 0 : rest / shape[axis];
        }
        return index;
    }

    /// <summary>Where an index lies, given how far apart elements are along each axis.</summary>
    public static Value Flat(IReadOnlyList<Value> index, IReadOnlyList<long> strides, long start = 0)
    {
        Value flat = checked((int)start);
        for (var axis = 0; axis < index.Count; axis++) flat += index[axis] * checked((int)strides[axis]);
        return flat;
    }

    /// <summary>The kernel that does something for each element of a shape, given its place and its index along each axis, which processors find once for a line.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="shape">The shape, which has elements.</param>
    /// <param name="geometry">How many threads.</param>
    /// <param name="body">What is done for an element.</param>
    /// <param name="each">About how many elements are read for one.</param>
    public static KernelCode ForEach(this KernelBuilder k, Shape shape, Geometry geometry, Action<Value, Value[]> body, long each = 1)
    {
        var lines = shape.Rank == 0 ? 1 : shape[..^1].Size;
        if (!geometry.IsProcessor || shape.Rank == 0 || lines < geometry.Runs(shape.Size, each)) return k.ForEach(shape.Size, geometry, at => body(at, Of(at, shape)), each);
        return k.ForEach(lines, geometry, line =>
        {
            Value[] outer = [.. Of(line, shape[..^1]).Select(i => (Value)k.Let(i))];
            var start = k.Let(line * shape[^1]);
            k.For(shape[^1], i => body(k.Let(start + i), [.. outer, i]));
        }, each * shape[^1]);
    }

    /// <summary>The lesser of two indices.</summary>
    public static Value Least(Value x, Value y) => Value.Select(x < y, x, y);

    /// <summary>A number within bounds.</summary>
    public static Value Clamp(Value x, int low, int high)
    {
        var (a, b) = (new Number(x.Type, low), new Number(x.Type, high));
        return Value.Select(x < a, a, Value.Select(b < x, b, x)).To(DType.I32);
    }
}
