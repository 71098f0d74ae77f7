using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter.Arithmetic;
using Xunit;
using static PropertyTests.Arithmetic.BigFloat;

namespace PropertyTests.Arithmetic;

/// <summary>Functions in lanes stay within the errors that they state, and are the same in lanes of every width.</summary>
public sealed class FunctionAccuracy
{
    /// <summary>How many floats apart the tried ones are: a prime.</summary>
    private static readonly uint Stride = uint.Parse(Environment.GetEnvironmentVariable("FLOAT_STRIDE") ?? "10007");

    private static readonly int Points = int.Parse(Environment.GetEnvironmentVariable("DOUBLE_POINTS") ?? "192");

    private static IEnumerable<LaneFunction> Bounded => LaneFunction.All.Where(f => f.Single > 0);

    public static TheoryData<string> Unary => [.. Bounded.Where(f => f.Arity == 1).Select(f => f.Name)];

    public static TheoryData<string> Binary => [.. Bounded.Where(f => f.Arity == 2).Select(f => f.Name)];

    public static TheoryData<string> Names => [.. LaneFunction.All.Select(f => f.Name)];

    /// <summary>The scalar form of a function of graphs, which says what its special values are.</summary>
    private static Delegate Scalar<T>(string name) => Structs.TryGetValue(name, out var type)
        ? type.GetMethods().First(m => m.Name == "Apply" && !m.ReturnType.Name.StartsWith("Vector", StringComparison.Ordinal)).MakeGenericMethod(typeof(T)) is var m
            && m.GetParameters().Length == 1 ? m.CreateDelegate<Func<T, T>>() : m.CreateDelegate<Func<T, T, T>>()
        : throw new ArgumentException($"no function {name}");

    private static readonly Dictionary<string, Type> Structs = typeof(Functions).GetNestedTypes().Where(t => t.GetProperty("Name") is not null)
        .ToDictionary(t => (string)t.GetProperty("Name")!.GetValue(null)!);

    [Fact]
    public void Every_function_of_graphs_has_its_form_in_lanes() => Assert.All(Structs.Keys, name => Assert.NotNull(LaneFunction.Find(name)));

    [Theory, MemberData(nameof(Unary))]
    public void Floats_are_within_the_stated_ulps(string name)
    {
        var f = LaneFunction.Find(name)!;
        var truth = (Func<double, double>)Scalar<double>(name);
        var x = new float[(int)((1L << 32) / Stride) / 64 * 64];
        for (var i = 0; i < x.Length; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)i * Stride);
        var y = Map<V512<float>, float>(f, x, x);
        var (worst, at) = (0.0, 0f);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = truth(x[i]);
            if ((float)expected == y[i] || double.IsNaN(expected) && float.IsNaN(y[i])) continue;
            var ulps = Math.Abs(y[i] - expected) / Math.ScaleB(1, Math.Max(Math.ILogB(expected) - 23, -149));
            if (!(ulps <= worst)) (worst, at) = (ulps, x[i]);
        }
        Report(name, "f32", worst, at);
        Assert.True(worst <= f.Single, $"{name}({at:R}) is off by {worst:F2} ulps");
    }

    [Theory, MemberData(nameof(Unary))]
    public void Doubles_are_within_the_stated_ulps(string name)
    {
        var f = LaneFunction.Find(name)!;
        var x = Doubles(Points, name.Length);
        var y = Map<V512<double>, double>(f, x, x);
        var (worst, at) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(y[i]) || Truth(name, x[i], y[i]) is not { } expected) continue;
            var ulps = expected.UlpsFrom(y[i], 53, -1074);
            if (ulps > worst) (worst, at) = (ulps, x[i]);
        }
        Report(name, "f64", worst, at);
        Assert.True(worst <= f.Double, $"{name}({at:R}) is off by {worst:F2} ulps");
    }

    [Theory, MemberData(nameof(Binary))]
    public void Functions_of_two_are_within_the_stated_ulps(string name)
    {
        var f = LaneFunction.Find(name)!;
        var (x, y) = (Doubles(Points, 5), Doubles(Points, 6));
        var z = Map<V512<double>, double>(f, x, y);
        var (worst, at) = (0.0, (0.0, 0.0));
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(z[i]) || Truth(name, x[i], y[i], z[i], out var size) is not { } expected || expected.IsZero) continue;
            var ulps = expected.UlpsFrom(z[i], 53, -1074) / Math.ScaleB(1, Math.Max(0, Math.ILogB(size) - expected.Log2));
            if (ulps > worst) (worst, at) = (ulps, (x[i], y[i]));
        }
        Report(name, "f64", worst, at);
        Assert.True(worst <= f.Double, $"{name}{at} is off by {worst:F2} ulps in f64");

        var (a, b) = (Array.ConvertAll(x, v => (float)v), Array.ConvertAll(y, v => (float)v));
        var c = Map<V512<float>, float>(f, a, b);
        (worst, at) = (0.0, (0.0, 0.0));
        for (var i = 0; i < x.Length; i++)
        {
            if (!float.IsFinite(a[i]) || !float.IsFinite(b[i]) || !float.IsFinite(c[i]) || Truth(name, a[i], b[i], c[i], out var size) is not { } expected || expected.IsZero) continue;
            var ulps = expected.UlpsFrom(c[i], 24, -149) / Math.ScaleB(1, Math.Max(0, Math.ILogB(size) - expected.Log2));
            if (ulps > worst) (worst, at) = (ulps, (a[i], b[i]));
        }
        Report(name, "f32", worst, at);
        Assert.True(worst <= f.Single, $"{name}{at} is off by {worst:F2} ulps in f32");
    }

    [Theory, MemberData(nameof(Names))]
    public void Special_values_are_those_of_the_scalar_function(string name)
    {
        Special<double>(name);
        Special<float>(name);
    }

    [Theory, MemberData(nameof(Names))]
    public void Lanes_of_every_width_agree(string name)
    {
        Agree<float>(name);
        Agree<double>(name);
        if (LaneFunction.Find(name)!.Single == 0 && name is not ("rsqrt" or "sqrt" or "floor" or "ceil" or "round"))
        {
            Agree<int>(name);
            Agree<long>(name);
        }
    }

    private static void Agree<T>(string name) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (typeof(T) != typeof(int) && typeof(T) != typeof(long) && name is "shiftLeft" or "shiftRight") return;
        var f = LaneFunction.Find(name)!;
        var (x, y) = (Samples<T>(1), Samples<T>(2));
        var expected = Map<V1<T>, T>(f, x, y);
        foreach (var actual in new[] { Map<V128<T>, T>(f, x, y), Map<V256<T>, T>(f, x, y), Map<V512<T>, T>(f, x, y) })
        {
            for (var i = 0; i < x.Length; i++)
            {
                Assert.True(Bits(expected[i]) == Bits(actual[i]) || (T.IsNaN(expected[i]) && T.IsNaN(actual[i])),
                    $"{name}({x[i]}{(f.Arity == 2 ? $", {y[i]}" : "")}) of {typeof(T).Name} is {expected[i]} alone, {actual[i]} in a vector");
            }
        }
    }

    private static void Special<T>(string name) where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        var f = LaneFunction.Find(name)!;
        if (name is "shiftLeft" or "shiftRight" or "and" or "or" or "xor") return;
        T[] values = [T.Zero, T.NegativeZero, T.One, -T.One, T.One / (T.One + T.One), T.PositiveInfinity, T.NegativeInfinity, T.NaN, T.MaxValue, T.MinValue,
            T.Epsilon, -T.Epsilon, T.CreateChecked(2), T.CreateChecked(-2), T.CreateChecked(3), T.CreateChecked(-3), T.CreateChecked(-2.5), T.CreateChecked(1e20), T.CreateChecked(-1e20)];
        var pairs = f.Arity == 1 ? values.Select(v => (v, v)) : values.SelectMany(v => values.Select(w => (v, w)));
        foreach (var (x, y) in pairs)
        {
            var actual = Map<V1<T>, T>(f, [x], [y])[0];
            var scalar = Scalar<T>(name is "equal" or "notEqual" or "less" or "lessEqual" or "greater" or "greaterEqual" ? "add" : name);
            if (name is "equal" or "notEqual" or "less" or "lessEqual" or "greater" or "greaterEqual") return;
            var expected = scalar is Func<T, T> one ? one(x) : ((Func<T, T, T>)scalar)(x, y);
            var bound = T.CreateChecked(Math.Max(8, f.Double)) * T.Max(T.BitIncrement(T.Abs(expected)) - T.Abs(expected), T.Epsilon);
            var same = T.IsNaN(expected) ? T.IsNaN(actual) : T.IsFinite(expected) && f.Single > 0 && !T.IsZero(expected) ? T.Abs(actual - expected) <= bound : Bits(expected) == Bits(actual);
            Assert.True(same, $"{name}({x}{(f.Arity == 2 ? $", {y}" : "")}) of {typeof(T).Name} is {actual}, not {expected}");
        }
    }

    private static UInt128 Bits<T>(T x) where T : unmanaged => Unsafe.SizeOf<T>() == 4 ? Unsafe.BitCast<T, uint>(x) : Unsafe.BitCast<T, ulong>(x);

    /// <summary>The function of each, or each pair.</summary>
    private static unsafe T[] Map<V, T>(LaneFunction f, T[] x, T[] y) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var z = new T[x.Length];
        var one = f.Arity == 1 ? f.For<V, T>().CreateDelegate<Func<V, V>>() : null;
        var two = f.Arity == 2 ? f.For<V, T>().CreateDelegate<Func<V, V, V>>() : null;
        fixed (T* a = x, b = y, c = z)
        {
            for (var i = 0; i < x.Length; i += V.Count) V.Store(one is null ? two!(V.Load(a + i), V.Load(b + i)) : one(V.Load(a + i)), c + i);
        }
        return z;
    }

    private static T[] Samples<T>(int seed) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var random = new Random(seed);
        double[] special = [0, -0.0, 1, -1, 0.5, -2, 3, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 88.8, -88.8, 709.9, -745.1, 1e-40, -1e-310, 1e9, 1e300];
        var bits = new byte[1024 * Unsafe.SizeOf<T>()];
        random.NextBytes(bits);
        var values = MemoryMarshal.Cast<byte, T>(bits).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            if (i % 4 == 1) values[i] = T.CreateTruncating((random.NextDouble() * 40) - 20);
            if (i % 4 == 2) values[i] = T.CreateTruncating((random.NextDouble() * 2) - 1);
            if (i % 11 == 0) values[i] = T.CreateTruncating(special[random.Next(special.Length)]);
        }
        return values;
    }

    /// <summary>Numbers of all sizes, near to 0, to 1 and to halves.</summary>
    private static double[] Doubles(int count, int seed)
    {
        var random = new Random(seed);
        var x = new double[(count + 63) / 64 * 64];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (i % 6) switch
            {
                0 => (random.NextDouble() * 2) - 1,
                1 => (random.NextDouble() * 20) - 10,
                2 => Math.ScaleB((random.NextDouble() * 2) - 1, random.Next(-40, 12)),
                3 => 1 + Math.ScaleB((random.NextDouble() * 2) - 1, random.Next(-30, 1)),
                4 => (random.NextDouble() * 1500) - 750,
                _ => Math.ScaleB(random.NextDouble() + 0.5, random.Next(-1050, 1020)),
            };
        }
        return x;
    }

    private static void Report(string name, string format, double worst, object at)
    {
        if (Environment.GetEnvironmentVariable("ULPS") is { } path) File.AppendAllText(path, $"{name} {format} {worst:F3} at {at}\n");
    }

    /// <summary>The true value, where it is a finite number.</summary>
    private static BigFloat? Truth(string name, double x, double near) => name switch
    {
        "exp" or "exp2" or "expm1" or "logistic" or "softplus" or "sinh" or "cosh" or "erf" or "erfc" when Math.Abs(x) > 1100 => null,
        "exp" => Exp(x),
        "exp2" => Exp(x * Ln2),
        "expm1" => Expm1(x),
        "log" => Log(x),
        "log2" => Log(x) / Ln2,
        "log1p" => Log1p(x),
        "tanh" => x > 400 ? 1 : x < -400 ? -1 : Expm1(2 * (BigFloat)x) / (Expm1(2 * (BigFloat)x) + 2),
        "logistic" => 1 / (1 + Exp(-x)),
        "softplus" => x > 0 ? x + Log1p(Exp(-x)) : Log1p(Exp(x)),
        "sin" => Math.Abs(x) < 1e12 ? SinCos(x).Sin : null,
        "cos" => Math.Abs(x) < 1e12 ? SinCos(x).Cos : null,
        "tan" => Math.Abs(x) < 1e12 ? SinCos(x).Sin / SinCos(x).Cos : null,
        "asin" => Math.Abs(x) == 1 ? null : Atan(x / Sqrt((1 - (BigFloat)x) * (1 + (BigFloat)x))),
        "acos" => x == -1 ? null : 2 * Atan(Sqrt((1 - (BigFloat)x) / (1 + (BigFloat)x))),
        "atan" => Atan(x),
        "sinh" => (Expm1(x) - Expm1(-x)).Scale(-1),
        "cosh" => (Exp(x) + Exp(-x)).Scale(-1),
        "asinh" => x < 0 ? -Log1p(AsinhRest(-x)) : Log1p(AsinhRest(x)),
        "acosh" => Log1p((BigFloat)x - 1 + Sqrt(((BigFloat)x - 1) * ((BigFloat)x + 1))),
        "atanh" => Log1p(2 * (BigFloat)x / (1 - (BigFloat)x)).Scale(-1),
        "erf" => Erf(x),
        "erfc" => Erfc(x),
        "erfInv" => BigFloat.ErfInv(x, near),
        "cbrt" => Cbrt(x),
        _ => throw new ArgumentException($"no true value of {name}"),
    };

    private static BigFloat AsinhRest(BigFloat a) => a + (a * a / (1 + Sqrt(1 + (a * a))));

    private static BigFloat? Truth(string name, double x, double y, double z, out double size)
    {
        size = 0;
        switch (name)
        {
            case "atan2": return x == 0 && y == 0 ? null : Atan2(x, y);
            case "pow": return x == 0 || z == 0 ? null : (x < 0 && y % 2 != 0 ? -1 : 1) * Exp(y * Log(Math.Abs(x)));
            default:
                size = Math.Max(x, y);
                return Math.Abs(x - y) > 1100 ? size : size + Log1p(Exp(-Abs((BigFloat)x - y)));
        }
    }
}
