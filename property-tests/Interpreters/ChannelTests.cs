using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Fused loops over channels, each of which lies in pieces, one for each image.</summary>
public sealed class ChannelTests
{
    /// <summary>What is summed for each channel, seen by all of its elements.</summary>
    private static Expr OfChannel(Expr x) => broadcast(sum(x, [0, 2, 3]), x.Shape, [1]);

    private static Plan Agree(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, int images, int channels, int height, int width) => SmallIntegers.Agree(
        1, program, donated, TensorType.F32(images, channels, height, width), TensorType.F32(images, channels, height, width), TensorType.F32(images, channels), TensorType.F32(channels, height, width), TensorType.F32(images, 2 * channels, height, width));

    [Theory]
    [InlineData(3, 8, 1, 8)]
    [InlineData(2, 9, 7, 7)]
    [InlineData(5, 70, 3, 11)]
    [InlineData(2, 8, 40, 130)]
    public void What_a_channel_sums_to_is_one_kernel_with_what_it_is_for(int images, int channels, int height, int width)
    {
        foreach (var donated in (ValueArray<int>[])[default, ImmutableArray.Create(0)])
        {
            var plan = Agree(p => [(p[0] * 2 + OfChannel(p[0] - p[1])) * broadcast(sum(p[1], [0, 2, 3]) + 1, p[0].Shape, [1])], donated, images, channels, height, width);
            Assert.Equal(images, Assert.Single(plan.Steps).Loop!.Batch);
        }
    }

    /// <summary>What is not the same in all pieces of a channel is no number of it: the loop over them leaves it to another, or reads each element.</summary>
    [Theory]
    [InlineData(3, 8, 2, 8)]
    [InlineData(2, 16, 5, 5)]
    public void Numbers_of_images_and_planes_are_not_taken_for_those_of_channels(int images, int channels, int height, int width)
    {
        Agree(p => [p[0] * broadcast(p[2], p[0].Shape, [0, 1]) - OfChannel(p[0])], default, images, channels, height, width);
        Agree(p => [OfChannel(p[0]) * broadcast(sum(p[0], [2, 3]), p[0].Shape, [0, 1])], default, images, channels, height, width);
        Agree(p => [OfChannel(p[0] + broadcast(p[3], p[0].Shape, [1, 2, 3])) + broadcast(p[3], p[0].Shape, [1, 2, 3])], default, images, channels, height, width);
        Agree(p => [OfChannel(p[0] + broadcast(sum(p[3], 0), p[0].Shape, [2, 3])) + p[1]], default, images, channels, height, width);
        Agree(p => [OfChannel(p[0]) * broadcast(sum(p[3], [1, 2]), p[0].Shape, [1])], default, images, channels, height, width);
        Agree(p => [OfChannel(p[0]) * slice(p[4], 1, channels..(2 * channels)) - slice(p[4], 1, ..channels)], default, images, channels, height, width);
        Agree(p => [sum(p[0] - OfChannel(p[0]), [2, 3]), sum(p[0] * OfChannel(p[1]), [0, 3])], default, images, channels, height, width);
    }

    /// <summary>Numbers of channels that another kernel reduces, in another element type: the loop only spreads them.</summary>
    [Theory]
    [InlineData(3, 8, 2, 8)]
    [InlineData(2, 8, 110, 110)]
    public void Numbers_of_channels_are_spread_where_nothing_is_reduced(int images, int channels, int height, int width)
    {
        Expr InDoubles(Expr x) => convert(sum(convert(x, DType.F64), [0, 2, 3]), DType.F32);
        var plan = Agree(p => [relu(p[0] * 2 - broadcast(InDoubles(p[0]) + 1, p[0].Shape, [1]))], default, images, channels, height, width);
        Assert.Contains(plan.Steps, s => s.Loop is { Batch: > 1 } loop && loop.Stages.All(t => !t.Columns.Any(i => i is Reduce)));
    }

    /// <summary>A slice beside the sums, as large as they are.</summary>
    [Fact]
    public void Slices_of_numbers_of_rows_and_channels_are_read_once_for_each()
    {
        SmallIntegers.Agree(1, p => [sum(p[0], 1) * 2 + slice(p[1], 0, 24..48)], default, TensorType.F32(24, 40), TensorType.F32(72));
        SmallIntegers.Agree(1, p => [sum(p[0], [0, 2]) * 2 + slice(p[1], 0, 24..48)], default, TensorType.F32(3, 24, 40), TensorType.F32(72));
    }

    /// <summary>Random programs, in which numbers of images, planes, channels and all stand beside elements.</summary>
    [Fact]
    public void Random_programs_on_channels_are_those_of_the_reference()
    {
        var random = new Random(30);
        for (var trial = 0; trial < 60; trial++)
        {
            var seed = random.Next();
            Agree(p => Drawn(p, new(seed)), random.Next(2) == 0 ? default : ImmutableArray.Create(random.Next(2)), random.Next(1, 5), random.Next(7, 20), random.Next(1, 5), random.Next(4, 20));
        }
    }

    private static ImmutableArray<Expr> Drawn(ImmutableArray<Expr> p, Random random)
    {
        int[][] kinds = [[0, 2, 3], [0, 2, 3], [2, 3], [3], [0], [1, 2, 3], [0, 1, 2, 3]];
        var pool = new List<Expr> { p[0], p[1], broadcast(p[2], p[0].Shape, [0, 1]), broadcast(p[3], p[0].Shape, [1, 2, 3]) };
        for (var i = 0; i < 6; i++)
        {
            var (x, y, over) = (pool[random.Next(pool.Count)], pool[random.Next(pool.Count)], kinds[random.Next(kinds.Length)]);
            pool.Add(random.Next(5) switch
            {
                0 => maximum(x, -y),
                1 => where(greater(x, y), x, 1),
                2 => x - y,
                _ => broadcast(clip(sum(clip(x, -2, 2), Axes.Of(over)) + 1, -3, 3), x.Shape, Axes.Of(over).Rest(x.Rank)) - y,
            });
        }
        return [pool[^1], clip(sum(clip(pool[^2], -2, 2), [0, 2, 3]), -9, 9)];
    }
}
