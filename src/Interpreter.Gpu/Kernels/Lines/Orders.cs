using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>The orders of lines' elements.</summary>
internal static class Orders
{
    public static Passes Of(SortOrder op, Geometry geometry)
    {
        var (passes, type, along) = (new Passes(), op.X.DType, new Along(op.X.Shape, op.Axis));
        if (op.X.Shape.Size == 0) return passes;
        new Sorting(along.Count, along.Extent, type.Size == sizeof(long) ? DType.I64 : DType.I32, geometry)
            .Order(passes, 0, type, (x, line, place) => Key(x[along.At(line, place)], op.Descending), 1, along.At);
        return passes;
    }

    /// <summary>A signed integer in the order of the elements: both zeros the same, NaN last.</summary>
    private static Value Key(Value x, bool descending)
    {
        if (!x.Type.IsFloat) return Turned(x.Type == DType.U8 ? x.To(DType.I32) : x, descending);
        var (bits, most) = x.Type == DType.F64 ? (DType.I64, long.MaxValue) : (DType.I32, int.MaxValue);
        var signed = Value.Select(x.Is(Number.Of(x.Type, 0)), Number.Of(x.Type, 0), x).As(bits);
        var ordered = signed ^ ((signed >> ((8 * bits.Size) - 1)) & new Number(bits, most));
        return Value.Select(x.Is(x), Turned(ordered, descending), new Number(bits, most));
    }

    private static Value Turned(Value key, bool descending) => descending ? !key : key;
}
