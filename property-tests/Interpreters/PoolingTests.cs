using System.Collections.Immutable;
using System.Security.Cryptography;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;
using Convert = System.Convert;

namespace PropertyTests.Interpreters;

/// <summary>Convolutions that go on with a pooling of what they computed.</summary>
public sealed class PoolingTests
{
    private static readonly Cpu[] Cpus = [new(1), new(2), new(4), .. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(3, w))];

    private static Plan PlanOf(Function f, Cpu? cpu = null) => ((IPlanned)(cpu ?? Cpus[0]).Compile(f)).Plan;

    private static bool IsJoined(Plan plan) => plan.Steps.Any(s => s.Pooling is not null);

    private static Function Traced(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, params TensorType[] types) =>
        Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);

    private static WindowDim Window(Random random, int most) =>
        new(random.Next(1, most), random.Next(1, 4), random.Next(-1, 3), random.Next(-1, 3), random.Next(1, 3), random.Next(5) == 0 ? 2 : 1);

    /// <summary>What is pooled, in three ways: maxima, maxima with their places, and sums.</summary>
    private static ImmutableArray<Expr> Pooled(Expr x, ValueArray<WindowDim> window, int way) => way switch
    {
        0 => [windowMax(x, window)],
        1 => [windowMax(x, window), windowArgMax(x, window)],
        _ => [windowSum(x, window)],
    };

    /// <summary>What goes before the pooling: nothing, a bias and a rectifier, an addition.</summary>
    private static Expr Before(Expr x, Expr bias, Expr other, int way) => way switch
    {
        0 => x,
        1 => relu(x + broadcast(bias, x.Shape, Axes.Of([1]))),
        _ => x - other,
    };

    /// <summary>Random convolutions, epilogues and windows, over channels too: the reference's values on every target, in the memory that was planned.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_convolutions_and_poolings_are_those_of_the_reference(int way)
    {
        var (random, joined) = (new Random(20 + way), 0);
        for (var trial = 0; trial < 60; trial++)
        {
            var (features, batches) = (trial % 4) switch { 0 => (2, 1), 1 => (1, 2), _ => (1, 1) };
            List<int> image = [batches * random.Next(1, 8), features * random.Next(1, 4)];
            List<int> filter = [features * batches * random.Next(1, trial % 3 == 0 ? 30 : 6), image[1] / features];
            List<WindowDim> window = [];
            for (var axis = random.Next(1, 3); axis > 0; axis--)
            {
                var size = random.Next(1, 4);
                image.Add(random.Next(3, axis == 1 && trial % 5 == 0 ? 90 : 20));
                filter.Add(size);
                window.Add(new(size, random.Next(1, 3), random.Next(0, 2), random.Next(0, 2), random.Next(1, 3)));
            }
            var (x, y) = (TensorType.F32([.. image]), TensorType.F32([.. filter]));
            var z = conv(variable("x", x), variable("y", y), [.. window], features, batches).Type;
            WindowDim[] over = [.. Enumerable.Range(0, random.Next(1, z.Shape.Rank - (trial % 7 == 0 ? 0 : 1))).Select(_ => Window(random, 4))];
            var before = random.Next(3);
            var f = Traced(p => Pooled(Before(conv(p[0], p[1], [.. window], features, batches), p[2], p[3], before), [.. over], way), x, y, TensorType.F32([z.Shape[1]]), z);
            ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => Tensor.Of<float>(p.Type.Shape, [.. Enumerable.Range(0, (int)p.Type.Shape.Size).Select(_ => (float)random.Next(-2, 3))]))];
            var expected = new Reference().Compile(f).Run(inputs);
            foreach (var cpu in Cpus) Assert.Equal(expected.AsEnumerable(), cpu.Compile(f).Run(inputs));
            foreach (var threads in (int[])[2, 3]) Assert.Equal(expected.AsEnumerable(), PlanLaws.MeasuresAsPlanned(f, inputs, threads: threads));
            if (IsJoined(PlanOf(f))) joined++;
        }
        Assert.InRange(joined, 20, 60);
    }

    /// <summary>
    /// Every way to convolve, each with every pooling, bit for bit what it is where the convolution's result is wanted, too, and so kept, with numbers
    /// that are rounded, infinite and none, on any number of threads, and again and again.
    /// </summary>
    [Theory]
    [InlineData(5, 3, 30, 29, 6, 5, 1, 0, 1, 1, false)]
    [InlineData(3, 1, 28, 28, 32, 5, 1, 0, 1, 1, false)]
    [InlineData(20, 1, 28, 28, 32, 5, 1, 0, 1, 1, true)]
    [InlineData(20, 8, 26, 20, 40, 3, 1, 0, 1, 2, true)]
    [InlineData(2, 3, 67, 67, 64, 11, 4, 2, 1, 1, true)]
    [InlineData(2, 40, 33, 21, 3, 3, 1, 1, 1, 1, false)]
    [InlineData(3, 24, 14, 14, 24, 3, 1, 1, 1, 24, false)]
    [InlineData(9, 32, 12, 12, 64, 5, 1, 0, 1, 1, true)]
    [InlineData(4, 64, 56, 57, 64, 3, 1, 1, 1, 1, false)]
    [InlineData(3, 64, 28, 28, 48, 3, 1, 1, 1, 1, true)]
    [InlineData(20, 48, 13, 13, 96, 3, 1, 1, 1, 2, true)]
    [InlineData(8, 70, 7, 6, 261, 3, 1, 1, 1, 1, false)]
    [InlineData(13, 36, 6, 7, 60, 3, 1, 0, 1, 2, true)]
    [InlineData(12, 20, 4, 4, 33, 5, 1, 3, 1, 1, true)]
    [InlineData(24, 20, 3, 3, 33, 3, 1, 2, 1, 1, true)]
    [InlineData(2, 260, 14, 14, 270, 1, 1, 0, 1, 2, false)]
    [InlineData(3, 20, 12, 16, 134, 1, 1, 0, 1, 1, false)]
    [InlineData(64, 3, 20, 20, 6, 5, 1, 0, 1, 1, true)]
    [InlineData(40, 12, 19, 18, 20, 3, 1, 1, 1, 4, true)]
    [InlineData(40, 33, 12, 12, 40, 10, 1, 1, 1, 1, false)]
    [InlineData(3, 64, 28, 28, 48, 3, 1, 2, 2, 1, true)]
    [InlineData(5, 64, 13, 14, 80, 3, 1, 2, 2, 2, true)]
    [InlineData(2, 33, 27, 56, 64, 3, 1, 3, 3, 1, false)]
    [InlineData(1, 32, 20, 110, 33, 3, 1, 1, 3, 1, false)]
    [InlineData(8, 70, 13, 12, 261, 3, 1, 2, 2, 1, false)]
    public void A_pooling_at_once_is_the_pooling_afterwards(int n, int c, int height, int width, int o, int kernel, int stride, int padding, int dilation, int groups, bool isJoined)
    {
        var random = new Random(31);
        WindowDim[][] windows = [[new(2, 2), new(2, 2)], [new(3, 2), new(3, 2)], [new(3, 1, 1, 1), new(3, 1, 1, 1)], [new(2, 3, 2, 2, 2), new(2, 1, -1, 1)], [new(1, 1, 3, 3), new(2, 1)]];
        foreach (var (window, way) in windows.Select((w, i) => (w, i % 3)))
        {
            Function Of(bool keeps) => Traced(p =>
            {
                var x = Before(conv2d(p[0], p[1], stride, padding, dilation, groups), p[2], p[2], 1);
                return [.. Pooled(x, [.. window], way), .. keeps ? [x] : (Expr[])[]];
            }, TensorType.F32(n, c, height, width), TensorType.F32(o, c / groups, kernel, kernel), TensorType.F32(o));
            var (joined, kept) = (Of(false), Of(true));
            ImmutableArray<Tensor> inputs = [.. joined.Parameters.Select((p, i) => Drawn(random, p.Type, special: i == 0))];
            ImmutableArray<Tensor>? first = null;
            foreach (var cpu in Cpus)
            {
                Assert.Equal(isJoined, IsJoined(PlanOf(joined, cpu)));
                Assert.False(IsJoined(PlanOf(kept, cpu)));
                var (expected, compiled) = (cpu.Compile(kept).Run(inputs), cpu.Compile(joined));
                for (var run = 0; run < 2; run++)
                    foreach (var (e, a) in expected.Zip(compiled.Run(inputs))) Assert.Equal(Bits(e), Bits(a));
                PlanLaws.MeasuresAsPlanned(joined, inputs, threads: cpu.Threads + 1);
                if (cpu == Cpus[0]) first = expected;
                else if (cpu == Cpus[1]) Assert.Equal(Bits(first!.Value[0]), Bits(expected[0]));
            }
        }
    }

    private static Tensor Drawn(Random random, TensorType type, bool special)
    {
        float[] rare = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f];
        return Tensor.Of<float>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => special && random.Next(2000) == 0 ? rare[random.Next(rare.Length)] : random.NextSingle() - 0.5f)]);
    }

    private static string Bits(Tensor x) => Convert.ToHexString(SHA256.HashData(x.DType == DType.F32 ? Canonical(x) : x.Bytes));

    /// <summary>The elements' bytes, with one NaN.</summary>
    private static byte[] Canonical(Tensor x) => [.. x.ToArray<float>().SelectMany(v => BitConverter.GetBytes(float.IsNaN(v) ? float.NaN : v))];

    /// <summary>One executable that several threads run at once, each with its own counts of what is there.</summary>
    [Fact]
    public void Runs_at_once_do_not_disturb_each_other()
    {
        var f = Traced(p => [maxPool2d(relu(conv2d(p[0], p[1])), 3, 2)], TensorType.F32(2, 3, 90, 90), TensorType.F32(40, 3, 5, 5));
        var compiled = new Cpu(3).Compile(f);
        var random = new Random(3);
        ImmutableArray<Tensor>[] inputs = [.. Enumerable.Range(0, 4).Select(_ => f.Parameters.Select(p => Drawn(random, p.Type, special: false)).ToImmutableArray())];
        string[] expected = [.. inputs.Select(i => Bits(new Cpu(1).Compile(f).Run(i)[0]))];
        Parallel.For(0, 64, new() { MaxDegreeOfParallelism = 4 }, i => Assert.Equal(expected[i % 4], Bits(compiled.Run(inputs[i % 4])[0])));
    }

    /// <summary>In the bodies of loops, too, where the same memory serves each step.</summary>
    [Fact]
    public void Bodies_of_loops_pool_at_once()
    {
        var plan = SmallIntegers.Agree(1, p => [scan<Expr, Expr, Expr>((c, x) => (c + 1, maxPool2d(relu(conv2d(x, p[1]) + broadcast(c, Shape.Of([2, 5, 8, 8]))), 2)), p[2], p[0]).Ys], default,
            TensorType.F32(4, 2, 3, 10, 10), TensorType.F32(5, 3, 3, 3), TensorType.F32());
        Assert.True(IsJoined(plan.Steps.Single(s => s.Bodies.Count > 0).Bodies[0]));
    }

    /// <summary>What another reads, a result is or a barrier waits for is kept, and what is computed with such.</summary>
    [Fact]
    public void What_others_read_is_pooled_afterwards()
    {
        bool Joins(Func<Expr, Expr, ImmutableArray<Expr>> program) => IsJoined(SmallIntegers.Agree(2, p => program(conv2d(p[0], p[1]), p[2]), default,
            TensorType.F32(2, 3, 10, 10), TensorType.F32(5, 3, 3, 3), TensorType.F32(2, 5, 8, 8)));
        Assert.True(Joins((x, y) => [maxPool2d(relu(x), 2)]));
        Assert.True(Joins((x, y) => [2 * maxPool2d(x - y, 2), windowArgMax(x - y, [new(2, 2), new(2, 2)])]));
        Assert.True(Joins((x, y) => [avgPool2d(relu(x), 2)]));
        Assert.False(Joins((x, y) => [maxPool2d(relu(x), 2), relu(x)]));
        Assert.False(Joins((x, y) => [maxPool2d(relu(x), 2), reshape(relu(x), 2, 320)]));
        Assert.False(Joins((x, y) => [maxPool2d(relu(2 * x - 1), 2), 2 * x - 1]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), x * y]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), maxPool2d(x, 3)]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), avgPool2d(x, 2)]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), windowMax(x, [new(2), new(2)])]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), barrier(cumulativeSum(y, 0), "after", x)]));
        Assert.False(Joins((x, y) => [maxPool2d(y, 2), x]));
        Assert.False(Joins((x, y) => [maxPool2d(x, 2), gather(reshape(x, 2, 5, 64), windowArgMax(y, [new(2, 2), new(2, 2)]), 2, 2)]));
    }

    /// <summary>A training step: both poolings, with the places that the gradients go to; as much arithmetic, less traffic, no more memory.</summary>
    [Fact]
    public void A_training_step_pools_at_once()
    {
        var (step, held, _) = PlanLaws.LeNetStep(batch: 64);
        ValueArray<int> donated = ImmutableArray.CreateRange(Enumerable.Range(0, held));
        var plan = ((IPlanned)new Cpu(2).Compile(step, donated)).Plan;
        var plain = Planner.Of(Lowering.Of(step), donated);
        Assert.Equal(["conv·add·relu·windowArgMax", "conv·add·relu·windowArgMax"], plan.Steps.Where(s => s.Pooling is not null).Select(s => s.Name));
        Assert.Equal(plain.Steps.Length - 2, plan.Steps.Length);
        Assert.DoesNotContain(plan.Steps, s => WindowMaximum.Places(s.Node) is not null);
        Assert.Equal(plain.Cost.Flops, plan.Cost.Flops);
        Assert.Equal(plain.Cost.ConvFlops, plan.Cost.ConvFlops);
        var rectified = plan.Steps.Where(s => s.Pooling is not null).Sum(s => s.Pooling!.From.Type.Bytes);
        Assert.Equal(plain.Cost.BytesWritten - rectified, plan.Cost.BytesWritten);
        Assert.Equal(plain.Cost.BytesRead - rectified, plan.Cost.BytesRead);
        var lines = plan.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(2, lines.Count(l => l.StartsWith("conv·add·relu·windowArgMax  ", StringComparison.Ordinal)));
    }

    /// <summary>Where tasks have whole images, their results have a place for each thread, and no memory for all of them.</summary>
    [Fact]
    public void Whole_images_that_only_a_pooling_reads_have_a_place_for_each_thread()
    {
        const int Images = 24, Threads = 3;
        var f = Traced(p => [maxPool2d(relu(conv2d(p[0], p[1])), 2)], TensorType.F32(Images, 1, 28, 28), TensorType.F32(32, 1, 5, 5));
        var plan = PlanOf(f, new(Threads));
        var from = plan.Steps.Single().Pooling!.From;
        Assert.Equal(from.Type.Bytes * Threads / Images, plan.Buffers[plan.BufferOf(from)].Bytes);
    }
}
