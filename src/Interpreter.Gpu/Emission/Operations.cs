using Functional.Interpreter.Arithmetic;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Functions of graphs, and other arithmetic, as values that a thread computes.</summary>
internal static class Operations
{
    /// <summary>An elementwise function's value.</summary>
    public static Value Of(Apply f, IReadOnlyList<Value> args) => f.Of switch
    {
        DType.F32 => Of<float>(f, args),
        DType.F64 => Of<double>(f, args),
        DType.I32 => Of<int>(f, args),
        DType.I64 => Of<long>(f, args),
        DType.U8 => Of<byte>(f, args),
        _ => OfTruths(f, args),
    };

    private static Value Of<T>(Apply f, IReadOnlyList<Value> args) where T : unmanaged, System.Numerics.IBinaryNumber<T>
    {
        var lanes = LaneFunction.Find(f.Name) ?? throw new NotSupportedException($"the GPU interpreter does not know {f.Name}");
        return ((Traced<T>)lanes.For<Traced<T>, T>().Invoke(null, [.. args.Select(a => (object)new Traced<T>(a))])!).Value;
    }

    /// <summary>A function of truth values: of the bytes 0 and 1.</summary>
    private static Value OfTruths(Apply f, IReadOnlyList<Value> args)
    {
        if (f.Name == "not") return !args[0];
        var value = Of<byte>(f, [.. args.Select(a => Value.Select(a, new Number(DType.U8, 1), new Number(DType.U8, 0)))]);
        return value.Type == DType.Bool ? value : !value.Is(new Number(DType.U8, 0));
    }

    /// <summary>An integer quotient: of 0 all bits set; the most negative by −1 is itself.</summary>
    public static Value Quotient(Value x, Value y) => Divided(x, y, (a, b) => a / b, new Number(x.Type, x.Type == DType.U8 ? 255 : -1), -x);

    /// <summary>What an integer division leaves: by 0 x, by −1 nothing.</summary>
    public static Value Remainder(Value x, Value y) => Divided(x, y, (a, b) => a % b, x, new Number(x.Type, 0));

    private static Value Divided(Value x, Value y, Func<Value, Value, Value> divide, Value byZero, Value byMinusOne)
    {
        var (zero, one) = (y.Is(new Number(y.Type, 0)), new Number(y.Type, 1));
        if (y.Type == DType.U8) return Value.Select(zero, byZero, divide(x, Value.Select(zero, one, y)));
        var minus = y.Is(new Number(y.Type, -1));
        return Value.Select(zero, byZero, Value.Select(minus, byMinusOne, divide(x, Value.Select(zero | minus, one, y))));
    }

    /// <summary>The greater, as IEEE 754's <c>maximum</c>: NaN where either is, 0 above −0.</summary>
    public static Value Max(Value x, Value y) => Value.Select(x > y, x, Value.Select(y > x, y, Neither(x, y, (a, b) => a & b)));

    /// <summary>The lesser, as IEEE 754's <c>minimum</c>: NaN where either is, −0 below 0.</summary>
    public static Value Min(Value x, Value y) => Value.Select(x < y, x, Value.Select(y < x, y, Neither(x, y, (a, b) => a | b)));

    /// <summary>Of two that are equal, or of which one is NaN: the combination of their bits, or NaN.</summary>
    private static Value Neither(Value x, Value y, Func<Value, Value, Value> combine)
    {
        if (!x.Type.IsFloat) return x;
        var bits = x.Type == DType.F32 ? DType.I32 : DType.I64;
        return Value.Select(x.Is(y), combine(x.As(bits), y.As(bits)).As(x.Type), x + y);
    }

    /// <summary>A number converted as the op does: to integers saturating, NaN to 0; to bool whether it is not 0.</summary>
    public static Value Convert(Value x, DType to)
    {
        if (to == x.Type) return x;
        if (x.Type == DType.Bool) return Value.Select(x, Number.Of(to, 1), Number.Of(to, 0));
        if (to == DType.Bool) return !x.Is(new Number(x.Type, 0));
        if (x.Type.IsHalf) return Convert(HalfFloats.Wide(x), to);
        if (to.IsHalf) return HalfFloats.Rounded(Convert(x, DType.F32), to);
        if (to.IsFloat) return x.To(to);
        var (low, high) = to switch { DType.U8 => (0L, 255L), DType.I32 => (int.MinValue, int.MaxValue), _ => (long.MinValue, long.MaxValue) };
        return x.Type.IsFloat ? Saturated(x, to, low, high) : x.Type.Size <= to.Size && (x.Type == DType.U8 || to != DType.U8) ? x.To(to) : Clamped(x, to, low, high);
    }

    private static Value Clamped(Value x, DType to, long low, long high)
    {
        var (a, b) = (new Number(x.Type, low), new Number(x.Type, high));
        return Value.Select(x < a, a, Value.Select(b < x, b, x)).To(to);
    }

    /// <summary>A floating-point number as an integer: those beyond the range become the nearest in it, for which the conversion is not asked.</summary>
    private static Value Saturated(Value x, DType to, long low, long high)
    {
        var (a, b) = (Number.Of(x.Type, low), Number.Of(x.Type, high));
        var inside = (a <= x) & (x < b);
        var converted = Value.Select(inside, x, new Number(x.Type, 0)).To(to);
        return Value.Select(inside, converted, Value.Select(b <= x, new Number(to, high), Value.Select(x < a, new Number(to, low), new Number(to, 0))));
    }
}
