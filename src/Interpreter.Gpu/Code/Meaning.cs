namespace Functional.Interpreter.Gpu.Code;

/// <summary>
/// Arithmetic on numbers as they stand in a variable: of integers the number, of floats the bits, of truth values 0 or 1. Nothing where an
/// operation is not defined.
/// </summary>
internal static class Meaning
{
    private const int DroppedByTF32 = 13;

    private static float Single(long bits) => BitConverter.Int32BitsToSingle((int)bits);

    private static double Double(long bits) => BitConverter.Int64BitsToDouble(bits);

    private static long Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static long Bits(double x) => BitConverter.DoubleToInt64Bits(x);

    private static long Wrapped(DType type, long x) => type switch { DType.I32 => (int)x, DType.I64 => x, _ => (byte)x };

    /// <summary>The bits of the nearest number of TF32, of two equally near the one farther from 0; NaN stays NaN.</summary>
    public static int RoundedToTF32(float x) => float.IsNaN(x) ? 0x7FC0_0000 : (BitConverter.SingleToInt32Bits(x) + (1 << (DroppedByTF32 - 1))) & (-1 << DroppedByTF32);

    public static long Of(UnaryKind kind, DType type, long x) => (kind, type) switch
    {
        (UnaryKind.Negate, DType.F32) => Bits(-Single(x)),
        (UnaryKind.Negate, DType.F64) => Bits(-Double(x)),
        (UnaryKind.Negate, _) => Wrapped(type, unchecked(-x)),
        (UnaryKind.Not, DType.Bool) => 1 - x,
        (UnaryKind.Not, DType.I32 or DType.I64 or DType.U8) => Wrapped(type, ~x),
        (UnaryKind.Absolute, DType.F32) => Bits(MathF.Abs(Single(x))),
        (UnaryKind.Absolute, DType.F64) => Bits(Math.Abs(Double(x))),
        (UnaryKind.SquareRoot, DType.F32) => Bits(MathF.Sqrt(Single(x))),
        (UnaryKind.SquareRoot, DType.F64) => Bits(Math.Sqrt(Double(x))),
        (UnaryKind.RoundToTF32, DType.F32) => RoundedToTF32(Single(x)),
        (UnaryKind.Floor, DType.F32) => Bits(MathF.Floor(Single(x))),
        (UnaryKind.Floor, DType.F64) => Bits(Math.Floor(Double(x))),
        _ => throw new NotSupportedException($"{kind} of {type.Text} has no meaning"),
    };

    /// <summary>A binary operation, given the type of the first number.</summary>
    public static long? Of(BinaryKind kind, DType type, long x, long y) => type switch
    {
        DType.F32 => OfSingles(kind, Single(x), Single(y)),
        DType.F64 => OfDoubles(kind, Double(x), Double(y)),
        _ => OfIntegers(kind, type, x, y),
    };

    private static long OfSingles(BinaryKind kind, float x, float y) => kind switch
    {
        BinaryKind.Add => Bits(x + y),
        BinaryKind.Subtract => Bits(x - y),
        BinaryKind.Multiply => Bits(x * y),
        BinaryKind.Divide => Bits(x / y),
        _ => Compared(kind, x, y),
    };

    private static long OfDoubles(BinaryKind kind, double x, double y) => kind switch
    {
        BinaryKind.Add => Bits(x + y),
        BinaryKind.Subtract => Bits(x - y),
        BinaryKind.Multiply => Bits(x * y),
        BinaryKind.Divide => Bits(x / y),
        _ => Compared(kind, x, y),
    };

    private static long Compared(BinaryKind kind, double x, double y) => kind switch
    {
        BinaryKind.Less => x < y ? 1 : 0,
        BinaryKind.LessOrEqual => x <= y ? 1 : 0,
        BinaryKind.Equal => x == y ? 1 : 0,
        _ => throw new NotSupportedException($"{kind} of floating-point numbers has no meaning"),
    };

    private static long? OfIntegers(BinaryKind kind, DType type, long x, long y) => kind switch
    {
        BinaryKind.Add => Wrapped(type, unchecked(x + y)),
        BinaryKind.Subtract => Wrapped(type, unchecked(x - y)),
        BinaryKind.Multiply => Wrapped(type, unchecked(x * y)),
        BinaryKind.Divide => y is 0 or -1 ? null : x / y,
        BinaryKind.Remainder => y is 0 or -1 ? null : x % y,
        BinaryKind.And => x & y,
        BinaryKind.Or => x | y,
        BinaryKind.Xor => x ^ y,
        BinaryKind.ShiftLeft => IsShift(type, y) ? Wrapped(type, x << (int)y) : null,
        BinaryKind.ShiftRight => IsShift(type, y) ? x >> (int)y : null,
        BinaryKind.ShiftRightLogical => !IsShift(type, y) ? null : type == DType.I32 ? (int)((uint)x >> (int)y) : x >>> (int)y,
        BinaryKind.Less => x < y ? 1 : 0,
        BinaryKind.LessOrEqual => x <= y ? 1 : 0,
        _ => x == y ? 1 : 0,
    };

    private static bool IsShift(DType type, long n) => n >= 0 && n < 8 * type.Size;

    public static long Fma(DType type, long x, long y, long z) => type switch
    {
        DType.F32 => Bits(MathF.FusedMultiplyAdd(Single(x), Single(y), Single(z))),
        DType.F64 => Bits(Math.FusedMultiplyAdd(Double(x), Double(y), Double(z))),
        _ => throw new NotSupportedException($"a fused multiply-add of {type.Text} has no meaning"),
    };

    /// <summary>A number converted, if its new type has it.</summary>
    public static long? Convert(DType from, DType to, long x) => (from, to) switch
    {
        (_, DType.Bool) => throw new NotSupportedException("a conversion to truth values has no meaning"),
        (DType.F32, DType.F64) => Bits((double)Single(x)),
        (DType.F64, DType.F32) => Bits((float)Double(x)),
        (DType.F32, _) => Whole(Single(x), to),
        (DType.F64, _) => Whole(Double(x), to),
        (_, DType.F32) => Bits((float)x),
        (_, DType.F64) => Bits((double)x),
        _ => Wrapped(to, x) == x ? x : null,
    };

    private static long? Whole(double x, DType to)
    {
        var whole = Math.Truncate(x);
        return whole >= long.MinValue && whole < -(double)long.MinValue && Wrapped(to, (long)whole) == (long)whole ? (long)whole : null;
    }
}
