using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>The one documented choice at each tie and kink, the same forward and reverse; and what may bring no NaN in.</summary>
public sealed class KinkLaws
{
    private static readonly Reference Reference = new();

    [Fact]
    public void Relu_and_abs_have_slope_zero_at_both_zeros()
    {
        foreach (var zero in new[] { 0.0, -0.0 })
        {
            Assert.Equal([0], Slope(relu, zero));
            Assert.Equal([0], Slope(abs, zero));
        }
    }

    [Fact]
    public void The_left_operand_wins_a_tie_of_maximum_and_minimum()
    {
        foreach (var f in new Func<Expr, Expr, Expr>[] { maximum, minimum })
        {
            Assert.Equal([1], Slope(x => f(x, constant(2, DType.F64)), 2));
            Assert.Equal([0], Slope(x => f(constant(2, DType.F64), x), 2));
        }
    }

    [Fact]
    public void The_lowest_index_wins_a_tie_of_a_reduction()
    {
        Assert.Equal([0, 1, 0, 0], Slope(x => max(x), 1, 5, 5, 5));
        Assert.Equal([1, 0, 0, 0, 0, 1], Slope(x => sum(max(reshape(x, 3, 2), 0)), 7, 2, 7, 2, 7, 3));
        Assert.Equal([1, 0, 0, 0], Slope(x => min(x), -1, 5, -1, 5));
    }

    [Fact]
    public void The_first_element_wins_a_tie_of_a_window()
    {
        Assert.Equal([1, 0, 1, 0], Slope(x => sum(windowMax(x, [new(2, 2)])), 3, 3, 4, 4));
        Assert.Equal([1, 1, 0], Slope(x => sum(windowMax(x, [new(2)])), 3, 3, 3));
    }

    [Fact]
    public void Pow_has_finite_slopes_at_zero()
    {
        for (var n = 0; n <= 3; n++)
        {
            var power = constant(n, DType.F64);
            Assert.Equal([n == 1 ? 1 : 0], Slope(x => pow(x, power), 0));
            Assert.Equal([n == 2 ? 2 : 0], Slope(x => grad(v => pow(v, power))(x), 0));
            Assert.Equal([n == 3 ? 6 : 0], Slope(x => grad(grad(v => pow(v, power)))(x), 0));
            Assert.Equal([0], Slope(y => pow(constant(0, DType.F64), y), n));
        }
        Assert.Equal([0], Slope(y => pow(constant(1, DType.F64), y), 2));
    }

    [Fact]
    public void The_mixed_derivative_of_pow_is_the_same_in_either_order_where_the_exponent_is_zero()
    {
        static Expr Both(Expr v) => pow(index(v, 0, 0), index(v, 0, 1));
        Assert.Equal([0, 0.5], Slope(v => index(grad(Both)(v), 0, 0), 2, 0));
        Assert.Equal(0.5, Slope(v => index(grad(Both)(v), 0, 1), 2, 0)[0]);
    }

    [Fact]
    public void What_is_not_selected_brings_no_NaN_in()
    {
        Assert.Equal([0.5, 0], Slope(x => sum(where(greater(x, 0), log(x), 0)), 2, -1));
        Assert.Equal([0.5, 0], Slope(x => sum(where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0)), 2, 0));
        Assert.Equal([0, 1], Slope(x => sum(where(greater(x, 1), constant<double>([2], double.NaN, 0), x * where(greater(x, 1), x, 1))), 2, 1));
    }

    [Fact]
    public void StopGradient_makes_a_constant_of_a_value()
    {
        Assert.Equal([3], Slope(x => x * stopGradient(x), 3));
        Assert.Equal([0], Slope(stopGradient, 3));
        Assert.Equal([0], Slope(grad(x => x * stopGradient(x)), 3));
    }

    [Fact]
    public void A_softmax_of_infinite_and_huge_logits_has_a_finite_slope()
    {
        Assert.Equal([0, 0], Slope(x => index(softmax(x), 0, 0), 1e300, -1e300));
        Assert.Equal([1, 0], Slope(x => logSumExp(x), 1e300, -1e300));
        Assert.Equal([1, 0], Slope(x => logSumExp(x), 0, double.NegativeInfinity));
    }

    [Fact]
    public void What_is_not_selected_brings_no_NaN_in_forward_even_at_a_pole()
    {
        var x = variable("x", DType.F64);
        var tangent = jvp(v => where(greater(v, 0), log(v), v), x, onesLike(x)).Tangent;
        Assert.Equal(1, Reference.Eval(tangent, (x, Tensor.Scalar(0.0))).Value);
        Assert.Equal(1, Reference.Eval(tangent, (x, Tensor.Scalar(double.NaN))).Value);
    }

    /// <summary>The gradient of f at x by reverse mode, after checking that forward mode says the same, direction by direction.</summary>
    private static double[] Slope(Func<Expr, Expr> f, params double[] at)
    {
        Expr F(Expr v) => f(at.Length == 1 ? reshape(v, Shape.Scalar) : v);
        var (x, t) = (variable("x", TensorType.F64(at.Length)), variable("t", TensorType.F64(at.Length)));
        var reverse = Reference.Eval(grad(F)(x), (x, Tensor.Of<double>(at))).ToArray<double>();
        var tangent = jvp(F, x, t).Tangent;
        for (var i = 0; i < at.Length; i++)
        {
            var direction = new double[at.Length];
            direction[i] = 1;
            Assert.Equal(reverse[i], Reference.Eval(tangent, (x, Tensor.Of<double>(at)), (t, Tensor.Of<double>(direction))).Value);
        }
        return reverse;
    }
}
