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

    /// <summary>The lesser of two indices.</summary>
    public static Value Least(Value x, Value y) => Value.Select(x < y, x, y);

    /// <summary>A number within bounds.</summary>
    public static Value Clamp(Value x, int low, int high)
    {
        var (a, b) = (new Number(x.Type, low), new Number(x.Type, high));
        return Value.Select(x < a, a, Value.Select(b < x, b, x)).To(DType.I32);
    }
}
