using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Parts that fused loops write where their concatenation keeps them.</summary>
public sealed class JoinedResultTests
{
    private static readonly Cpu[] Cpus = [new(1), new(2), .. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(3, w))];

    private static Tensor Integers(TensorType type, int seed)
    {
        var random = new Random(seed);
        return Tensor.Of<float>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => (float)random.Next(-3, 4))]);
    }

    /// <summary>The reference's values on every target, in the memory that was planned; how many kernels there are.</summary>
    private static int Kernels(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types)
    {
        var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
        ImmutableArray<Tensor> Inputs() => [.. types.Select(Integers)];
        var expected = new Reference().Compile(f).Run(Inputs());
        foreach (var cpu in Cpus) Assert.Equal(expected.AsEnumerable(), cpu.Compile(f, donated).Run(Inputs()));
        Assert.Equal(expected.AsEnumerable(), PlanLaws.MeasuresAsPlanned(f, Inputs(), donated));
        return ((IPlanned)Cpus[0].Compile(f, donated)).Plan.Steps.Length;
    }

    /// <summary>Along each axis, by whole vectors and not, by rows of many elements and few; either argument may be written over.</summary>
    [Theory]
    [InlineData(0, 5, 32, 1)]
    [InlineData(1, 32, 256, 1)]
    [InlineData(1, 33, 37, 1)]
    [InlineData(1, 700, 129, 1)]
    [InlineData(1, 40, 3, 1)]
    [InlineData(1, 2000, 3, 2)]
    [InlineData(1, 7, 1, 2)]
    public void Parts_are_written_where_they_are_kept(int axis, int rows, int columns, int most) => Assert.InRange(
        Kernels(p => [concat(axis, p[0] * p[1], p[0] - p[1], p[1] * 2 + 1)], ImmutableArray.Create(0, 1), TensorType.F32(rows, columns), TensorType.F32(rows, columns)), 1, most == 1 ? 1 : 4);

    /// <summary>What a part is made of is a result, too; rows, columns, numbers and slices are parts, and what is no part of the loop.</summary>
    [Fact]
    public void A_loop_of_parts_fills_other_values_beside_them() => Kernels(
        p =>
        {
            var y = p[0] * p[1] + p[2];
            var joined = concat(1, y - 1, p[0], broadcast(p[2], p[0].Shape, Axes.Of([1])) + 0 * y, slice(p[3], 1, 32..64), reshape(reshape(p[1] + y, 24 * 32) * 2, 24, 32));
            return [y, joined, sum(joined, 1), matmul(joined, transpose(joined))];
        },
        default, TensorType.F32(24, 32), TensorType.F32(24, 32), TensorType.F32(32), TensorType.F32(24, 64));

    /// <summary>What is one number of each row is no part of a loop over the elements of parts.</summary>
    [Fact]
    public void Sums_of_rows_are_computed_apart() => Kernels(
        p =>
        {
            Expr OfRow(Expr x) => broadcast(sum(x, 1), x.Shape, Axes.Of([0]));
            return [concat(1, p[0] - OfRow(p[0] * 2), p[0] * p[1]), concat(0, p[1] * OfRow(p[0] - p[1]), p[0])];
        },
        default, TensorType.F32(24, 32), TensorType.F32(24, 32));

    /// <summary>Slices of an argument changed and joined again, in its memory or not; the two halves change places.</summary>
    [Fact]
    public void Joined_slices_do_not_write_over_what_is_still_read()
    {
        Expr Half(Expr x, int i) => slice(x, 1, (32 * i)..(32 * (i + 1)));
        Kernels(p => [concat(1, Half(p[0], 0) + 1, Half(p[0], 1) * 2)], ImmutableArray.Create(0), TensorType.F32(20, 64));
        Kernels(p => [concat(1, Half(p[0], 1) + 1, Half(p[0], 0) * 2)], ImmutableArray.Create(0), TensorType.F32(20, 64));
        Kernels(p => [concat(1, Half(p[0], 0) + p[1], p[1] * 2)], ImmutableArray.Create(0), TensorType.F32(20, 64), TensorType.F32(20, 32));
    }

    /// <summary>A concatenation of concatenations, one whose parts are products, and parts along a middle axis.</summary>
    [Fact]
    public void Concatenations_of_what_other_kernels_compute()
    {
        Kernels(p => [concat(0, concat(1, p[0] + 1, p[0] * 2), concat(1, p[0] - 1, p[0] * 3))], default, TensorType.F32(9, 17));
        Kernels(p => [concat(1, matmul(p[0], p[1]) + p[0], matmul(p[1], p[0]) - p[1])], default, TensorType.F32(33, 33), TensorType.F32(33, 33));
        Kernels(p => [concat(1, p[0] + p[1], p[0] * p[1], p[1])], default, TensorType.F32(3, 4, 20), TensorType.F32(3, 4, 20));
    }

    [Fact]
    public void Unequal_parts_are_copied() => Assert.Equal(3, Kernels(
        p => [concat(1, p[0] + 1, p[1] * 2)], default, TensorType.F32(8, 16), TensorType.F32(8, 32)));

    /// <summary>Random parts of random shapes: sums, products, slices and arguments themselves.</summary>
    [Fact]
    public void Random_parts_are_those_of_the_reference()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 40; trial++)
        {
            int[] shape = [random.Next(1, 5), random.Next(1, 9), random.Next(1, 40)];
            var (axis, count, type) = (random.Next(3), random.Next(2, 6), TensorType.F32(shape));
            Kernels(
                p =>
                {
                    var pool = p.ToList();
                    for (var i = 0; i < 6; i++)
                    {
                        var (x, y) = (pool[random.Next(pool.Count)], pool[random.Next(pool.Count)]);
                        pool.Add(random.Next(4) switch { 0 => x + y, 1 => x - y, 2 => minimum(x * y, constant(3)), _ => -x });
                    }
                    return [concat(axis, [.. Enumerable.Range(0, count).Select(_ => pool[random.Next(pool.Count)])]), pool[^1]];
                },
                random.Next(2) == 0 ? default : ImmutableArray.Create(0), type, type, type);
        }
    }
}
