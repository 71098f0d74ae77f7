using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>A number for each row, made by the loop that reduces the rows.</summary>
public sealed class RowNumberTests
{
    private static readonly (int Images, int Channels, int Height, int Width)[] Extents = [(3, 8, 2, 8), (2, 12, 5, 5), (40, 9, 4, 7)];

    private static Expr OfChannel(Expr x, Shape shape) => broadcast(x, shape, [1]);

    /// <summary>The reference's values on processors and, by one group for each row and by several, on GPUs.</summary>
    /// <returns>The processor's plan.</returns>
    private static Plan Agree(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types)
    {
        var plan = SmallIntegers.Agree(2, program, donated, types);
        foreach (var processors in (int[])[1, 60])
        {
            using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(16, processors)).IfFail(e => throw e);
            var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
            ImmutableArray<Tensor> Inputs() => [.. types.Select((t, i) => OpExamples.Small(t, new(i)))];
            var compiled = (IPlanned)gpu.Compile(f, donated);
            Assert.Equal(new Reference().Compile(f).Run(Inputs()).AsEnumerable(), compiled.Run([.. Inputs().Select(gpu.Put)]));
            Assert.Equal(plan.Steps.Length, compiled.Plan.Steps.Length);
            Assert.Equal(plan.OutputDonors.AsEnumerable(), compiled.Plan.OutputDonors);
        }
        return plan;
    }

    /// <summary>Running means of images' channels, in place, beside what the means are for.</summary>
    [Fact]
    public void Running_means_are_one_kernel_with_the_means()
    {
        foreach (var (n, c, h, w) in Extents)
        {
            var plan = Agree(
                p =>
                {
                    var (total, squares) = (sum(p[1], [0, 2, 3]), sum(p[1] * p[1], [0, 2, 3]));
                    return [p[1] * OfChannel(squares - total, p[1].Shape), p[0] * 2 + total, p[2] * 2 - squares];
                },
                ImmutableArray.Create(0, 2), TensorType.F32(c), TensorType.F32(n, c, h, w), TensorType.F32(c));
            Assert.Single(plan.Steps);
            Assert.Equal([-1, 0, 2], plan.OutputDonors.Order());
        }
    }

    /// <summary>A scale's and a shift's update, from the gradients that the loop reduces, which need no memory.</summary>
    [Fact]
    public void Updates_are_one_kernel_with_the_sums_that_they_are_made_of()
    {
        foreach (var (n, c, h, w) in Extents)
        {
            var image = TensorType.F32(n, c, h, w);
            var plan = Agree(
                p =>
                {
                    var (scale, shift) = (sum(p[2] * p[3], [0, 2, 3]), sum(p[3], [0, 2, 3]));
                    return [(p[3] * OfChannel(p[0] + scale, image.Shape)) - OfChannel(shift, image.Shape), p[0] - (2 * scale), p[1] - shift];
                },
                ImmutableArray.Create(0, 1), TensorType.F32(c), TensorType.F32(c), image, image);
            Assert.Single(plan.Steps);
            Assert.Equal([-1, 0, 1], plan.OutputDonors.Order());
            Assert.Equal(0, plan.ArenaBytes);
        }
    }

    /// <summary>Rows of the same values are reduced by one loop, whatever for; rows of others, and those of which a value comes later, are not.</summary>
    [Fact]
    public void Rows_of_the_same_values_are_reduced_at_once()
    {
        foreach (var (n, c, h, w) in Extents)
        {
            var image = TensorType.F32(n, c, h, w);
            var plan = Agree(
                p => [p[1] - OfChannel(sum(p[1] * p[2], [0, 2, 3]), image.Shape), p[0] - sum(p[1] + p[2], [0, 2, 3])],
                ImmutableArray.Create(0), TensorType.F32(c), image, image);
            Assert.Single(plan.Steps);
            Assert.Contains(0, plan.OutputDonors);
            plan = Agree(
                p =>
                {
                    var first = p[1] - OfChannel(sum(p[1], [0, 2, 3]), image.Shape);
                    return [first, p[0] - sum(p[1] * reshape(matmul(reshape(first, Shape.Of([n * c * h, w])), p[2]), image.Shape), [0, 2, 3])];
                },
                ImmutableArray.Create(0), TensorType.F32(c), image, TensorType.F32(w, w));
            Assert.Equal(3, plan.Steps.Length);
            plan = Agree(
                p => [p[1] - OfChannel(sum(p[1], [0, 2, 3]), image.Shape), p[0] - sum(p[1], [1, 2, 3])],
                ImmutableArray.Create(0), TensorType.F32(n), image);
            Assert.Equal(2, plan.Steps.Length);
        }
    }

    /// <summary>What is computed again behind a barrier is not computed before it, nor what is made of numbers that wait there.</summary>
    [Fact]
    public void Loops_behind_barriers_stay_there()
    {
        var image = TensorType.F32(3, 8, 4, 4);
        var plan = Agree(
            p =>
            {
                var first = p[1] - OfChannel(sum(p[1], [0, 2, 3]), image.Shape);
                return [first, p[0] - sum(barrier(p[1], "again", first), [0, 2, 3])];
            },
            ImmutableArray.Create(0), TensorType.F32(8), image);
        Assert.InRange(plan.Steps.Length, 2, 3);
        plan = Agree(
            p =>
            {
                var total = sum(p[1], [0, 2, 3]);
                var first = p[1] - OfChannel(total, image.Shape);
                return [first, p[0] - barrier(total, "later", first)];
            },
            ImmutableArray.Create(0), TensorType.F32(8), image);
        Assert.InRange(plan.Steps.Length, 2, 3);
    }

    /// <summary>What comes only after the loop, or is computed from what it makes, is made by another; so are numbers of as many rows of something else.</summary>
    [Fact]
    public void What_comes_later_is_not()
    {
        foreach (var (n, c, h, w) in Extents)
        {
            var image = TensorType.F32(n, c, h, w);
            Agree(
                p =>
                {
                    var total = sum(p[1], [0, 2, 3]);
                    var rest = p[1] - OfChannel(total, p[1].Shape);
                    var later = sum(reshape(matmul(reshape(rest, Shape.Of([n * c * h, w])), p[2]), Shape.Of([n, c, h])), [0, 2]);
                    return [rest, p[0] + total + later, later * total];
                },
                ImmutableArray.Create(0), TensorType.F32(c), image, TensorType.F32(w, 1));
            Agree(p => [p[0] * sum(p[1], [0, 2, 3]) + sum(p[2], [1]), sum(p[1], [0, 2, 3])], ImmutableArray.Create(0), TensorType.F32(c), image, TensorType.F32(c, 40));
        }
    }

    /// <summary>A number that others read beside its result stays in memory.</summary>
    [Fact]
    public void What_others_read_keeps_its_memory() =>
        Agree(
            p =>
            {
                var total = sum(p[1], [0, 2, 3]);
                return [p[1] - OfChannel(total, p[1].Shape), p[0] - total, matmul(reshape(total, Shape.Of([1, 8])), p[2])];
            },
            ImmutableArray.Create(0), TensorType.F32(8), TensorType.F32(3, 8, 4, 4), TensorType.F32(8, 5));
}
