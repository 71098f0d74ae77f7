using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Contractions and convolutions on small integers, which every order of summation adds exactly.</summary>
public sealed class ProductTests
{
    private static Tensor Integers(Random random, params int[] shape) =>
        Tensor.Of<float>(Shape.Of(shape), [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)random.Next(-3, 4))]);

    /// <summary>Some numbers of threads, and vectors of every width that this machine has.</summary>
    private static readonly Cpu[] Cpus = [new(1), new(3), .. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(2, w))];

    private static void Agree(Function f, params Tensor[] inputs)
    {
        var expected = new Reference().Compile(f).Run([.. inputs]);
        foreach (var cpu in Cpus)
        {
            var actual = cpu.Compile(f).Run([.. inputs]);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i]);
        }
    }

    /// <summary>The value and both gradients, whatever stride, padding (negative too), dilations and groups; windows that fit nowhere too.</summary>
    [Fact]
    public void ConvAndItsAdjointsEqualTheReference()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 90; trial++)
        {
            var (features, batches) = (trial % 3) switch { 0 => (1, 1), 1 => (2, 1), _ => (1, 2) };
            List<int> image = [batches * random.Next(1, 3), features * random.Next(1, 4)];
            List<int> filter = [features * batches * random.Next(1, 9), image[1] / features];
            List<WindowDim> window = [];
            for (var axis = random.Next(0, 3); axis > 0; axis--)
            {
                var size = random.Next(1, 4);
                image.Add(random.Next(1, 11));
                filter.Add(size);
                window.Add(new(size, random.Next(1, 3), random.Next(-1, 3), random.Next(-1, 3), random.Next(1, 3), random.Next(1, 3)));
            }
            var (x, y) = (Integers(random, [.. image]), Integers(random, [.. filter]));
            Agree(Function.Trace(a =>
            {
                var z = conv(a[0], a[1], [.. window], features, batches);
                var (dx, dy) = grad<(Expr X, Expr Y)>(t => sum(conv(t.X, t.Y, [.. window], features, batches) * z))((a[0], a[1]));
                return [z, dx, dy];
            }, ("x", x.Type), ("y", y.Type)), x, y);
        }
    }

    /// <summary>
    /// Images in several blocks, channels in several chunks, groups in several tasks, few channels out and many, small images and much
    /// padding, a result that is written past the caches, and images read where they lie: the value and both gradients.
    /// </summary>
    [Theory]
    [InlineData(2, 40, 33, 21, 3, 3, 1, 1, 1, 1)]
    [InlineData(1, 45, 26, 40, 1, 5, 2, 2, 1, 1)]
    [InlineData(2, 4, 40, 37, 20, 3, 2, 1, 1, 1)]
    [InlineData(3, 24, 19, 17, 24, 3, 1, 1, 1, 24)]
    [InlineData(2, 24, 18, 35, 24, 3, 2, 1, 1, 24)]
    [InlineData(3, 24, 14, 14, 24, 3, 1, 1, 1, 24)]
    [InlineData(2, 24, 3, 100, 24, 3, 1, 2, 2, 24)]
    [InlineData(1, 24, 70, 66, 24, 3, 1, 0, 1, 24)]
    [InlineData(4, 24, 12, 11, 24, 3, 1, 2, 2, 6)]
    [InlineData(2, 6, 47, 46, 5, 5, 3, 2, 1, 1)]
    [InlineData(2, 23, 27, 25, 24, 5, 1, 2, 1, 1)]
    [InlineData(2, 23, 12, 25, 24, 3, 2, 2, 2, 1)]
    [InlineData(1, 3, 64, 64, 34, 7, 4, 3, 1, 1)]
    [InlineData(26, 40, 7, 6, 100, 4, 1, 0, 1, 1)]
    [InlineData(13, 36, 6, 7, 60, 3, 1, 0, 1, 2)]
    [InlineData(12, 20, 3, 3, 33, 4, 2, 3, 1, 1)]
    [InlineData(1, 1, 1030, 1024, 4, 2, 1, 0, 1, 1)]
    [InlineData(1, 1, 520, 513, 17, 1, 1, 0, 1, 1)]
    [InlineData(3, 20, 12, 16, 134, 1, 1, 0, 1, 1)]
    [InlineData(2, 260, 14, 14, 270, 1, 1, 0, 1, 2)]
    [InlineData(2, 512, 14, 13, 40, 1, 1, 0, 1, 2)]
    [InlineData(2, 60, 8, 16, 40, 1, 1, 0, 1, 1)]
    [InlineData(2, 30, 17, 19, 40, 1, 1, 0, 1, 1)]
    [InlineData(8, 640, 4, 12, 130, 1, 1, 0, 1, 1)]
    [InlineData(3, 70, 11, 13, 40, 1, 2, 0, 1, 1)]
    [InlineData(2, 8, 31, 29, 20, 3, 3, 1, 2, 1)]
    [InlineData(2, 100, 17, 19, 60, 3, 2, 1, 1, 1)]
    public void LargerConvAndItsAdjointsEqualTheReference(int n, int c, int height, int width, int o, int kernel, int stride, int padding, int dilation, int groups)
    {
        var random = new Random(5);
        var (x, y) = (Integers(random, n, c, height, width), Integers(random, o, c / groups, kernel, kernel));
        Agree(Function.Trace(a =>
        {
            var z = conv2d(a[0], a[1], stride, padding, dilation, groups);
            if (z.Shape.Size > 1 << 20) return [z];
            var (dx, dy) = grad<(Expr X, Expr Y)>(t => sum(conv2d(t.X, t.Y, stride, padding, dilation, groups) * z))((a[0], a[1]));
            return [z, dx, dy];
        }, ("x", x.Type), ("y", y.Type)), x, y);
    }

    /// <summary>Windows of one element over an image that is padded behind, or cut.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void PointwiseConvOfAnotherExtentEqualsTheReference(int high)
    {
        var random = new Random(10);
        var (x, y) = (Integers(random, 2, 9, 16, 15), Integers(random, 130, 9, 1, 1));
        Agree(Function.Trace(a => [conv(a[0], a[1], [new(1, 1, 0, high), new(1, 1, 0, 1)])], ("x", x.Type), ("y", y.Type)), x, y);
        Agree(Function.Trace(a => [conv(a[0], a[1], [new(1, 1, 0, high), new(1)])], ("x", x.Type), ("y", y.Type)), x, y);
    }

    /// <summary>
    /// A filter for each plane: lines shorter than a vector and longer, in several blocks, whatever stride, padding and dilation; the value of every
    /// number type, and both gradients of floating-point ones.
    /// </summary>
    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    [InlineData(DType.I32)]
    [InlineData(DType.U8)]
    public void DepthwiseConvAndItsAdjointsEqualTheReference(DType type)
    {
        var random = new Random(7);
        for (var trial = 0; trial < (type == DType.F32 ? 60 : 20); trial++)
        {
            var (planes, height, width) = (random.Next(1, 20), random.Next(1, 20), random.Next(1, trial % 4 == 0 ? 140 : 24));
            if (trial % 10 == 0) height = 60;
            WindowDim Window() => new(random.Next(1, 5), random.Next(1, 4), random.Next(-1, 4), random.Next(-1, 4), random.Next(1, 3), random.Next(4) == 0 ? 2 : 1);
            WindowDim[] window = [Window(), Window()];
            int[] filter = [planes, 1, window[0].Size, window[1].Size];
            var (x, y) = (Draw(random, type, [random.Next(1, 4), planes, height, width]), Draw(random, type, filter));
            Agree(Function.Trace(a =>
            {
                var z = conv(a[0], a[1], [.. window], planes);
                if (type is not (DType.F32 or DType.F64)) return [z];
                var (dx, dy) = grad<(Expr X, Expr Y)>(t => sum(conv(t.X, t.Y, [.. window], planes) * z))((a[0], a[1]));
                return [z, dx, dy];
            }, ("x", x.Type), ("y", y.Type)), x, y);
        }
    }

    /// <summary>An infinity reaches those elements of a filter's gradient that meet it, and no others, though vectors reach over the end of a window.</summary>
    [Fact]
    public void InfinityReachesWhatMeetsItAlone()
    {
        var image = Enumerable.Repeat(1f, 2 * 3 * 17 * 17).ToArray();
        image[16 * 17 + 15] = float.PositiveInfinity;
        image[17 * 17 + 8 * 17 + 16] = float.PositiveInfinity;
        image[2 * 17 * 17 + 8 * 17 + 15] = float.PositiveInfinity;
        var (x, z) = (Tensor.Of<float>(Shape.Of([2, 3, 17, 17]), image), Tensor.Of<float>(Shape.Of([2, 3, 15, 15]), [.. Enumerable.Repeat(1f, 2 * 3 * 15 * 15)]));
        var gradient = Function.Trace(a => [linearTranspose<Expr, Expr>(w => conv2d(a[0], w, groups: 3), variable("w", TensorType.F32([3, 1, 3, 3])))(a[1])], ("x", x.Type), ("z", z.Type));
        Agree(gradient, x, z);
        Agree(gradient, Tensor.Of<float>(x.Shape, [.. Enumerable.Repeat(1f, image.Length)]), Tensor.Of<float>(z.Shape, [.. Enumerable.Range(0, 2 * 3 * 15 * 15).Select(i => i == (4 * 15 + 7) * 15 ? float.PositiveInfinity : 1)]));
        var ones = Tensor.Of<float>(Shape.Of([3, 1, 3, 3]), [.. Enumerable.Repeat(1f, 27)]);
        Agree(Function.Trace(a => [conv2d(a[0], a[1], padding: 1, groups: 3)], ("x", x.Type), ("ones", ones.Type)), x, ones);
    }

    /// <summary>Every way that operands lie in, skinny, flat and deep, of every number type: each has blocks and tiles of its own.</summary>
    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    [InlineData(DType.I32)]
    [InlineData(DType.I64)]
    [InlineData(DType.U8)]
    public void DotEqualsTheReferenceHoweverItsOperandsLie(DType type)
    {
        var random = new Random(3);
        int[] extents = [0, 1, 2, 3, 5, 12, 16, 31, 33, 64, 100];
        int Extent() => extents[random.Next(extents.Length)];
        for (var trial = 0; trial < 60; trial++)
        {
            var (b, m, k, n) = (random.Next(1, 4), Extent(), trial % 9 == 0 ? 2500 : Extent(), Extent());
            if (trial % 9 == 4) (m, n) = trial % 2 == 0 ? (900, n) : (m, 700);
            var (orderX, orderY) = (Order(random), Order(random));
            var (x, y) = (Draw(random, type, orderX.Select(axis => new[] { b, m, k }[axis])), Draw(random, type, orderY.Select(axis => new[] { b, k, n }[axis])));
            Agree(Function.Trace(a => [dot(a[0], a[1], Array.IndexOf(orderX, 0), Array.IndexOf(orderY, 0), Array.IndexOf(orderX, 2), Array.IndexOf(orderY, 1))], ("x", x.Type), ("y", y.Type)), x, y);
        }
    }

    /// <summary>
    /// Both operands copied for all tasks, in several blocks of the depth, and in several rounds where they are large; vectors, whose depth is divided; either
    /// transposed; few rows times large matrices; and a large result of a small depth.
    /// </summary>
    [Theory]
    [InlineData(3, 1043, 70)]
    [InlineData(4, 1043, 70)]
    [InlineData(15, 600, 1040)]
    [InlineData(5, 2100, 300)]
    [InlineData(29, 1031, 1030)]
    [InlineData(2100, 3, 2000)]
    [InlineData(400, 512, 200)]
    [InlineData(400, 640, 200)]
    [InlineData(2100, 640, 100)]
    [InlineData(530, 520, 514)]
    [InlineData(1, 40003, 3)]
    [InlineData(6, 40003, 1)]
    [InlineData(1, 40003, 1)]
    public void LargeDotEqualsTheReference(int m, int k, int n)
    {
        var random = new Random(6);
        foreach (var (left, right) in new[] { (false, false), (false, true), (true, false) })
        {
            var (x, y) = (left ? Integers(random, k, m) : Integers(random, m, k), right ? Integers(random, n, k) : Integers(random, k, n));
            Agree(Function.Trace(a => [matmul(left ? transpose(a[0]) : a[0], right ? transpose(a[1]) : a[1])], ("x", x.Type), ("y", y.Type)), x, y);
            if (m > 1000) return;
        }
    }

    /// <summary>
    /// Winograd's convolution, and a filter's gradient by its transpose, stay within the bound that <see cref="Cpu"/> states, of the sum of the absolute
    /// products, and are the same on any number of threads. Tiles reach over the edge, channels are no multiple of a vector, lines of tiles are
    /// divided into parts, each in several rounds, or shared, or all transformed at once, few tiles meet many filters, and tiles of results overlap.
    /// </summary>
    [Theory]
    [InlineData(3, 4, 32, 8, 8, 32, 1)]
    [InlineData(3, 5, 33, 7, 9, 35, 1)]
    [InlineData(3, 1, 40, 30, 57, 48, 0)]
    [InlineData(3, 3, 36, 61, 130, 33, 1)]
    [InlineData(3, 5, 300, 6, 5, 34, 2)]
    [InlineData(3, 20, 210, 14, 13, 200, 1)]
    [InlineData(3, 3, 210, 8, 13, 200, 1)]
    [InlineData(3, 8, 70, 7, 6, 261, 1)]
    [InlineData(5, 5, 65, 8, 9, 67, 2)]
    [InlineData(5, 1, 70, 21, 40, 80, 0)]
    [InlineData(5, 8, 70, 7, 6, 261, 2)]
    [InlineData(5, 4, 70, 7, 6, 261, 3)]
    [InlineData(5, 12, 96, 27, 26, 64, 2)]
    [InlineData(3, 5, 33, 8, 8, 35, 2)]
    [InlineData(5, 7, 65, 8, 7, 67, 4)]
    public void WinogradStaysWithinItsBound(int taps, int n, int c, int height, int width, int o, int padding)
    {
        var random = new Random(4);
        WindowDim[] window = [new(taps, 1, padding, padding), new(taps, 1, padding, padding)];
        var (x, y, z) = (Uniform(random, n, c, height, width), Uniform(random, o, c, taps, taps), Uniform(random, n, o, height + (2 * padding) - taps + 1, width + (2 * padding) - taps + 1));
        Assert.True(StaysWithin(1f / (1 << 18), of => Function.Trace(a => [conv(of(a[0]), of(a[1]), [.. window])], ("x", x.Type), ("y", y.Type)), x, y));
        Assert.True(StaysWithin(taps == 3 ? 1f / (1 << 18) : 1f / (1 << 16), of => Function.Trace(a => [linearTranspose<Expr, Expr>(w => conv(of(a[0]), w, [.. window]), variable("w", y.Type))(of(a[1]))], ("x", x.Type), ("z", z.Type)), x, z));
    }

    /// <summary>Where tiles of results overlap, those of an image are summed by one task, though there be no other image for the other threads.</summary>
    [Fact]
    public void TilesOfOneImageThatOverlapAreSummed()
    {
        var random = new Random(6);
        var (x, y) = (Uniform(random, 1, 40, 8, 7), Uniform(random, 130, 40, 5, 5));
        Assert.True(StaysWithin(1f / (1 << 18), of => Function.Trace(a => [conv2d(of(a[0]), of(a[1]), padding: 4)], ("x", x.Type), ("y", y.Type)), x, y));
    }

    internal static Tensor Uniform(Random random, params int[] shape) =>
        Tensor.Of<float>(Shape.Of(shape), [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)]);

    /// <summary>Where windows lie in padding for the most part, elements are so near to the exact ones as their neighbours are.</summary>
    [Theory]
    [InlineData(3, 1, 33, 28, 25, 35, 2)]
    [InlineData(3, 4, 40, 60, 33, 64, 2)]
    [InlineData(3, 2, 34, 17, 19, 40, 4)]
    [InlineData(5, 2, 36, 23, 31, 40, 4)]
    [InlineData(5, 5, 65, 8, 9, 67, 5)]
    public void WhereWindowsLieInPaddingWinogradStaysWithinItsNeighboursBound(int taps, int n, int c, int height, int width, int o, int padding)
    {
        var random = new Random(15);
        var (x, y) = (Uniform(random, n, c, height, width), Uniform(random, o, c, taps, taps));
        Assert.True(StaysWithin(1f / (1 << 18), of => Function.Trace(a => [conv2d(of(a[0]), of(a[1]), padding: padding)], ("x", x.Type), ("y", y.Type)), 5, x, y));
    }

    internal static bool StaysWithin(float bound, Func<Func<Expr, Expr>, Function> of, params Tensor[] inputs) => StaysWithin(bound, of, 0, inputs);

    /// <summary>That elements are so near to the exact ones, in parts of the sums of absolute products, of their own or of neighbours not farther away.</summary>
    /// <returns>Whether Winograd's way serves.</returns>
    internal static bool StaysWithin(float bound, Func<Func<Expr, Expr>, Function> of, int reach, params Tensor[] inputs)
    {
        var (function, plain) = (of(v => v), new Cpu(1, winograd: false));
        WindowDim[] near = [new(1), new(1), new((2 * reach) + 1, 1, reach, reach), new((2 * reach) + 1, 1, reach, reach)];
        var sums = Function.Trace(a => [windowMax(a[0], [.. near])], ("x", function.Results[0].Type));
        var (exact, scale) = (plain.Compile(function).Run([.. inputs])[0].ToArray<float>(), plain.Compile(sums).Run(plain.Compile(of(abs)).Run([.. inputs])[0])[0].ToArray<float>());
        var first = new Cpu(1).Compile(function).Run([.. inputs])[0].ToArray<float>();
        foreach (var cpu in Cpus)
        {
            var actual = cpu.Compile(function).Run([.. inputs])[0].ToArray<float>();
            for (var i = 0; i < exact.Length; i++) Assert.InRange(Math.Abs(actual[i] - exact[i]), 0, scale[i] * bound);
            if (cpu.Width == VectorWidth.Widest) Assert.Equal(first, actual);
        }
        return !exact.SequenceEqual(first);
    }

    /// <summary>What goes on with the elements of Winograd's convolution and of its gradient is done once with each of them, in groups, too.</summary>
    [Theory]
    [InlineData(3, 4, 32, 8, 32, 1, 1)]
    [InlineData(3, 4, 64, 19, 66, 2, 2, 2)]
    [InlineData(5, 2, 33, 21, 70, 1, 5, 3)]
    [InlineData(3, 1, 32, 110, 35, 1, 3, 3)]
    [InlineData(3, 3, 70, 13, 522, 2, 2, 2)]
    [InlineData(3, 5, 210, 8, 200, 1, 1)]
    [InlineData(3, 8, 70, 7, 261, 1, 1)]
    [InlineData(3, 4, 66, 6, 528, 2, 1)]
    [InlineData(5, 3, 132, 9, 130, 2, 2)]
    [InlineData(3, 4, 66, 8, 70, 2, 2)]
    [InlineData(5, 7, 35, 7, 64, 1, 4)]
    public void WhatFollowsWinogradIsDoneOnceWithEachElement(int taps, int n, int c, int side, int o, int groups, int padding, int dilation = 1)
    {
        var (random, positions) = (new Random(9), side + (2 * padding) - (dilation * (taps - 1)));
        var (x, y, z) = (Uniform(random, n, c, side, side), Uniform(random, o, c / groups, taps, taps), Uniform(random, n, o, positions, positions));
        Function Forward(Func<Expr, Expr> then) => Function.Trace(a => [then(conv2d(a[0], a[1], padding: padding, dilation: dilation, groups: groups))], ("x", x.Type), ("y", y.Type));
        Function Gradient(Func<Expr, Expr> then) => Function.Trace(
            a => [then(linearTranspose<Expr, Expr>(w => conv2d(a[0], w, padding: padding, dilation: dilation, groups: groups), variable("w", y.Type))(a[1]))], ("x", x.Type), ("z", z.Type));
        foreach (var cpu in Cpus)
            foreach (var (f, second) in new (Func<Func<Expr, Expr>, Function>, Tensor)[] { (Forward, y), (Gradient, z) })
                Assert.Equal(cpu.Compile(f(v => v)).Run(x, second)[0].ToArray<float>().Select(v => 2 * v), cpu.Compile(f(v => v * 2)).Run(x, second)[0].ToArray<float>());
    }

    private static int[] Order(Random random)
    {
        int[] order = [0, 1, 2];
        random.Shuffle(order);
        return order;
    }

    private static Tensor Draw(Random random, DType type, IEnumerable<int> shape) => OpExamples.Small(new(type, Shape.Of(shape)), random);

    /// <summary>Extents that are no multiple of a tile, and empty ones; operands transposed in place.</summary>
    [Fact]
    public void BatchedDotEqualsTheReference()
    {
        var random = new Random(2);
        for (var trial = 0; trial < 40; trial++)
        {
            var (b, m, k, n) = (random.Next(0, 4), random.Next(0, 40), random.Next(0, 400), random.Next(0, 70));
            var (x, y) = (Integers(random, b, k, m), Integers(random, n, b, k));
            Agree(Function.Trace(a => [dot(a[0], a[1], 0, 1, 1, 2)], ("x", x.Type), ("y", y.Type)), x, y);
        }
    }

    /// <summary>A left operand that is copied once, for all tasks: as its rows lie, in one run or in several, from 16 bits, too.</summary>
    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void A_left_operand_that_all_tasks_read_equals_the_reference(DType type)
    {
        var random = new Random(12);
        var y = Integers(random, 512, 500);
        foreach (var (shape, depth) in new[] { (Shape.Of([100, 512]), 1), (Shape.Of([4, 512, 25]), 1), (Shape.Of([512, 100]), 0), (Shape.Of([4, 25, 512]), 2) })
        {
            var x = OpExamples.Small(new(type, shape), random);
            Agree(Function.Trace(a => [dot(convert(a[0], DType.F32), a[1], default, default, depth, 0)], ("x", x.Type), ("y", y.Type)), x, y);
        }
    }
}
