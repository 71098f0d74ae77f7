using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Arithmetic;
using Xunit;

namespace PropertyTests.Arithmetic;

/// <summary>Vectors of every width compute what a single number does, bit for bit.</summary>
public sealed class LaneLaws
{
    private const int Count = 64 * 40;

    [Fact]
    public void Floats_of_every_width_agree() => Agree<float>();

    [Fact]
    public void Doubles_of_every_width_agree() => Agree<double>();

    [Fact]
    public void Ints_of_every_width_agree() => Agree<int>();

    [Fact]
    public void Longs_of_every_width_agree() => Agree<long>();

    [Fact]
    public void Bytes_of_every_width_agree() => Agree<byte>();

    private static void Agree<T>() where T : unmanaged, IBinaryNumber<T>
    {
        var expected = Results<V1<T>, T>();
        foreach (var actual in new[] { Results<V128<T>, T>(), Results<V256<T>, T>(), Results<V512<T>, T>() })
        {
            foreach (var (name, values) in expected)
            {
                for (var i = 0; i < Count; i++)
                {
                    Assert.True(Same(values[i], actual[name][i]), $"{name} of {typeof(T).Name} at {i}: {values[i]} alone, {actual[name][i]} in a vector");
                }
            }
        }
    }

    private static bool Same<T>(T x, T y) where T : unmanaged, IBinaryNumber<T> =>
        (T.IsNaN(x) && T.IsNaN(y)) || Bytes(x).SequenceEqual(Bytes(y));

    private static unsafe byte[] Bytes<T>(T x) where T : unmanaged => [.. new Span<byte>(Unsafe.AsPointer(ref x), Unsafe.SizeOf<T>())];

    private static Dictionary<string, T[]> Results<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var (x, y, z) = (Values<T>(1), Values<T>(2), Values<T>(3));
        return Functions<V, T>().ToDictionary(f => f.Key, f => Map(f.Value, x, y, z));
    }

    private static unsafe T[] Map<V, T>(Func<V, V, V, V> f, T[] x, T[] y, T[] z) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var results = new T[Count];
        fixed (T* a = x, b = y, c = z, to = results)
        {
            for (var i = 0; i < Count; i += V.Count) V.Store(f(V.Load(a + i), V.Load(b + i), V.Load(c + i)), to + i);
        }
        return results;
    }

    private static Dictionary<string, Func<V, V, V, V>> Functions<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var functions = new Dictionary<string, Func<V, V, V, V>>
        {
            ["add"] = (x, y, _) => x + y,
            ["subtract"] = (x, y, _) => x - y,
            ["multiply"] = (x, y, _) => x * y,
            ["divide"] = (x, y, _) => x / y,
            ["negate"] = (x, _, _) => -x,
            ["and"] = (x, y, _) => x & y,
            ["or"] = (x, y, _) => x | y,
            ["exclusive or"] = (x, y, _) => x ^ y,
            ["not"] = (x, _, _) => ~x,
            ["fma"] = V.Fma,
            ["min"] = (x, y, _) => V.Min(x, y),
            ["max"] = (x, y, _) => V.Max(x, y),
            ["at least"] = (x, _, _) => V.AtLeast(x, V.All(T.One)),
            ["at most"] = (x, _, _) => V.AtMost(x, V.All(T.One)),
            ["abs"] = (x, _, _) => V.Abs(x),
            ["floor"] = (x, _, _) => V.Floor(x),
            ["ceiling"] = (x, _, _) => V.Ceiling(x),
            ["round"] = (x, _, _) => V.Round(x),
            ["truncate"] = (x, _, _) => V.Truncate(x),
            ["less"] = (x, y, _) => V.Less(x, y),
            ["less or equal"] = (x, y, _) => V.LessOrEqual(x, y),
            ["greater"] = (x, y, _) => V.Greater(x, y),
            ["greater or equal"] = (x, y, _) => V.GreaterOrEqual(x, y),
            ["equal"] = (x, y, _) => V.Equal(x, y),
            ["not equal"] = (x, y, _) => V.NotEqual(x, y),
            ["select"] = (x, y, z) => V.Select(V.Less(x, y), y, z),
            ["any"] = (x, y, z) => V.Any(V.Less(x, x)) ? y : z,
            ["mask in memory"] = (x, y, _) => InMemory<V, T>(V.Less(x, y)),
            ["shift left by 3"] = (x, _, _) => V.ShiftLeft(x, 3),
            ["shift right by 3"] = (x, _, _) => V.ShiftRight(x, 3),
            ["shift right by 3, zeros coming in"] = (x, _, _) => V.ShiftRightLogical(x, 3),
            ["add bits"] = (x, y, _) => V.AddBits(x, y),
            ["subtract bits"] = (x, y, _) => V.SubtractBits(x, y),
        };
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            functions.Add("shift left", (x, y, _) => V.ShiftLeft(x, y));
            functions.Add("shift right", (x, y, _) => V.ShiftRightLogical(x, y));
            functions.Add("shift left by little", (x, y, _) => V.ShiftLeft(x, y & V.All(T.CreateTruncating(15))));
            functions.Add("shift right by little", (x, y, _) => V.ShiftRightLogical(x, y & V.All(T.CreateTruncating(15))));
            return functions;
        }
        functions.Add("square root", (x, _, _) => V.Sqrt(x));
        functions.Add("copy sign", (x, y, _) => V.CopySign(x, y));
        functions.Add("integer bits", (x, _, _) => V.IntegerBits(Exponent(x)));
        functions.Add("of integer bits", (x, _, _) => V.OfIntegerBits(V.IntegerBits(Exponent(x))));
        functions.Add("scale", (x, y, _) => V.Scale(Between1And2(x), Exponent(y)));
        functions.Add("scale to the least", (x, y, _) => V.Scale(Between1And2(x), Exponent(y) - V.All(T.CreateTruncating(typeof(T) == typeof(float) ? 140 : 1060))));
        functions.Add("mantissa", (x, _, _) => V.Decompose(Positive(x), out var _));
        functions.Add("exponent", (x, _, _) =>
        {
            V.Decompose(Positive(x), out var exponent);
            return exponent;
        });
        return functions;

        V Between1And2(V x) => (x & V.All(T.CreateTruncating(1.9999999))) | V.All(T.One);
        V Exponent(V x) => V.Round(V.Select(V.Less(V.Abs(x), V.All(T.CreateTruncating(2000))), x, V.All(T.CreateTruncating(-19))));
        V Positive(V x) => V.Select(V.Greater(V.Abs(x), V.All(T.Zero)) & V.Less(V.Abs(x), V.All(T.One / T.Zero)), V.Abs(x), V.All(T.One));
    }

    private static unsafe V InMemory<V, T>(V mask) where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T>
    {
        var bytes = stackalloc byte[V.Count];
        V.StoreMask(mask, bytes);
        for (var i = 0; i < V.Count; i++) Assert.True(bytes[i] < 2);
        return V.LoadMask(bytes);
    }

    /// <summary>Bits at random, and numbers near 0 whose products and quotients say more.</summary>
    private static T[] Values<T>(int seed) where T : unmanaged, IBinaryNumber<T>
    {
        var random = new Random(seed);
        var bits = new byte[Count * Unsafe.SizeOf<T>()];
        random.NextBytes(bits);
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(bits).ToArray();
        var special = new[] { 0, -0.0, 1, -1, 2, 0.5, 1.5, -2.5, 1e-40, -1e-310, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.MaxValue, double.MinValue };
        for (var i = 0; i < Count; i++)
        {
            if (i % 3 == 0) values[i] = T.CreateTruncating((random.NextDouble() * 400) - 200);
            if (i % 7 == 0) values[i] = T.CreateTruncating(special[random.Next(special.Length)]);
        }
        return values;
    }
}
