using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// What divisions of floating-point numbers leave, however large the quotient: a long division of their significands, as many digits at a time
/// as a fused multiply-add takes exactly.
/// </summary>
internal readonly struct Remainders
{
    private readonly DType type, bits;

    /// <summary>The stored bits of a significand; what the exponent's field is of 1; and the exponents of the largest number and the smallest.</summary>
    private readonly int digits, bias, largest, smallest;

    private Remainders(DType type) => (this.type, bits, digits, bias, largest, smallest) = type == DType.F32 ? (type, DType.I32, 23, 127, 127, -149) : (type, DType.I64, 52, 1023, 1023, -1074);

    /// <summary>x − y trunc(x / y), for finite numbers with |x| ≥ |y| &gt; 0.</summary>
    public static Value Of(Value x, Value y) => new Remainders(x.Type).Divided(x, y);

    private Value Divided(Value x, Value y)
    {
        var ((m, e), (n, f)) = (Decomposed(x), Decomposed(y));
        var (rest, left) = (Value.Select(m < n, m, m - n), e - f);
        var atOnce = digits - 1;
        for (var i = 0; i < (largest - smallest + atOnce) / atOnce; i++)
        {
            var now = Value.Select(left < atOnce, left, atOnce);
            var more = rest * Power(now);
            rest = Value.Fma(-new UnaryValue(UnaryKind.Floor, more / n), n, more);
            rest = Value.Select(rest < Number.Of(type, 0), rest + n, Value.Select(rest < n, rest, rest - n));
            left -= now;
        }
        var half = f >> 1;
        var size = rest * Power(half) * Power(f - half);
        return Value.Select(x < Number.Of(type, 0), -size, size);
    }

    /// <summary>The integral significand, of all digits, and the exponent.</summary>
    private (Value Significand, Value Exponent) Decomposed(Value x)
    {
        var size = new UnaryValue(UnaryKind.Absolute, x);
        var isSubnormal = size < Number.Of(type, Math.ScaleB(1, 1 - bias));
        var word = Value.Select(isSubnormal, size * Number.Of(type, Math.ScaleB(1, digits + 1)), size).As(bits);
        var significand = (word & new Number(bits, (1L << digits) - 1)) | new Number(bits, (long)(bias + digits) << digits);
        return (significand.As(type), (word >> digits).To(DType.I32) - Value.Select(isSubnormal, bias + digits + digits + 1, bias + digits));
    }

    /// <summary>2ⁿ, for n within the range of exponents.</summary>
    private Value Power(Value n) => ((n + bias).To(bits) << digits).As(type);
}
