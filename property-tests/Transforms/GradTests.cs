using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Transforms;

public sealed class GradTests
{
    private static readonly Reference Reference = new();

    [Fact]
    public void The_lectures_example_has_the_gradient_computed_by_hand()
    {
        var (x, y, z) = (variable("x"), variable("y"), variable("z"));
        var (dx, dy, dz) = grad((a, b, c) => (a + b) * (a + c))(x, y, z);
        (Expr, Tensor)[] at = [(x, Tensor.Scalar(-2f)), (y, Tensor.Scalar(5f)), (z, Tensor.Scalar(-4f))];
        Assert.Equal([-3.0, -6.0, 3.0], new[] { dx, dy, dz }.Select(d => Reference.Eval(d, at).Value));
    }

    [Fact]
    public void The_adjoint_of_a_product_is_no_larger_than_by_hand()
    {
        var (x, y, z) = (variable("x"), variable("y"), variable("z"));
        var (dx, dy, dz) = simplify(grad((a, b, c) => (a + b) * (a + c))(x, y, z));
        Assert.Equal(6, Fold.PostOrder(dx, dy, dz).Length);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 12)]
    [InlineData(2, 12)]
    [InlineData(3, 6)]
    [InlineData(4, 0)]
    public void Grad_nests_to_any_order(int order, double expected)
    {
        Func<Expr, Expr> f = x => x * x * x;
        for (var i = 0; i < order; i++) f = grad(f);
        var x = variable("x", DType.F64);
        Assert.Equal(expected, Reference.Eval(f(x), (x, Tensor.Scalar(2.0))).Value);
    }

    [Fact]
    public void A_gradient_within_a_gradient_is_not_confused_by_what_it_closes_over()
    {
        var x = variable("x", DType.F64);
        var outer = grad(a => a * grad(b => a * b)(constant(3, DType.F64)))(x);
        Assert.Equal(10, Reference.Eval(outer, (x, Tensor.Scalar(5.0))).Value);
    }

    [Fact]
    public void Forward_and_reverse_mode_agree_on_a_composite_and_through_a_call()
    {
        var body = Function.Trace(a => [sin(a[0]) * a[1], exp(a[1])], ("u", TensorType.F64(3)), ("v", TensorType.F64(3)));
        Expr F(Expr v) => sum(composite("cubed", a => a[0] * a[0] * a[0], v) + call(body, v, v)[0] * call(body, v, v)[1]);
        var (x, t) = (variable("x", TensorType.F64(3)), variable("t", TensorType.F64(3)));
        (Expr, Tensor)[] at = [(x, Tensor.Of(0.3, -1.2, 0.7)), (t, Tensor.Of(1.0, 2.0, -0.5))];
        var forward = Reference.Eval(jvp<Expr, Expr>(F, x, t).Tangent, at).Value;
        var reverse = Reference.Eval(sum(grad(F)(x) * t), at).Value;
        Assert.Equal(forward, reverse, 1e-12);
    }

    [Fact]
    public void Custom_rules_serve_both_modes()
    {
        var x = variable("x", DType.F64);
        Expr Doubled(Expr v) => customVjp(a => [a[0] * a[0]], (a, _, ct) => [ct[0] * a[0] * 4], v)[0];
        Expr Tripled(Expr v) => customJvp(a => [a[0] * a[0]], (a, t) => [t[0] * a[0] * 6], v)[0];
        foreach (var (f, expected) in new (Func<Expr, Expr>, double)[] { (Doubled, 12), (Tripled, 18) })
        {
            Assert.Equal(9, Reference.Eval(f(x), (x, Tensor.Scalar(3.0))).Value);
            Assert.Equal(expected, Reference.Eval(grad(f)(x), (x, Tensor.Scalar(3.0))).Value);
            Assert.Equal(expected, Reference.Eval(jvp(f, x, constant(1, DType.F64)).Tangent, (x, Tensor.Scalar(3.0))).Value);
        }
    }

    [Fact]
    public void The_gradient_of_parameters_has_their_paths()
    {
        var p = Params<Expr>.Empty.With("w", variable("w", TensorType.F64(2))).With("b", variable("b", DType.F64));
        var (value, gradient) = valueAndGrad<Params<Expr>>(q => sum(q["w"] * 3) + q["b"] * q["b"])(p);
        (Expr, Tensor)[] at = [(p["w"], Tensor.Of(1.0, 2.0)), (p["b"], Tensor.Scalar(4.0))];
        Assert.Equal(["b", "w"], gradient.Paths);
        Assert.Equal(25, Reference.Eval(value, at).Value);
        Assert.Equal([3, 3], Reference.Eval(gradient["w"], at).ToArray<double>());
        Assert.Equal(8, Reference.Eval(gradient["b"], at).Value);
    }

    [Fact]
    public void The_transpose_of_a_matrix_product_is_the_product_with_the_transpose()
    {
        var w = constant<double>([2, 3], 1, 2, 3, 4, 5, 6);
        var (x, ct) = (variable("x", TensorType.F64(3)), variable("ct", TensorType.F64(2)));
        var transposed = linearTranspose((Expr v) => matmul(w, v), x)(ct);
        Assert.Equal([9, 12, 15], Reference.Eval(transposed, (ct, Tensor.Of(1.0, 2.0))).ToArray<double>());
    }

    [Fact]
    public void What_cannot_be_differentiated_is_refused_and_says_what_to_do()
    {
        var x = variable("x", TensorType.F32(3));
        var n = variable("n", TensorType.I32());
        Assert.Contains("sum or mean it, or use vjp", Assert.Throws<ShapeError>(() => grad(v => v * 2)(x)).Message);
        Assert.Contains("only floating-point arguments have a gradient", Assert.Throws<ShapeError>(() => grad(v => v)(n)).Message);
        Assert.Contains("not linear in this argument", Assert.Throws<ShapeError>(() => linearTranspose((Expr v) => v * v, x)(x)).Message);
        Assert.Contains("tangent 0 must have the type of its value, f32[3]", Assert.Throws<ShapeError>(() => jvp(v => v, x, n)).Message);
    }

    [Fact]
    public void A_chain_of_a_hundred_thousand_nodes_is_differentiated_without_recursion()
    {
        var x = variable("x", DType.F64);
        var slope = grad(v =>
        {
            for (var i = 0; i < 100_000; i++) v *= 1.00001;
            return v;
        })(x);
        Assert.Equal(Math.Pow(1.00001, 100_000), Reference.Eval(slope, (x, Tensor.Scalar(1.0))).Value, 1e-9);
    }
}
