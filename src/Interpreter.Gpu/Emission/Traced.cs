using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// A number that is not yet known: functions of lanes, applied to it, give the value that a thread is to compute. So devices have the arithmetic
/// of the processor's vectors, and what is written once serves both. Masks are values of type bool.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="value">What stands for the number.</param>
internal readonly struct Traced<T>(Value value) : ILanes<Traced<T>, T> where T : unmanaged, IBinaryNumber<T>
{
    private static DType Type => DTypes.Of<T>();

    /// <summary>The integers of the same size.</summary>
    private static DType Bits => Unsafe.SizeOf<T>() switch { 4 => DType.I32, 8 => DType.I64, _ => DType.U8 };

    /// <summary>What stands for the number, or for the truth value of a mask.</summary>
    public Value Value { get; } = value;

    public static int Count => 1;

    private bool IsMask => Value.Type == DType.Bool;

    /// <summary>The truth value that a mask is, or all bits of a number are.</summary>
    private Value Holds => IsMask ? Value : !Value.As(Bits).Is(Zero(Bits));

    private Value AsNumber => IsMask ? Value.Select(Value, OfBits(-1), OfBits(0)) : Value;

    private Value AsBits => AsNumber.As(Bits);

    private static Number Zero(DType type) => new(type, 0);

    private static Value OfBits(long bits) => new Number(Bits, Bits == DType.U8 ? (byte)bits : bits).As(Type);

    private static Traced<T> From(Value value) => new(value.Type == DType.Bool || value.Type == Type ? value : value.As(Type));

    private static Traced<T> Number(double value) => new(Code.Number.Of(Type, value));

    public static unsafe Traced<T> Load(T* from) => throw new NotSupportedException("a traced number has no address");

    public static unsafe void Store(Traced<T> x, T* to) => throw new NotSupportedException("a traced number has no address");

    public static unsafe Traced<T> LoadMask(byte* from) => throw new NotSupportedException("a traced number has no address");

    public static unsafe void StoreMask(Traced<T> mask, byte* to) => throw new NotSupportedException("a traced number has no address");

    public static Traced<T> All(T value) => new(Code.Number.Of(Literal.Of<T>([], [value])));

    public static Traced<T> Constant(float single, double @double) =>
        new(typeof(T) == typeof(float) ? Code.Number.Of(Literal.Of<float>([], [single])) : Code.Number.Of(Literal.Of<double>([], [@double])));

    public static Traced<T> Counting(T start) => All(start);

    public static Traced<T> operator +(Traced<T> x, Traced<T> y) => new(x.AsNumber + y.AsNumber);

    public static Traced<T> operator -(Traced<T> x, Traced<T> y) => new(x.AsNumber - y.AsNumber);

    public static Traced<T> operator *(Traced<T> x, Traced<T> y) => new(x.AsNumber * y.AsNumber);

    public static Traced<T> operator /(Traced<T> x, Traced<T> y) => new(Type.IsFloat ? x.AsNumber / y.AsNumber : Operations.Quotient(x.AsNumber, y.AsNumber));

    public static Traced<T> operator -(Traced<T> x) => new(-x.AsNumber);

    public static Traced<T> operator &(Traced<T> x, Traced<T> y) =>
        x.IsMask && y.IsMask ? new(x.Value & y.Value)
        : x.IsMask ? new(Value.Select(x.Value, y.Value, OfBits(0)))
        : y.IsMask ? new(Value.Select(y.Value, x.Value, OfBits(0)))
        : From(x.AsBits & y.AsBits);

    public static Traced<T> operator |(Traced<T> x, Traced<T> y) => x.IsMask && y.IsMask ? new(x.Value | y.Value) : From(x.AsBits | y.AsBits);

    public static Traced<T> operator ^(Traced<T> x, Traced<T> y) => x.IsMask && y.IsMask ? new(x.Value ^ y.Value) : From(x.AsBits ^ y.AsBits);

    public static Traced<T> operator ~(Traced<T> x) => x.IsMask ? new(!x.Value) : From(!x.AsBits);

    public static Traced<T> Fma(Traced<T> x, Traced<T> y, Traced<T> z) =>
        new(Type.IsFloat ? Value.Fma(x.AsNumber, y.AsNumber, z.AsNumber) : (x.AsNumber * y.AsNumber) + z.AsNumber);

    public static Traced<T> Min(Traced<T> x, Traced<T> y) => new(Operations.Min(x.AsNumber, y.AsNumber));

    public static Traced<T> Max(Traced<T> x, Traced<T> y) => new(Operations.Max(x.AsNumber, y.AsNumber));

    public static Traced<T> AtLeast(Traced<T> x, Traced<T> bound) => Select(Greater(bound, x), bound, x);

    public static Traced<T> AtMost(Traced<T> x, Traced<T> bound) => Select(Less(bound, x), bound, x);

    public static Traced<T> Abs(Traced<T> x) =>
        Type.IsFloat ? new(new UnaryValue(UnaryKind.Absolute, x.AsNumber)) : Type == DType.U8 ? x : Select(Less(x, new(Zero(Type))), -x, x);

    public static Traced<T> Sqrt(Traced<T> x) => new(new UnaryValue(UnaryKind.SquareRoot, x.AsNumber));

    public static Traced<T> Floor(Traced<T> x) => Type.IsFloat ? new(new UnaryValue(UnaryKind.Floor, x.AsNumber)) : x;

    public static Traced<T> Ceiling(Traced<T> x) => Type.IsFloat ? -Floor(-x) : x;

    /// <summary>By adding and taking away the number from which on all are integers.</summary>
    public static Traced<T> Round(Traced<T> x)
    {
        if (!Type.IsFloat) return x;
        var (a, rounder) = (Abs(x), Constant(8388608f, 4503599627370496));
        return Select(Less(a, rounder), CopySign(a + rounder - rounder, x), x);
    }

    public static Traced<T> Truncate(Traced<T> x) => Type.IsFloat ? CopySign(Floor(Abs(x)), x) : x;

    public static Traced<T> CopySign(Traced<T> x, Traced<T> sign)
    {
        var bit = new Number(Bits, Bits == DType.I32 ? int.MinValue : long.MinValue);
        return From((sign.AsBits & bit) | (x.AsBits & !bit));
    }

    public static Traced<T> Less(Traced<T> x, Traced<T> y) => new(x.AsNumber < y.AsNumber);

    public static Traced<T> LessOrEqual(Traced<T> x, Traced<T> y) => new(x.AsNumber <= y.AsNumber);

    public static Traced<T> Greater(Traced<T> x, Traced<T> y) => new(x.AsNumber > y.AsNumber);

    public static Traced<T> GreaterOrEqual(Traced<T> x, Traced<T> y) => new(x.AsNumber >= y.AsNumber);

    public static Traced<T> Equal(Traced<T> x, Traced<T> y) => new(x.AsNumber.Is(y.AsNumber));

    public static Traced<T> NotEqual(Traced<T> x, Traced<T> y) => new(!x.AsNumber.Is(y.AsNumber));

    public static Traced<T> Select(Traced<T> mask, Traced<T> x, Traced<T> y) => x.IsMask && y.IsMask
        ? new(Value.Select(mask.Holds, x.Value, y.Value))
        : new(Value.Select(mask.Holds, x.AsNumber, y.AsNumber));

    /// <summary>It might.</summary>
    public static bool Any(Traced<T> mask) => true;

    public static Traced<T> QuarterTurns(Traced<T> x, Traced<T> remainder, Traced<T> bits, out Traced<T> exactBits)
    {
        var size = Abs(x).Value;
        var isLarge = (Number(Type == DType.F32 ? 131072 : 1073741824).Value < size) & (size < Number(double.PositiveInfinity).Value);
        var (exact, turns) = LargeAngles.Of(x.Value);
        exactBits = Select(new(isLarge), From(turns), bits);
        return Select(new(isLarge), new(exact), remainder);
    }

    /// <summary>y, which <see cref="QuarterTurns"/> has made right.</summary>
    public static Traced<T> Replace(Traced<T> mask, Traced<T> x, Traced<T> y, Func<double, double> f) => y;

    public static Traced<T> Remainder(Traced<T> mask, Traced<T> x, Traced<T> y, Traced<T> r)
    {
        if (!Type.IsFloat) return new(Operations.Remainder(x.AsNumber, y.AsNumber));
        var (a, b, infinity) = (Abs(x).Value, Abs(y).Value, Number(double.PositiveInfinity).Value);
        var isOrdinary = mask.Holds & (a < infinity) & (b < infinity) & (Zero(Type) < b) & (b <= a);
        return Select(new(isOrdinary), new(Remainders.Of(x.Value, y.Value)), r);
    }

    public static T Sum(Traced<T> x) => throw new NotSupportedException("a traced number is not known");

    public static T Product(Traced<T> x) => throw new NotSupportedException("a traced number is not known");

    public static T MinOf(Traced<T> x) => throw new NotSupportedException("a traced number is not known");

    public static T MaxOf(Traced<T> x) => throw new NotSupportedException("a traced number is not known");

    public static Traced<T> ShiftLeft(Traced<T> x, int n) => From(x.AsBits << n);

    public static Traced<T> ShiftRight(Traced<T> x, int n) => From(x.AsBits >> n);

    public static Traced<T> ShiftRightLogical(Traced<T> x, int n) => From(x.AsBits >>> n);

    public static Traced<T> ShiftLeft(Traced<T> x, Traced<T> y) => Shifted(x, y, (bits, n) => bits << n);

    public static Traced<T> ShiftRightLogical(Traced<T> x, Traced<T> y) => Shifted(x, y, (bits, n) => bits >>> n);

    private static Traced<T> Shifted(Traced<T> x, Traced<T> y, Func<Value, Value, Value> shift)
    {
        var (width, zero) = (Number(8 * Unsafe.SizeOf<T>()).Value, Zero(Type));
        var inside = Type == DType.U8 ? y.Value < width : !(y.Value < zero) & (y.Value < width);
        var amount = Value.Select(inside, y.Value, zero).To(DType.I32);
        return new(Value.Select(inside, shift(x.Value, amount), zero));
    }

    public static Traced<T> AddBits(Traced<T> x, Traced<T> y) => From(x.AsBits + y.AsBits);

    public static Traced<T> SubtractBits(Traced<T> x, Traced<T> y) => From(x.AsBits - y.AsBits);
}
