using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;

namespace Benchmarks.Measuring;

/// <summary>Numbers that the sides of a comparison are given, and how far apart what they make of them is.</summary>
public static class Numbers
{
    /// <summary>Numbers of mean 0 and variance near 1, the same for the same seed.</summary>
    public static float[] Normal(int seed, params ReadOnlySpan<int> shape)
    {
        var values = new float[Shape.Of(shape).Size];
        var state = (ulong)seed * 0x9E3779B97F4A7C15 + 1;
        for (var i = 0; i < values.Length; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            values[i] = ((state >> 40) + ((state >> 16) & 0xFFFFFF)) / (float)(1 << 24) - 1; // a sum of two even distributions
            values[i] *= 2.449f;
        }
        return values;
    }

    /// <summary>Whole numbers from 0 to a limit, even and the same for the same seed.</summary>
    public static int[] Below(int limit, int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(limit))];
    }

    /// <summary>Normal numbers as a tensor.</summary>
    public static Tensor Tensor(int seed, params int[] shape) => Functional.Interpreter.Tensor.Of<float>(Shape.Of(shape), Normal(seed, shape));

    /// <summary>A tensor's elements, row-major.</summary>
    public static float[] Values(Tensor x) => x.DType == DType.F32 ? x.ToArray<float>() : [.. Enumerable.Range(0, (int)x.Shape.Size).Select(i => (float)x[i])];

    /// <summary>‖a − b‖ / ‖b‖ of all arrays, the greatest; infinite where they do not fit each other.</summary>
    public static double Difference(ImmutableArray<float[]> a, ImmutableArray<float[]> b)
    {
        if (a.Length != b.Length || a.Zip(b, (First, Second) => (First, Second)).Any(p => p.First.Length != p.Second.Length)) return double.PositiveInfinity;
        return a.Zip(b, (First, Second) => (First, Second)).Max(p =>
        {
            var (apart, all) = (0.0, 0.0);
            for (var i = 0; i < p.First.Length; i++)
            {
                var d = (double)p.First[i] - p.Second[i];
                (apart, all) = (apart + d * d, all + (double)p.Second[i] * p.Second[i]);
            }
            return all == 0 ? Math.Sqrt(apart) : double.IsNaN(apart) ? double.PositiveInfinity : Math.Sqrt(apart / all);
        });
    }

    /// <summary>The middle of some numbers, of two the mean.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
