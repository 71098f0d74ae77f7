namespace Functional.Interpreter.Gpu.Code;

/// <summary>An operation on one number.</summary>
public enum UnaryKind
{
    /// <summary>−x; integers wrap.</summary>
    Negate,

    /// <summary>The other bits, or truth value.</summary>
    Not,

    /// <summary>|x| of a floating-point number.</summary>
    Absolute,

    /// <summary>√x, correctly rounded.</summary>
    SquareRoot,

    /// <summary>The greatest integer not above x.</summary>
    Floor,

    /// <summary>The nearest number of TF32 to an f32, of two equally near the one farther from 0. PTX <c>cvt.rna.tf32.f32</c>.</summary>
    RoundToTF32,
}

/// <summary>An operation on two numbers of one type.</summary>
public enum BinaryKind
{
    /// <summary>x + y; integers wrap.</summary>
    Add,

    /// <summary>x − y; integers wrap.</summary>
    Subtract,

    /// <summary>x · y; integers wrap.</summary>
    Multiply,

    /// <summary>x / y. Integers truncate, and y is neither 0 nor −1.</summary>
    Divide,

    /// <summary>What an integer division leaves; y is neither 0 nor −1.</summary>
    Remainder,

    /// <summary>The conjunction of bits.</summary>
    And,

    /// <summary>The disjunction of bits.</summary>
    Or,

    /// <summary>The exclusive disjunction of bits.</summary>
    Xor,

    /// <summary>x moved up by y bits, an I32 below the width.</summary>
    ShiftLeft,

    /// <summary>x moved down by y bits, an I32 below the width, its sign coming in.</summary>
    ShiftRight,

    /// <summary>x moved down by y bits, an I32 below the width, zeros coming in.</summary>
    ShiftRightLogical,

    /// <summary>Whether x &lt; y.</summary>
    Less,

    /// <summary>Whether x ≤ y.</summary>
    LessOrEqual,

    /// <summary>Whether x = y.</summary>
    Equal,
}

/// <summary>
/// What a thread of a kernel computes: a number of an element type. Equality is identity, so that what is shared is computed once within a
/// statement; truth values are of type bool.
/// </summary>
/// <param name="type">The element type.</param>
public abstract class Value(DType type)
{
    /// <summary>The element type.</summary>
    public DType Type { get; } = type;

    /// <summary>The values that it is computed from.</summary>
    public virtual ReadOnlySpan<Value> Inputs => [];

    /// <summary>What holds.</summary>
    public static Value True { get; } = new Number(DType.Bool, 1);

    /// <summary>An integer.</summary>
    public static implicit operator Value(int value) => Number.Of(value);

    /// <summary>x + y; integers wrap.</summary>
    public static Value operator +(Value x, Value y) => Folded(x, y) is var (a, b) ? Number.Of(unchecked(a + b)) : IsInt(y, 0) ? x : IsInt(x, 0) ? y : new BinaryValue(BinaryKind.Add, x, y);

    /// <summary>x − y; integers wrap.</summary>
    public static Value operator -(Value x, Value y) => Folded(x, y) is var (a, b) ? Number.Of(unchecked(a - b)) : IsInt(y, 0) ? x : new BinaryValue(BinaryKind.Subtract, x, y);

    /// <summary>x · y; integers wrap.</summary>
    public static Value operator *(Value x, Value y) =>
        Folded(x, y) is var (a, b) ? Number.Of(unchecked(a * b)) : IsInt(y, 1) ? x : IsInt(x, 1) ? y : IsInt(x, 0) || IsInt(y, 0) ? 0 : new BinaryValue(BinaryKind.Multiply, x, y);

    /// <summary>x / y; of integers the quotient towards zero, for y neither 0 nor −1.</summary>
    public static Value operator /(Value x, Value y) => IsInt(y, 1) ? x : new BinaryValue(BinaryKind.Divide, x, y);

    /// <summary>What the integer division leaves, for y neither 0 nor −1.</summary>
    public static Value operator %(Value x, Value y) => IsInt(y, 1) ? 0 : new BinaryValue(BinaryKind.Remainder, x, y);

    /// <summary>−x.</summary>
    public static Value operator -(Value x) => new UnaryValue(UnaryKind.Negate, x);

    /// <summary>The conjunction of bits or truth values.</summary>
    public static Value operator &(Value x, Value y) => IsTrue(x) ? y : IsTrue(y) ? x : new BinaryValue(BinaryKind.And, x, y);

    /// <summary>The disjunction of bits or truth values.</summary>
    public static Value operator |(Value x, Value y) => new BinaryValue(BinaryKind.Or, x, y);

    /// <summary>The exclusive disjunction of bits or truth values.</summary>
    public static Value operator ^(Value x, Value y) => new BinaryValue(BinaryKind.Xor, x, y);

    /// <summary>The other bits or truth value.</summary>
    public static Value operator !(Value x) => new UnaryValue(UnaryKind.Not, x);

    /// <summary>x moved up by y bits.</summary>
    public static Value operator <<(Value x, Value y) => new BinaryValue(BinaryKind.ShiftLeft, x, y);

    /// <summary>x moved down by y bits, its sign coming in.</summary>
    public static Value operator >>(Value x, Value y) => new BinaryValue(BinaryKind.ShiftRight, x, y);

    /// <summary>x moved down by y bits, zeros coming in.</summary>
    public static Value operator >>>(Value x, Value y) => new BinaryValue(BinaryKind.ShiftRightLogical, x, y);

    /// <summary>Whether x &lt; y.</summary>
    public static Value operator <(Value x, Value y) => new BinaryValue(BinaryKind.Less, x, y);

    /// <summary>Whether x &gt; y.</summary>
    public static Value operator >(Value x, Value y) => y < x;

    /// <summary>Whether x ≤ y.</summary>
    public static Value operator <=(Value x, Value y) => new BinaryValue(BinaryKind.LessOrEqual, x, y);

    /// <summary>Whether x ≥ y.</summary>
    public static Value operator >=(Value x, Value y) => y <= x;

    /// <summary>Whether x = y.</summary>
    public Value Is(Value y) => new BinaryValue(BinaryKind.Equal, this, y);

    /// <summary>x where the condition holds, else y; both are computed.</summary>
    public static Value Select(Value condition, Value x, Value y) => x == y ? x : new Selection(condition, x, y);

    /// <summary>x · y + z, rounded once.</summary>
    public static Value Fma(Value x, Value y, Value z) => new FusedMultiplyAdd(x, y, z);

    /// <summary>The number converted as <c>convert</c> does, but that it must be within the type's range.</summary>
    public Value To(DType to) => to == Type ? this : new Conversion(this, to);

    /// <summary>The same bits as a number of another type of the same size.</summary>
    public Value As(DType to) => to == Type ? this : this is Reinterpretation { Inputs: [var x] } && x.Type == to ? x : new Reinterpretation(this, to);

    private static bool IsInt(Value x, int value) => x is Number { Type: DType.I32, Bits: var bits } && bits == value;

    private static bool IsTrue(Value x) => x is Number { Type: DType.Bool, Bits: 1 };

    private static (int, int)? Folded(Value x, Value y) => (x, y) is (Number { Type: DType.I32 } a, Number { Type: DType.I32 } b) ? ((int)a.Bits, (int)b.Bits) : null;
}

/// <summary>A number that is known.</summary>
/// <param name="type">The element type.</param>
/// <param name="bits">Its bits: of integers the number, of floats the bits of their representation.</param>
public sealed class Number(DType type, long bits) : Value(type)
{
    /// <summary>Its bits: of integers the number, of floats the bits of their representation.</summary>
    public long Bits { get; } = bits;

    /// <summary>An index or an extent.</summary>
    public static Number Of(int value) => new(DType.I32, value);

    /// <summary>A number of an element type.</summary>
    public static Number Of(DType type, double value) => Of(Literal.Scalar(type, value));

    /// <summary>The element of a scalar.</summary>
    public static Number Of(Literal value) => new(value.Type.DType, value.Type.DType switch
    {
        DType.F32 => BitConverter.SingleToInt32Bits(value.As<float>()[0]),
        DType.F64 => BitConverter.DoubleToInt64Bits(value.As<double>()[0]),
        DType.I32 => value.As<int>()[0],
        DType.I64 => value.As<long>()[0],
        DType.F16 => BitConverter.HalfToUInt16Bits(value.As<Half>()[0]),
        DType.BF16 => value.As<BFloat16>()[0].Bits,
        _ => value.Bytes[0],
    });
}

/// <summary>A number that statements set and set again.</summary>
/// <param name="type">The element type.</param>
public sealed class Local(DType type) : Value(type);

/// <summary>Which thread it is.</summary>
public enum PlaceKind
{
    /// <summary>The index of the thread's group.</summary>
    Group,

    /// <summary>The thread's index within its group.</summary>
    Thread,
}

/// <summary>The index of the thread that computes, or of its group.</summary>
/// <param name="kind">Which of the two.</param>
public sealed class Place(PlaceKind kind) : Value(DType.I32)
{
    /// <summary>Which of the two.</summary>
    public PlaceKind Kind { get; } = kind;
}

/// <summary>An operation on one number.</summary>
/// <param name="kind">Which.</param>
/// <param name="x">The number.</param>
public sealed class UnaryValue(UnaryKind kind, Value x) : Value(x.Type)
{
    private readonly Value[] inputs = [x];

    /// <summary>Which.</summary>
    public UnaryKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>An operation on two numbers.</summary>
/// <param name="kind">Which.</param>
/// <param name="x">The first.</param>
/// <param name="y">The second, of the same type, but for shifts, by an I32.</param>
public sealed class BinaryValue(BinaryKind kind, Value x, Value y) : Value(kind >= BinaryKind.Less ? DType.Bool : x.Type)
{
    private readonly Value[] inputs = [x, y];

    /// <summary>Which.</summary>
    public BinaryKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>x · y + z, rounded once.</summary>
/// <param name="x">A factor.</param>
/// <param name="y">A factor.</param>
/// <param name="z">What is added.</param>
public sealed class FusedMultiplyAdd(Value x, Value y, Value z) : Value(x.Type)
{
    private readonly Value[] inputs = [x, y, z];

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>x where a condition holds, else y.</summary>
/// <param name="condition">The condition.</param>
/// <param name="x">The value where it holds.</param>
/// <param name="y">The value elsewhere.</param>
public sealed class Selection(Value condition, Value x, Value y) : Value(x.Type)
{
    private readonly Value[] inputs = [condition, x, y];

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>A number converted; it is within the range of its new type.</summary>
/// <param name="x">The number.</param>
/// <param name="to">The type.</param>
public sealed class Conversion(Value x, DType to) : Value(to)
{
    private readonly Value[] inputs = [x];

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>A number's bits as those of another type of the same size.</summary>
/// <param name="x">The number.</param>
/// <param name="to">The type.</param>
public sealed class Reinterpretation(Value x, DType to) : Value(to)
{
    private readonly Value[] inputs = [x];

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}

/// <summary>An element of an argument, or of an array that a group shares.</summary>
/// <param name="of">Where.</param>
/// <param name="index">Its index.</param>
public sealed class Element(Memory of, Value index) : Value(of.Type)
{
    private readonly Value[] inputs = [index];

    /// <summary>Where.</summary>
    public Memory Of { get; } = of;

    /// <inheritdoc/>
    public override ReadOnlySpan<Value> Inputs => inputs;
}
