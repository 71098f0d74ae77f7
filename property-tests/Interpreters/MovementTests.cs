using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>What moves elements gives the reference interpreter's bits at every vector width, for sizes that are no multiple of one.</summary>
public sealed class MovementTests
{
    private static readonly Reference Reference = new();
    private static readonly ImmutableArray<Cpu> Cpus = [.. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(2, w)), new Cpu(1)];

    private static void Agree(Func<Expr[], Expr> program, params ImmutableArray<Tensor> inputs)
    {
        var f = Function.Trace(x => [program([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t.Type))]);
        var expected = Reference.Compile(f).Run(inputs)[0];
        foreach (var cpu in Cpus)
        {
            var actual = cpu.Compile(f).Run(inputs)[0];
            for (var i = 0; i < expected.Shape.Size; i++)
                Assert.True(expected[i].Equals(actual[i]), $"{cpu.Width}: element {i} of {expected.Type} is {actual[i]}, not {expected[i]}");
        }
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(31), InlineData(32), InlineData(100), InlineData(70_001)]
    public void Random_bits_are_those_of_their_definition(int count)
    {
        var keys = Tensor.Of<long>(Shape.Of([2]), [-7, 0x123456789ABCDEF]);
        foreach (var type in new[] { DType.I32, DType.I64 }) Agree(x => Expr.Of(new RandomBits(x[0], Shape.Of([count]), type)), keys);
    }

    /// <summary>Numbers of which many are equal; every so many one that is not finite.</summary>
    private static Tensor Drawn(DType type, int every, params int[] dims)
    {
        var (shape, random) = (Shape.Of(dims), new Random(dims.Sum() + every));
        var values = new double[(int)shape.Size];
        for (var i = 0; i < values.Length; i++)
            values[i] = every > 0 && type.IsFloat && random.Next(every) == 0 ? random.Next(4) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0.0, _ => double.NegativeInfinity } : random.Next(type == DType.U8 ? 0 : -4, 5);
        return Functional.Testing.Values.Of(new(type, shape), values);
    }

    public static TheoryData<DType> Numbers => [.. DTypes.All.Where(t => t.IsNumber)];

    /// <summary>Windows that lie inside for many columns, none, or on one side; with every stride and dilation that has a way of its own.</summary>
    private static IEnumerable<(WindowDim Rows, WindowDim Columns)> Windows()
    {
        foreach (var columns in new WindowDim[]
        {
            new(2, 2), new(3, 2, 1, 1), new(3, 1, 1, 1), new(3, 3), new(2, 3, 2, 4), new(2, 2, -1, -2), new(3, 2, 0, 1, 2), new(2, 1, 0, 0, 1, 2), new(3, 1, 1, 2, 1, 2), new(3, 2, 4, 5, 2, 3),
            new(2, 3, 1, 0, 1, 2), new(1, 2, 7, 7), new(40, 1, 39, 39), new(2, 1, 1, 1, 1, 3), new(1, 1, 0, 0, 1, 4),
        })
            yield return (columns with { Size = Math.Min(columns.Size, 3), Low = columns.Low % 3, High = 1 }, columns);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Windows_sum_and_find_their_greatest_as_defined(DType type)
    {
        foreach (var (rows, columns) in Windows())
            foreach (var width in new[] { 9, 34, 79 })
            {
                var x = Drawn(type, 0, 2, 5, width);
                Agree(x => windowSum(x[0], [rows, columns]), x);
                Agree(x => windowSum(x[0], [columns]), x);
                x = Drawn(type, 40, 2, 5, width);
                Agree(x => windowArgMax(x[0], [rows, columns]), x);
                Agree(x => windowArgMax(x[0], [columns]), x);
                Agree(x => windowMax(x[0], [rows, columns]), x);
                Agree(x => windowMax(x[0], [rows, columns]) + convert(windowArgMax(x[0], [rows, columns]), type), x);
            }
        Agree(x => windowMax(x[0], []), Drawn(type, 3, 7));
        Agree(x => windowSum(x[0], [new(2), new(2, 2), new(3, 2, 1, 1)]), Drawn(type, 0, 4, 5, 37));
        Agree(x => windowArgMax(x[0], [new(2), new(2, 2), new(3, 2, 1, 1)]), Drawn(type, 30, 4, 5, 37));
    }

    /// <summary>Fewer parts than threads, any of which may come.</summary>
    [Fact]
    public void Windows_in_few_parts_work_in_the_memory_that_was_planned()
    {
        const int Threads = 8, Runs = 300;
        var compiled = (IPlanned)new Cpu(Threads).Compile(Function.Trace(p => [windowMax(p[0], [new(3), new(3)])], ("x", TensorType.F32(5, 60, 60))));
        for (var run = 0; run < Runs; run++) Assert.InRange(compiled.Measure(Drawn(DType.F32, 0, 5, 60, 60)).Memory.TouchedBytes, 1, compiled.Plan.ArenaBytes);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Small_planes_are_pooled_together_and_large_ones_in_blocks(DType type)
    {
        foreach (var (planes, side, window) in new[]
        {
            (300, 8, new WindowDim(2, 2)), (300, 4, new(2, 2)), (130, 6, new(3, 3)), (200, 8, new(1, 2)), (270, 13, new(3, 2)), (140, 9, new(3, 2, 1, 1)),
            (3, 60, new(2, 2)), (2, 131, new(3, 2)), (2, 97, new(3, 1, 1, 1)), (2, 90, new(2, 3, 2, 2, 2)),
        })
            foreach (var every in new[] { 0, 500 })
            {
                var x = Drawn(type, every, planes, side, side);
                Agree(x => windowMax(x[0], [window, window]), x);
                Agree(x => windowMax(x[0], [window, window]) + convert(windowArgMax(x[0], [window, window]), type), x);
            }
        Agree(x => windowArgMax(x[0], [new(2, 2), new(3, 2), new(2, 2)]), Drawn(type, 200, 2, 4, 17, 33));
        Agree(x => windowArgMax(x[0], [new(2, 2, 3, 3)]), Drawn(type, 0, 300, 9));
    }

    [Fact]
    public void Pooling_goes_back_to_the_greatest()
    {
        foreach (var (size, padding) in new[] { (2, 0), (3, 1) })
        {
            var window = new WindowDim(size, 2, padding, padding);
            var (x, side) = (Drawn(DType.F32, 0, 3, 4, 36, 36), window.Positions(36));
            Agree(x => vjp<Expr, Expr>(y => maxPool2d(y, size, 2, padding), x[0]).Pullback(x[1]), x, Drawn(DType.F32, 0, 3, 4, side, side));
            Agree(x => vjp<Expr, Expr>(y => windowSum(y, [window, window]), x[0]).Pullback(x[1]), x, Drawn(DType.F32, 0, 3, 4, side, side));
        }
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(40), InlineData(600)]
    public void Picks_are_read_and_summed_where_indices_say(int length)
    {
        var (few, many) = (Tensor.Of<int>(Shape.Of([9]), [3, -1, 4, 3, 5, 0, 3, 2, 4]), Drawn(DType.I64, 0, 2, 90));
        foreach (var type in DTypes.All.Where(t => t.IsNumber))
        {
            Agree(x => gather(x[0], x[1], 1), Drawn(type, 0, 3, 5, length), few);
            Agree(x => gather(x[0], x[1], 2, 1), Drawn(type, 0, 2, 3, 5, length), many);
            Agree(x => scatterAdd(x[0], x[1], 5, 1), Drawn(type, 0, 3, 9, length), few);
            Agree(x => scatterAdd(x[0], x[1], 5), Drawn(type, 0, 9, length), few);
            Agree(x => scatterAdd(x[0], x[1], 5, 2, 1), Drawn(type, 0, 2, 3, 90, length), many);
            Agree(x => scatterAdd(x[0], x[1], 0), Drawn(type, 0, 9, length), few);
        }
    }

    [Fact]
    public void Blocks_are_copied_as_their_strides_say()
    {
        foreach (var type in new[] { DType.U8, DType.BF16, DType.F32, DType.I64 })
        {
            foreach (var (a, b) in new[] { (3, 5), (35, 50), (5, 300) })
            {
                var x = Drawn(type, 0, 2, a, 3, b);
                foreach (var order in new Axes[] { [0, 3, 1, 2], [3, 2, 1, 0], [1, 0, 2, 3], [2, 3, 0, 1], [0, 2, 3, 1], [1, 2, 3, 0] }) Agree(x => permute(x[0], order), x);
                foreach (var axes in new Axes[] { [3], [0, 1, 2, 3], [1], [2, 3] }) Agree(x => reverse(x[0], axes), x);
                Agree(x => slice(x[0], [0, 1, 0, 2], [2, a, 3, b], [1, 2, 1, 2]), x);
                Agree(x => slice(x[0], [1, 0, 1, 1], [2, a, 3, b - 1]), x);
                Agree(x => pad(x[0], [new(0, 0), new(1, -1), new(0, 1, 2), new(2, 1)]), x);
                Agree(x => pad(x[0], [new(0, 0), new(0, 0), new(0, 0), new(-1, 2, 1)]), x);
                Agree(x => concat(3, x[0], reverse(x[0], [0]), slice(x[0], 3, 1..)), x);
                Agree(x => concat(1, x[0], x[0]), x);
                Agree(x => permute(broadcast(x[0], Shape.Of([2, a, 4, 3, b]), [0, 1, 3, 4]), [4, 2, 0, 1, 3]), x);
                Agree(x => dynamicUpdateSlice(x[0], x[1], x[2]), x, Drawn(type, 0, 1, a - 1, 3, b - 2), Tensor.Of<int>(Shape.Of([4]), [1, 7, -1, 1]));
                Agree(x => dynamicSlice(x[0], x[1], [1, a - 1, 2, b - 2]), x, Tensor.Of<int>(Shape.Of([4]), [1, 7, -1, 1]));
            }
            Agree(x => broadcast(x[0], Shape.Of([40, 900]), [0]), Drawn(type, 0, 40));
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Lines_are_searched_sorted_and_summed_as_defined(DType type)
    {
        foreach (var dims in new int[][] { [3, 1, 2], [9, 100], [100, 9], [2, 37, 70], [40, 300] })
            for (var axis = 0; axis < dims.Length; axis++)
            {
                var along = axis;
                foreach (var every in new[] { 0, 50 })
                {
                    var x = Drawn(type, every, dims);
                    Agree(x => argmax(x[0], along), x);
                    Agree(x => argmin(x[0], along), x);
                    Agree(x => argsort(x[0], along), x);
                    Agree(x => argsort(x[0], along, descending: true), x);
                }
                foreach (var reversed in new[] { false, true }) Agree(x => cumulativeSum(x[0], along, reversed), Drawn(type, 0, dims));
                Agree(x => Expr.Of(new Iota(new(type, Shape.Of(dims)), along)));
            }
    }

    [Fact]
    public void A_long_line_is_sorted_and_summed_in_chunks()
    {
        var random = new Random(1);
        var numbers = Enumerable.Range(0, 100_003).Select(i => i % 1000 == 0 ? float.NaN : random.NextSingle() - 0.5f).ToArray();
        var x = Tensor.Of<float>(Shape.Of([numbers.Length]), numbers);
        Agree(x => argsort(x[0]), x);
        Agree(x => argsort(x[0], 0, descending: true), x);
        var integers = Drawn(DType.I32, 0, 2, 100_003);
        foreach (var reversed in new[] { false, true })
        {
            var f = Function.Trace(x => [cumulativeSum(x[0], 1, reversed)], [("x", integers.Type)]);
            var (x0, sums) = (integers.ToArray<int>(), Cpus[^1].Compile(f).Run(integers)[0]);
            var expected = new int[x0.Length];
            for (var row = 0; row < 2; row++)
            {
                var sum = 0;
                for (var i = 0; i < 100_003; i++)
                {
                    var at = row * 100_003 + (reversed ? 100_002 - i : i);
                    expected[at] = sum += x0[at];
                }
            }
            Assert.Equal(expected, sums.ToArray<int>());
            foreach (var cpu in Cpus) Assert.Equal(sums, cpu.Compile(f).Run(integers)[0]);
        }
    }
}
