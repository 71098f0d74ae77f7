using System.Runtime.CompilerServices;
using Functional;
using Functional.Interpreter.Arithmetic;
using Xunit;

namespace PropertyTests.Arithmetic;

/// <summary>Every pattern of 16 bits, and roundings of f32 by their slow exact definition, in vectors of every width.</summary>
public sealed unsafe class HalfFloatLaws
{
    private const int Patterns = 1 << 16;

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Every_pattern_is_the_number_that_it_says_and_comes_back(DType type)
    {
        var bits = Enumerable.Range(0, Patterns).Select(i => (ushort)i).ToArray();
        foreach (var lanes in Widths(type))
        {
            var (wide, back) = lanes.There(bits);
            Assert.Equal(bits, back);
            for (var i = 0; i < Patterns; i++) Assert.True(Slow.Number(type, bits[i]).Equals(wide[i]) && float.IsNegative(wide[i]) == bits[i] >= 0x8000, $"{lanes.Name}: {bits[i]:x4} is {wide[i]}");
        }
        for (var i = 0; i < Patterns; i++) Assert.Equal(Slow.Number(type, bits[i]), Literal.OfBytes(new(type, []), BitConverter.GetBytes(bits[i]))[0]);
    }

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Rounding_is_to_nearest_ties_to_even(DType type)
    {
        var x = Slow.Between(type);
        var expected = x.Select(v => Slow.Rounded(type, v)).ToArray();
        foreach (var lanes in Widths(type))
        {
            var actual = lanes.Rounded(x);
            for (var i = 0; i < x.Length; i++) Assert.True(Same(type, expected[i], actual[i]), $"{lanes.Name}: {x[i]:R} to {actual[i]:x4}, not {expected[i]:x4}");
        }
        for (var i = 0; i < x.Length; i++)
            Assert.True(Same(type, expected[i], type == DType.F16 ? BitConverter.HalfToUInt16Bits((Half)x[i]) : ((BFloat16)x[i]).Bits), $"{x[i]:R}");
    }

    /// <summary>Equal bits, but for a NaN's own.</summary>
    private static bool Same(DType type, ushort expected, ushort actual) => expected == actual || (double.IsNaN(Slow.Number(type, expected)) && double.IsNaN(Slow.Number(type, actual)));

    private static Lanes[] Widths(DType type) => type == DType.F16 ? Widths<Binary16>() : Widths<Brain16>();

    private static Lanes[] Widths<H>() where H : IHalfFloat => [new Of<V1<float>, H>(), new Of<V128<float>, H>(), new Of<V256<float>, H>(), new Of<V512<float>, H>()];

    private abstract class Lanes
    {
        public abstract string Name { get; }

        public abstract (float[] Wide, ushort[] Back) There(ushort[] bits);

        public abstract ushort[] Rounded(float[] x);
    }

    private sealed class Of<V, H> : Lanes where V : struct, ILanes<V, float> where H : IHalfFloat
    {
        public override string Name => $"{typeof(H).Name} in {V.Count}";

        public override (float[] Wide, ushort[] Back) There(ushort[] bits)
        {
            var (wide, back) = (new float[bits.Length], new ushort[bits.Length]);
            var spread = stackalloc float[V.Count];
            fixed (ushort* from = bits, to = back)
            fixed (float* w = wide)
                for (var i = 0; i < bits.Length; i += V.Count)
                {
                    var x = HalfFloats.Load<V, H>(from + i);
                    V.Store(x, w + i);
                    HalfFloats.Store<V, H>(x, to + i);
                    V.Store(HalfFloats.Spread<V, H>(from + i), spread);
                    Assert.Equal(Unsafe.BitCast<float, int>(w[i]), Unsafe.BitCast<float, int>(spread[V.Count - 1]));
                }
            return (wide, back);
        }

        public override ushort[] Rounded(float[] x)
        {
            var (count, result) = ((x.Length + V.Count - 1) / V.Count * V.Count, new ushort[x.Length + V.Count]);
            var padded = new float[count];
            x.CopyTo(padded, 0);
            fixed (float* from = padded)
            fixed (ushort* to = result)
                for (var i = 0; i < count; i += V.Count) HalfFloats.Store<V, H>(HalfFloats.Round<V, H>(V.Load(from + i)), to + i);
            return result;
        }
    }

    /// <summary>The formats by their definition: positive numbers in the order of their bits.</summary>
    private static class Slow
    {
        private static (int Fraction, int Bias) Of(DType type) => type == DType.F16 ? (10, 15) : (7, 127);

        /// <summary>The number with some bits.</summary>
        public static double Number(DType type, ushort bits)
        {
            var (fraction, bias) = Of(type);
            var (exponent, tail) = ((bits & 0x7FFF) >> fraction, bits & ((1 << fraction) - 1));
            var size = exponent == 0x7FFF >> fraction ? tail == 0 ? double.PositiveInfinity : double.NaN
                : exponent == 0 ? Math.ScaleB(tail, 1 - bias - fraction) : Math.ScaleB(tail + (1 << fraction), exponent - bias - fraction);
            return bits >= 0x8000 ? -size : size;
        }

        /// <summary>As if numbers went on beyond the greatest, at the place of infinity.</summary>
        private static double Extended(DType type, int bits)
        {
            var (fraction, bias) = Of(type);
            return bits == (0x7FFF >> fraction) << fraction ? Math.ScaleB(1, (0x7FFF >> fraction) - bias) : Number(type, (ushort)bits);
        }

        private static int Infinity(DType type) => (0x7FFF >> Of(type).Fraction) << Of(type).Fraction;

        public static ushort Rounded(DType type, float x)
        {
            var (sign, size, low, high) = (float.IsNegative(x) ? 0x8000 : 0, Math.Abs((double)x), 0, Infinity(type));
            if (float.IsNaN(x)) return (ushort)(sign | 0x7FFF);
            if (size >= Extended(type, high)) return (ushort)(sign | high);
            while (high - low > 1)
            {
                var middle = (low + high) / 2;
                if (Extended(type, middle) <= size) low = middle;
                else high = middle;
            }
            var (below, above) = (size - Extended(type, low), Extended(type, high) - size);
            return (ushort)(sign | (below < above || (below == above && low % 2 == 0) ? low : high));
        }

        /// <summary>The numbers themselves, halfway between each and the next, and the nearest of f32 on either side; and other numbers of f32.</summary>
        public static float[] Between(DType type)
        {
            var (x, random) = (new List<float> { float.NaN, -float.NaN, BitConverter.Int32BitsToSingle(0x7F800001), BitConverter.Int32BitsToSingle(0x7FFFFFFF), float.MaxValue, float.Epsilon, float.PositiveInfinity }, new Random(1));
            for (var bits = 0; bits < Infinity(type); bits++)
            {
                var (here, middle) = ((float)Number(type, (ushort)bits), (float)((Extended(type, bits) + Extended(type, bits + 1)) / 2));
                x.AddRange([here, middle, MathF.BitDecrement(middle), MathF.BitIncrement(middle), BitConverter.Int32BitsToSingle(random.Next())]);
            }
            return [.. x, .. x.Select(v => -v)];
        }
    }
}
