using System.Collections.Immutable;
using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Slices that fused loops read where they lie.</summary>
public sealed class SlicedOperandTests
{
    /// <summary>The program is right; how many slices are kernels.</summary>
    private static int Copies(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types) =>
        SmallIntegers.Agree(3, program, donated, types).Steps.Count(s => s.Node.Op is Slice);

    /// <summary>Parts of each axis, multiplied and added; the whole argument may be written over.</summary>
    [Theory]
    [InlineData(1, 32, 64)]
    [InlineData(0, 32, 64)]
    [InlineData(1, 33, 34)]
    [InlineData(1, 3, 2)]
    [InlineData(1, 257, 1028)]
    public void Halves_along_an_axis_are_read_in_place(int axis, int rows, int columns)
    {
        var half = (axis == 0 ? rows : columns) / 2;
        Assert.InRange(
            Copies(p => [slice(p[0], axis, ..half) * slice(p[0], axis, half..(2 * half)) + 1], ImmutableArray.Create(0), TensorType.F32(rows, columns)),
            0, half * (axis == 0 ? columns : 1) > 1 ? 0 : 2);
    }

    [Fact]
    public void Gates_of_a_product_are_read_in_place_beside_rows_and_columns() => Assert.Equal(0, Copies(
        p =>
        {
            var gates = matmul(p[0], p[1]) + p[2];
            Expr Gate(int i) => slice(gates, 1, (32 * i)..(32 * (i + 1)));
            var c = maximum(Gate(0), Gate(1)) * p[3] + Gate(2) * broadcast(p[4], Shape.Of([6, 32]), Axes.Of([1])) - Gate(3);
            return [c, c + broadcast(sum(c, 1), c.Shape, Axes.Of([0])), gates * 2];
        },
        ImmutableArray.Create(3), TensorType.F32(6, 16), TensorType.F32(16, 128), TensorType.F32(128), TensorType.F32(6, 32), TensorType.F32(32)));

    [Fact]
    public void A_middle_axis_a_slice_of_a_slice_and_one_in_steps() => Copies(
        p =>
        {
            var (a, b) = (slice(p[0], 1, ..3), slice(p[0], 1, 2..5));
            return [a + b, slice(a, 2, 1..17) - slice(b, 2, 4..20), reshape(a, 5, 60) * reshape(b, 5, 60), slice(p[0], 2, 0..20, 2) * slice(p[0], 2, 0..20, 2), slice(exp(p[0] * 0) + p[0], 1, ..3) + a];
        },
        default, TensorType.F32(5, 5, 20));

    /// <summary>One part of a large value is copied, so that the value need not be kept for it.</summary>
    [Fact]
    public void A_small_part_of_what_is_computed_is_copied() => Assert.Equal(1, Copies(
        p => [slice(p[0] + matmul(p[0], p[0]), 1, ..32) * 2], default, TensorType.F32(128, 128)));
}
