using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>Transformations within transformations, and functions that close over what is being differentiated.</summary>
public sealed class NestingLaws
{
    private static readonly Reference Reference = new();

    private static readonly Expr One = constant(1, DType.F64);

    private static Expr Forward(Func<Expr, Expr> f, Expr x) => jvp(f, x, onesLike(x)).Tangent;

    private static Expr Reverse(Func<Expr, Expr> f, Expr x) => grad(f)(x);

    public static TheoryData<string> Modes => ["RR", "RF", "FR", "FF"];

    private static Func<Func<Expr, Expr>, Expr, Expr> Mode(char mode) => mode == 'R' ? Reverse : Forward;

    /// <summary>d/dx x (d/dy (x + y)) = d/dx x = 1; one that confuses the perturbations says 2 (Siskind and Pearlmutter, 2005).</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Perturbations_are_not_confused(string modes)
    {
        var (outer, inner) = (Mode(modes[0]), Mode(modes[1]));
        Assert.Equal(1, Reference.Eval(outer(x => x * inner(y => x + y, One), One)).Value);
        Assert.Equal(2, Reference.Eval(outer(x => inner(y => x * y * x, x), One)).Value);
        Assert.Equal(1, Reference.Eval(outer(x => inner(y => x * y, x), One)).Value);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_function_may_close_over_expressions_of_the_point(string modes)
    {
        var x = variable("x", DType.F64);
        var square = x * x;
        var slope = Mode(modes[0])(y => Mode(modes[1])(z => square * y * z * z, y) + square, x);
        Assert.Equal(108, Reference.Eval(slope, (x, Tensor.Scalar(3.0))).Value);
    }

    [Fact]
    public void Differentiating_twice_at_the_same_node_is_differentiating_at_its_value()
    {
        var x = variable("x", DType.F64);
        var (at, there) = (x * x, variable("there", DType.F64));
        var direct = grad(v => sin(v) * v)(at);
        var apart = Fold.Substitute(grad(v => sin(v) * v)(there), there, at);
        Assert.Equal(Reference.Eval(apart, (x, Tensor.Scalar(1.5))).Value, Reference.Eval(direct, (x, Tensor.Scalar(1.5))).Value);
    }

    [Theory]
    [InlineData("RRR")]
    [InlineData("RRF")]
    [InlineData("RFR")]
    [InlineData("FRR")]
    [InlineData("FFF")]
    [InlineData("FRF")]
    public void The_third_derivative_is_the_difference_of_the_second_in_every_mode(string modes)
    {
        var w = constant<double>([3, 3], 0.3, -0.2, 0.5, 0.1, 0.4, -0.6, -0.3, 0.2, 0.7);
        Expr F(Expr s)
        {
            var v = stack(0, s, s * s, sin(s));
            return sum(softmax(tanh(matmul(w, v))) * exp(v)) / (1 + sum(v * v));
        }
        Func<Expr, Expr> second = x => Mode(modes[1])(y => Mode(modes[2])(F, y), x);
        var x = variable("x", DType.F64);
        double At(Func<Expr, Expr> f, double value) => Reference.Eval(f(x), (x, Tensor.Scalar(value))).Value;
        foreach (var point in new[] { -1.2, -0.3, 0.4, 1.1 })
        {
            var expected = Differences.Central(h => [At(second, point + h)], 1.0 / 16)[0];
            var actual = At(v => Mode(modes[0])(second, v), point);
            Assert.True(Math.Abs(expected - actual) <= 1e-9 * Math.Max(1, Math.Abs(expected)), $"{modes} at {point}: {actual:R}, not {expected:R}");
        }
    }
}
