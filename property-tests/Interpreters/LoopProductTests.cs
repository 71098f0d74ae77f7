using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Products in loops of what is the same at each step, on small integers, which every order of summation adds exactly.</summary>
public sealed class LoopProductTests
{
    /// <summary>The program is right; whether some step of some body keeps something.</summary>
    private static bool Agree(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types) => Keeps(SmallIntegers.Agree(2, program, donated, types));

    private static bool Keeps(Plan plan) => plan.Steps.Any(s => s.Kept >= 0 || s.Bodies.Any(Keeps));

    private static Expr Clamped(Expr x) => minimum(maximum(x, constant(-2)), constant(2));

    [Theory]
    [InlineData(3, 5, 7, false, true)]
    [InlineData(7, 40, 33, true, true)]
    [InlineData(13, 300, 70, true, true)]
    [InlineData(32, 64, 257, true, true)]
    [InlineData(129, 20, 30, false, false)]
    [InlineData(1, 64, 64, false, false)]
    public void Each_step_of_a_scan_multiplies_by_what_was_copied_before_the_first(int m, int k, int n, bool keeps, bool keepsTransposed)
    {
        TensorType x = TensorType.F32(4, m, k), w = TensorType.F32(k, n), transposed = TensorType.F32(n, k);
        Assert.Equal(keeps, Agree(p => [scan<Expr, Expr, Expr>((c, t) => (c, matmul(t, p[1])), p[2], p[0]).Ys], default, x, w, TensorType.F32()));
        Assert.Equal(keepsTransposed, Agree(p => [scan<Expr, Expr, Expr>((c, t) => (c, dot(t, p[1], default, default, Axes.Of([1]), Axes.Of([1])) + c), p[2], p[0]).Ys], default, x, transposed, TensorType.F32()));
        Agree(p => [scan<Expr, Expr, Expr>((c, t) => (c, dot(p[1], t, default, default, Axes.Of([1]), Axes.Of([1]))), p[2], p[0]).Ys], default, x, transposed, TensorType.F32());
    }

    [Fact]
    public void A_gradient_through_a_loop_multiplies_by_them_too() => Assert.True(Agree(
        p =>
        {
            var (h, w) = grad<(Expr H, Expr W)>(q => sum(scan<Expr, Expr, Expr>((c, t) => (Clamped(matmul(c, q.W)) + t, c), q.H, p[2]).Ys))((p[0], p[1]));
            return [p[0] - h, p[1] - w];
        },
        ImmutableArray.Create(0, 1), TensorType.F32(5, 24), TensorType.F32(24, 24), TensorType.F32(6, 5, 24)));

    [Fact]
    public void A_loop_within_a_loop_copies_again_what_the_outer_one_changes() => Assert.True(Agree(
        p => [scan<Expr, Expr, Expr>(
            (w, _) => (Clamped(w + 1), scan<Expr, Expr, ValueTuple>((c, t) => (Clamped(matmul(c, w) + matmul(t, p[1])), default), p[2], p[0]).Carry), p[1], p[0]).Ys],
        default, TensorType.F32(4, 6, 20), TensorType.F32(20, 20), TensorType.F32(6, 20)));

    [Fact]
    public void The_condition_and_the_body_of_a_loop_keep_what_each_needs() => Assert.True(Agree(
        p =>
        {
            var sevens = p[1] * 0 + 7;
            Expr IsSum(Expr v) => less(sum(abs(matmul(v, sevens) - matmul(v, ones(sevens.Type)) * 7)), 1);
            return [whileLoop<Expr>(c => IsSum(c), c => Clamped(matmul(c, p[2]) - c), p[0], 7)];
        },
        default, TensorType.F32(6, 20), TensorType.F32(20, 24), TensorType.F32(20, 20)));

    [Fact]
    public void A_loop_of_one_step_keeps_nothing() => Assert.False(Agree(
        p => [scan<Expr, Expr, Expr>((c, t) => (c, matmul(t, p[1])), p[2], p[0]).Ys], default, TensorType.F32(1, 6, 20), TensorType.F32(20, 20), TensorType.F32()));
}
