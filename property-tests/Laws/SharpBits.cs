using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>The sharp bits of JAX's documentation, one by one: what happens here, and the error where it is one.</summary>
public sealed class SharpBits
{
    private static readonly Reference Reference = new();
    private static readonly Expr X = variable("x", DType.F64);
    private static readonly Expr V = variable("v", TensorType.F64(3));

    private static double At(Expr y, double x) => Reference.Eval(y, (X, Tensor.Scalar(x))).Value;

    private static double[] At(Expr y, params double[] v) => Reference.Eval(y, (V, Tensor.Of<double>(v))).ToArray<double>();

    private static string Error(Func<object?> f) => Assert.Throws<ShapeError>(f).Message;

    [Fact]
    public void Perturbations_are_not_confused()
    {
        Assert.Equal(1, At(grad(x => x * grad(y => x + y)(x))(X), 5));
        Assert.Equal(1, At(jvp(x => x * jvp(y => x + y, x, onesLike(x)).Tangent, X, onesLike(X)).Tangent, 5));
    }

    /// <summary>Each gradient is at a fresh variable, so there is no order of mutation to get wrong, and the function may be named and used again.</summary>
    [Fact]
    public void A_function_closes_over_variables_and_is_differentiated_in_its_argument_only()
    {
        var w = variable("w", DType.F64);
        var slope = grad(x => x * x * w)(X);
        Assert.Equal(24, Reference.Eval(slope, (X, Tensor.Scalar(3.0)), (w, Tensor.Scalar(4.0))).Value);
        Assert.Equal(9, Reference.Eval(grad(v => grad(x => x * x * v)(X) * X / 2)(w), (X, Tensor.Scalar(3.0)), (w, Tensor.Scalar(4.0))).Value);
        Assert.Contains("the variable w: f64[] is free", Error(() => Reference.Eval(slope, (X, Tensor.Scalar(3.0)))), StringComparison.Ordinal);
    }

    /// <summary>There is no tracer: what a function leaves behind is an expression of the variable that it was traced at, and an error names that.</summary>
    [Fact]
    public void An_intermediate_value_that_leaks_is_still_an_expression()
    {
        Expr? leaked = null;
        var slope = grad(x => leaked = x * x)(X);
        Assert.Equal(6, At(slope, 3));
        Assert.Contains("the variable x: f64[] is free", Error(() => At(leaked!, 3)), StringComparison.Ordinal);
        var traced = Fold.PostOrder(leaked!).Single(node => node.Op is Variable);
        Assert.Equal(9, Reference.Eval(leaked!, (traced, Tensor.Scalar(3.0))).Value);
        Assert.NotSame(X, traced);
    }

    /// <summary>At a pole that where does not select, forward mode stays finite and reverse mode gives 0 · ∞, as JAX does: keep the operand in the domain as well.</summary>
    [Fact]
    public void A_pole_that_where_does_not_select_brings_NaN_into_reverse_mode_unless_its_operand_is_selected_too()
    {
        static Expr Once(Expr x) => where(greater(x, 0), sqrt(x), 0);
        static Expr Twice(Expr x) => where(greater(x, 0), sqrt(where(greater(x, 0), x, 1)), 0);
        Assert.Equal(0, At(jvp(Once, X, onesLike(X)).Tangent, 0));
        Assert.Equal(double.NaN, At(grad(Once)(X), 0));
        Assert.Equal(0, At(grad(Twice)(X), 0));
        Assert.Equal(0.25, At(grad(Twice)(X), 4));
        Assert.Equal(0, At(grad(x => where(greater(x, 0), log(x), 0))(X), -1));
    }

    [Fact]
    public void An_update_makes_a_new_tensor_and_leaves_its_operand()
    {
        var updated = dynamicUpdateSlice(V, constant<double>([1], 9), constant<int>([1], 1));
        var both = Reference.Compile(new([V], [V, updated])).Run(Tensor.Of(1.0, 2.0, 3.0));
        Assert.Equal([1, 2, 3], both[0].ToArray<double>());
        Assert.Equal([1, 9, 3], both[1].ToArray<double>());
        Assert.Equal([1, 0, 1], At(grad(v => sum(dynamicUpdateSlice(v, constant<double>([1], 9), constant<int>([1], 1))))(V), 1, 2, 3));
        Assert.Equal([1, 9, 3], new Functional.Interpreter.Cpu.Cpu(1).Compile(new([V], [updated])).Run(Tensor.Of(1.0, 2.0, 3.0))[0].ToArray<double>());
    }

    /// <summary>A key is a value: the same key gives the same numbers, wherever and however often. Split it, or fold a number in, for others.</summary>
    [Fact]
    public void The_same_key_gives_the_same_numbers_and_derived_keys_give_others()
    {
        var k = key(7);
        double[] Drawn(Expr key) => Reference.Eval(uniform(key, [4], DType.F64)).ToArray<double>();
        Assert.Equal(Drawn(k), Drawn(key(7)));
        Assert.Equal(0, Reference.Eval(sum(abs(normal(k, [4]) - normal(k, [4])))).Value);
        double[][] others = [Drawn(k), Drawn(key(8)), Drawn(index(split(k), 0, 0)), Drawn(index(split(k), 0, 1)), Drawn(foldIn(k, constant(0, DType.I64))), Drawn(foldIn(k, constant(1, DType.I64)))];
        Assert.Equal(24, others.SelectMany(d => d).Distinct().Count());
    }

    [Fact]
    public void Pow_at_zero_has_finite_derivatives_in_base_and_exponent()
    {
        Assert.Equal(0, At(grad(x => pow(x, constant(2, DType.F64)))(X), 0));
        Assert.Equal(1, At(grad(x => pow(x, constant(1, DType.F64)))(X), 0));
        Assert.Equal(0, At(grad(x => pow(x, constant(0, DType.F64)))(X), 0));
        Assert.Equal(2, At(grad(grad(x => pow(x, constant(2, DType.F64))))(X), 0));
        Assert.Equal(0, At(grad(y => pow(constant(0, DType.F64), y))(X), 2));
    }

    [Fact]
    public void Relu_at_zero_has_slope_zero()
    {
        foreach (var zero in new[] { 0.0, -0.0 }) Assert.Equal(0, At(grad(relu)(X), zero));
        Assert.Equal(1, At(grad(relu)(X), double.Epsilon));
    }

    /// <summary>The norm has no derivative at 0, and no mode invents one; a norm that is selected away from 0 has zero there, at every order.</summary>
    [Fact]
    public void The_norm_at_zero_has_no_derivative_unless_zero_is_selected_away()
    {
        static Expr Norm(Expr v) => sqrt(sum(v * v));
        static Expr Safe(Expr v)
        {
            var square = sum(v * v);
            var positive = greater(square, 0);
            return where(positive, sqrt(where(positive, square, 1)), 0);
        }
        static Func<Expr, Expr> Second(Func<Expr, Expr> f) => v => grad(u => sum(grad(f)(u) * stopGradient(u + 1)))(v);
        Assert.All(At(grad(Norm)(V), 0, 0, 0), slope => Assert.Equal(double.NaN, slope));
        Assert.All(At(Second(Norm)(V), 0, 0, 0), slope => Assert.Equal(double.NaN, slope));
        Assert.Equal([0, 0, 0], At(grad(Safe)(V), 0, 0, 0));
        Assert.Equal([0, 0, 0], At(Second(Safe)(V), 0, 0, 0));
        Assert.Equal([2, 2, 2], At(Second(v => sum(v * v))(V), 0, 0, 0));
        Checks.assertGrads(Safe, constant<double>([3], 1, 2, -2));
    }

    [Fact]
    public void Integers_have_no_gradient()
    {
        var n = variable("n", DType.I32);
        Assert.Contains("grad(n: i32[]): only floating-point arguments have a gradient: close over this one, or convert it", Error(() => grad(x => convert(x, DType.F64))(n)), StringComparison.Ordinal);
        Assert.Contains("only a floating-point value has a gradient: convert it", Error(() => grad(x => convert(x, DType.I32))(X)), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_scalar_has_a_gradient() =>
        Assert.Contains("only a scalar has a gradient: sum or mean it, or use vjp with a cotangent", Error(() => grad(v => v * v)(V)), StringComparison.Ordinal);

    [Fact]
    public void A_tangent_and_a_cotangent_have_the_type_of_their_value()
    {
        Assert.Contains("tangent 0 must have the type of its value, f64[3]", Error(() => jvp(v => v * v, V, X)), StringComparison.Ordinal);
        Assert.Contains("tangent 0 must have the type of its value, f64[3]", Error(() => jvp(v => v * v, V, ones(TensorType.F32(3)))), StringComparison.Ordinal);
        Assert.Contains("cotangent 0 must have the type of its value, f64[3]", Error(() => vjp(v => v * v, V).Pullback(X)), StringComparison.Ordinal);
    }

    [Fact]
    public void Axes_that_vmap_maps_have_one_extent()
    {
        static Expr Product(Expr x, Expr y) => x * y;
        var error = Error(() => vmap(Product)(V, variable("w", TensorType.F64(2))));
        Assert.Contains("the mapped axes differ in extent: axis 0 of v has 3, axis 0 of w has 2", error, StringComparison.Ordinal);
        Assert.Contains("name axes of one extent in inAxes, or null for what is the same for all examples", error, StringComparison.Ordinal);
    }

    /// <summary>An index out of bounds is neither an error nor clamped: it picks zero, and its cotangent goes nowhere.</summary>
    [Fact]
    public void An_index_out_of_bounds_picks_zero_and_drops_its_update()
    {
        var indices = constant<int>([3], -1, 2, 3);
        Assert.Equal([0, 3, 0], At(gather(V, indices), 1, 2, 3));
        Assert.Equal([0, 0, 1], At(grad(v => sum(gather(v, indices)))(V), 1, 2, 3));
        Assert.Equal([0, 0, 2], At(scatterAdd(V, indices, 3), 1, 2, 3));
        Assert.Equal([2, 3], At(dynamicSlice(V, constant<int>([1], 5), [2]), 1, 2, 3));
    }

    [Fact]
    public void A_while_loop_needs_a_bound_and_has_a_reverse_mode()
    {
        static Expr Doubled(Expr x, int? limit) => whileLoop<Expr>(v => less(v, 100), v => v * 2, x, limit);
        Assert.Contains("the loop needs a bound: give limit, the most steps that it may take", Error(() => Doubled(X, null)), StringComparison.Ordinal);
        Assert.Equal(32, At(grad(x => Doubled(x, 20))(X), 5));
    }

    [Fact]
    public void An_index_known_to_be_out_of_bounds_is_an_error_when_it_is_written() =>
        Assert.Throws<ShapeError>(() => index(V, 0, 3));

    /// <summary>A graph's size and arithmetic do not depend on values: a branch on a value is an op.</summary>
    [Fact]
    public void Precision_is_what_one_asks_for()
    {
        Assert.Equal(DType.F32, (variable("y") * 2).DType);
        Assert.Equal(DType.F64, (X * 2).DType);
        Assert.Throws<ShapeError>(() => X + variable("y"));
    }

    [Fact]
    public void NaN_is_not_hidden() => Assert.Equal(double.NaN, At(X / X, 0));
}
