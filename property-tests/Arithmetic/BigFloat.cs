using System.Numerics;

namespace PropertyTests.Arithmetic;

/// <summary>mantissa · 2^exponent with 240 bits of mantissa, cut off: what functions of doubles are held to.</summary>
public readonly struct BigFloat(BigInteger mantissa, int exponent)
{
    private const int Bits = 240;
    private readonly BigInteger _mantissa = mantissa;
    private readonly int _exponent = exponent;

    private static BigFloat Of(BigInteger mantissa, int exponent)
    {
        var excess = (int)BigInteger.Abs(mantissa).GetBitLength() - Bits;
        return excess > 0 ? new(mantissa >> excess, exponent + excess) : new(mantissa, exponent);
    }

    public static implicit operator BigFloat(double x)
    {
        if (!double.IsFinite(x)) throw new ArgumentOutOfRangeException(nameof(x), x, "not a finite number");
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & 0xFFFFFFFFFFFFF;
        var mantissa = exponent == 0 ? fraction : fraction | 0x10000000000000;
        return new(bits < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    public bool IsZero => _mantissa.IsZero;

    public int Sign => _mantissa.Sign;

    /// <summary>The k with 2ᵏ ≤ |x| &lt; 2ᵏ⁺¹.</summary>
    public int Log2 => (int)BigInteger.Abs(_mantissa).GetBitLength() - 1 + _exponent;

    /// <summary>The nearest double but for an ulp.</summary>
    public double Near
    {
        get
        {
            if (IsZero) return 0;
            var shift = (int)BigInteger.Abs(_mantissa).GetBitLength() - 60;
            return Math.ScaleB((double)(shift > 0 ? _mantissa >> shift : _mantissa << -shift), _exponent + shift);
        }
    }

    public static BigFloat operator -(BigFloat x) => new(-x._mantissa, x._exponent);

    public static BigFloat operator +(BigFloat x, BigFloat y)
    {
        if (x.IsZero) return y;
        if (y.IsZero) return x;
        if (x._exponent < y._exponent) (x, y) = (y, x);
        var shift = x._exponent - y._exponent;
        return shift > 4 * Bits ? (x.Log2 > y.Log2 ? x : y) : Of((x._mantissa << shift) + y._mantissa, y._exponent);
    }

    public static BigFloat operator -(BigFloat x, BigFloat y) => x + -y;

    public static BigFloat operator *(BigFloat x, BigFloat y) => Of(x._mantissa * y._mantissa, x._exponent + y._exponent);

    public static BigFloat operator /(BigFloat x, BigFloat y)
    {
        var shift = Math.Max(0, Bits + 2 + (int)BigInteger.Abs(y._mantissa).GetBitLength() - (int)BigInteger.Abs(x._mantissa).GetBitLength());
        return Of((x._mantissa << shift) / y._mantissa, x._exponent - y._exponent - shift);
    }

    public static bool operator <(BigFloat x, BigFloat y) => (x - y).Sign < 0;

    public static bool operator >(BigFloat x, BigFloat y) => y < x;

    public BigFloat Scale(int n) => new(_mantissa, _exponent + n);

    public static BigFloat Abs(BigFloat x) => x.Sign < 0 ? -x : x;

    public static BigFloat Sqrt(BigFloat x)
    {
        if (x.IsZero) return x;
        var half = x.Log2 / 2;
        var scaled = x.Scale(-2 * half);
        BigFloat y = Math.Sqrt(scaled.Near);
        for (var i = 0; i < 3; i++) y = (y + (scaled / y)).Scale(-1);
        return y.Scale(half);
    }

    private static BigFloat Constant(string digits) => Of(BigInteger.Parse(digits) << 260, 0) / Of(BigInteger.Pow(10, digits.Length - 1), 0).Scale(260);

    /// <summary>ln 2, to 70 digits.</summary>
    public static readonly BigFloat Ln2 = Constant("0" + "6931471805599453094172321214581765680755001343602552541206800094933936");

    /// <summary>π, to 70 digits.</summary>
    public static readonly BigFloat Pi = Constant("3141592653589793238462643383279502884197169399375105820974944592307816");

    public static BigFloat Exp(BigFloat x)
    {
        var n = (int)Math.Round(x.Near / Math.Log(2));
        var r = (x - (n * Ln2)).Scale(-10);
        var (sum, term) = ((BigFloat)1, (BigFloat)1);
        for (var i = 1; !term.IsZero && term.Log2 > -Bits; i++)
        {
            term = term * r / i;
            sum += term;
        }
        for (var i = 0; i < 10; i++) sum *= sum;
        return sum.Scale(n);
    }

    /// <summary>ln x: a double's logarithm, and the series of what it leaves.</summary>
    public static BigFloat Log(BigFloat x)
    {
        var n = x.Log2;
        var m = x.Scale(-n);
        var near = Math.Log(m.Near);
        var d = (m * Exp(-near)) - 1;
        return (n * Ln2) + near + (d * (1 - (d * ((BigFloat)1 / 2 - (d * ((BigFloat)1 / 3 - (d / 4)))))));
    }

    /// <summary>ln(1 + x).</summary>
    public static BigFloat Log1p(BigFloat x) => x.IsZero ? x : x.Log2 < -60 ? x * (1 - (x * ((BigFloat)1 / 2 - (x / 3)))) : Log(1 + x);

    /// <summary>eˣ − 1.</summary>
    public static BigFloat Expm1(BigFloat x) => x.IsZero ? x : x.Log2 < -60 ? x * (1 + (x * ((BigFloat)1 / 2 + (x / 6)))) : Exp(x) - 1;

    public static (BigFloat Sin, BigFloat Cos) SinCos(BigFloat x)
    {
        var n = Math.Round(x.Near / Math.PI * 2);
        var r = x - (n * Pi.Scale(-1));
        var (sin, cos) = (Series(r, 1), Series(r, 0));
        return ((long)n & 3) switch { 0 => (sin, cos), 1 => (cos, -sin), 2 => (-sin, -cos), _ => (-cos, sin) };
    }

    private static BigFloat Series(BigFloat r, int first)
    {
        var term = first == 0 ? (BigFloat)1 : r;
        var (sum, square) = (term, r * r);
        for (var i = first + 1; !term.IsZero && term.Log2 > -Bits + Math.Min(0, sum.Log2); i += 2)
        {
            term = -(term * square) / (i * (i + 1));
            sum += term;
        }
        return sum;
    }

    /// <summary>arctan x: a double's, and the series of what it leaves.</summary>
    public static BigFloat Atan(BigFloat x)
    {
        if (x.IsZero || x.Log2 < -120) return x;
        if (x.Log2 > 120) return (x.Sign < 0 ? -Pi : Pi).Scale(-1) - (1 / x);
        var near = Math.Atan(x.Near);
        var (sin, cos) = SinCos(near);
        var d = ((x * cos) - sin) / (cos + (x * sin));
        return near + (d * (1 - (d * d / 3)));
    }

    public static BigFloat Atan2(BigFloat y, BigFloat x) =>
        x.IsZero ? (y.Sign < 0 ? -Pi : Pi).Scale(-1) : x.Sign > 0 ? Atan(y / x) : Atan(y / x) + (y.Sign < 0 ? -Pi : Pi);

    public static BigFloat Erf(BigFloat x)
    {
        if (Abs(x) > 5) return x.Sign < 0 ? Erfc(-x) - 1 : 1 - Erfc(x);
        var square = x * x;
        var (sum, term) = (x, x);
        for (var i = 1; !term.IsZero && (i < 40 || term.Log2 > -Bits + sum.Log2); i++)
        {
            term = -(term * square) / i;
            sum += term / ((2 * i) + 1);
        }
        return sum.Scale(1) / Sqrt(Pi);
    }

    /// <summary>1 − erf x: for great x by the continued fraction.</summary>
    public static BigFloat Erfc(BigFloat x)
    {
        if (x < 5) return 1 - Erf(x);
        var tail = x;
        for (var k = 120; k > 0; k--) tail = x + (((BigFloat)k).Scale(-1) / tail);
        return Exp(-(x * x)) / (tail * Sqrt(Pi));
    }

    /// <summary>The inverse of erf: a step of Newton's from a near double.</summary>
    public static BigFloat ErfInv(BigFloat x, double near)
    {
        BigFloat y = near;
        for (var i = 0; i < 2; i++)
        {
            var d = (x - Erf(y)) * Sqrt(Pi).Scale(-1) * Exp(y * y);
            y += d * (1 + (y * d));
        }
        return y;
    }

    public static BigFloat Cbrt(BigFloat x)
    {
        if (x.IsZero) return x;
        var third = x.Log2 / 3;
        var scaled = x.Scale(-3 * third);
        BigFloat y = Math.Cbrt(scaled.Near);
        for (var i = 0; i < 3; i++) y -= (y - (scaled / (y * y))) / 3;
        return y.Scale(third);
    }

    /// <summary>How far a double is away, in ulps of a format with so many bits and so low a least exponent.</summary>
    public double UlpsFrom(double computed, int digits, int least)
    {
        if (IsZero) return computed == 0 ? 0 : double.PositiveInfinity;
        var difference = Abs(this - computed);
        return difference.IsZero ? 0 : difference.Scale(-Math.Max(Log2 - digits + 1, least)).Near;
    }
}
