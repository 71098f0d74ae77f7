using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Carries of loops that are stacked as a step finds them, as it leaves them, or both, which the CPU keeps in the stacks.</summary>
public sealed class StackedCarryTests
{
    private static readonly TensorType Row = TensorType.F32(3, 50);

    private static Tensor Integers(TensorType type, int seed)
    {
        var random = new Random(seed);
        return Tensor.Of<float>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => (float)random.Next(-3, 4))]);
    }

    private static void Agree(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, params TensorType[] types)
    {
        var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
        ImmutableArray<Tensor> inputs = [.. types.Select(Integers)];
        var expected = new Reference().Compile(f).Run(inputs);
        foreach (var threads in new[] { 1, 2 })
        {
            Assert.Equal(expected.AsEnumerable(), new Cpu(threads).Compile(f).Run(inputs));
            Assert.Equal(expected.AsEnumerable(), PlanLaws.MeasuresAsPlanned(f, inputs, default, threads));
        }
    }

    private static Expr Clamped(Expr x) => minimum(maximum(x, constant(-4)), constant(4));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_carry_is_stacked_as_it_comes_and_as_it_goes(int steps)
    {
        var xs = TensorType.F32(steps, 3, 50);
        Agree(p => Of(scan<Expr, Expr, Expr>((c, t) => (Clamped(c + t), c), p[1], p[0])), xs, Row);
        Agree(p => Of(scan<Expr, Expr, Expr>((c, t) => Clamped(c + t) is var d ? (d, d) : default, p[1], p[0])), xs, Row);
        Agree(p => scan<Expr, Expr, (Expr, Expr, Expr)>((c, t) => Clamped(c + t) is var d ? (d, (c, d, c * d)) : default, p[1], p[0]) is var (last, (c, d, product)) ? [last, c, d, product] : [], xs, Row);
        Agree(p => scan<Expr, Expr, (Expr, Expr, Expr)>((c, t) => Clamped(c + t) is var d ? (d, (d, c, d)) : default, p[1], p[0]) is var (last, (c, d, again)) ? [last, c, d, again] : [], xs, Row);

        static ImmutableArray<Expr> Of((Expr Carry, Expr Ys) result) => [result.Carry, result.Ys];
    }

    /// <summary>Carries that change places, two that are the same, and one that stays.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void Several_carries_are_stacked_in_each_others_places(int steps)
    {
        var xs = TensorType.F32(steps, 3, 50);
        Agree(p => Of(scan<(Expr A, Expr B), Expr, (Expr, Expr)>((c, t) => ((c.B, Clamped(c.A + t)), (c.A, c.B)), (p[1], p[2]), p[0])), xs, Row, Row);
        Agree(p => Of(scan<(Expr A, Expr B), Expr, (Expr, Expr)>((c, t) => Clamped(c.A - c.B + t) is var d ? ((d, d), (d, c.B)) : default, (p[1], p[2]), p[0])), xs, Row, Row);
        Agree(p => Of(scan<(Expr A, Expr B), Expr, (Expr, Expr)>((c, t) => ((c.B, c.A), (c.B, c.A + t)), (p[1], p[2]), p[0])), xs, Row, Row);
        Agree(p => Of(scan<(Expr A, Expr B), Expr, (Expr, Expr)>((c, t) => ((c.A, Clamped(c.B + t)), (c.A, c.B)), (p[1], p[2]), p[0])), xs, Row, Row);

        static ImmutableArray<Expr> Of(((Expr A, Expr B) Carry, (Expr A, Expr B) Ys) result) => [result.Carry.A, result.Carry.B, result.Ys.A, result.Ys.B];
    }

    /// <summary>The adjoint goes from the last step to the first, and stacks what it carries.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_loop_from_the_last_step_to_the_first_stacks_its_carry(int steps) => Agree(
        p =>
        {
            var (start, xs) = grad<(Expr Start, Expr Xs)>(q => sum(scan<Expr, Expr, Expr>((c, t) => ((c + t) * p[2], c), q.Start, q.Xs) is var (last, ys) ? sum(last) + sum(ys * p[0]) : p[2]))((p[1], p[0]));
            return [start, xs];
        },
        TensorType.F32(steps, 3, 50), Row, TensorType.F32());
}
