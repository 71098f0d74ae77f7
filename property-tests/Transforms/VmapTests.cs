using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Transforms;

public sealed class VmapTests
{
    private static readonly Reference Reference = new();

    private static readonly Expr Rows = variable("rows", TensorType.F64(3, 2));

    private static readonly Tensor Numbers = Tensor.Of<double>([3, 2], [1, 2, 3, 4, 5, 6]);

    private static double[] Eval(Expr y, params (Expr, Tensor)[] at) => Reference.Eval(y, at).ToArray<double>();

    [Fact]
    public void A_function_of_a_row_becomes_a_function_of_rows()
    {
        Assert.Equal([3, 7, 11], Eval(vmap(r => sum(r))(Rows), (Rows, Numbers)));
        Assert.Equal([9, 12], Eval(vmap(r => sum(r), inAxes: 1)(Rows), (Rows, Numbers)));
        Assert.Equal([9, 12], Eval(vmap(r => sum(r), inAxes: -1)(Rows), (Rows, Numbers)));
        Assert.Equal([1, 3, 5, 2, 4, 6], Eval(vmap(r => r, outAxes: -1)(Rows), (Rows, Numbers)));
    }

    [Fact]
    public void An_inner_batch_may_close_over_an_example_of_the_outer()
    {
        var (x, y) = (variable("x", TensorType.F64(2)), variable("y", TensorType.F64(3)));
        var outer = vmap(a => vmap(b => a * b)(y))(x);
        Assert.Equal([3, 4, 5, 6, 8, 10], Eval(outer, (x, Tensor.Of(1.0, 2.0)), (y, Tensor.Of(3.0, 4.0, 5.0))));
    }

    [Fact]
    public void Gradients_come_one_for_each_example()
    {
        var w = variable("w", TensorType.F64(2));
        var each = vmap(grad((Expr v, Expr x) => sum(v * x) * sum(v * x)), [null, 0])(w, Rows).Item1;
        Assert.Equal([10, 20, 66, 88, 170, 204], Eval(each, (w, Tensor.Of(1.0, 2.0)), (Rows, Numbers)));
    }

    [Fact]
    public void Parameters_are_one_member_of_a_tuple()
    {
        var p = Params<Expr>.Empty.With("w", variable("w", TensorType.F64(2))).With("b", variable("b", DType.F64));
        var y = vmap((Params<Expr> q, Expr x) => (sum(q["w"] * x) + q["b"], q["b"] * 2), [null, 0], [0, null])(p, Rows);
        (Expr, Tensor)[] at = [(p["w"], Tensor.Of(1.0, 10.0)), (p["b"], Tensor.Scalar(100.0)), (Rows, Numbers)];
        Assert.Equal([121, 143, 165], Eval(y.Item1, at));
        Assert.Equal(200, Reference.Eval(y.Item2, at).Value);
    }

    [Fact]
    public void Three_and_four_arguments_too()
    {
        var s = variable("s", DType.F64);
        (Expr, Tensor)[] at = [(Rows, Numbers), (s, Tensor.Scalar(2.0))];
        Assert.Equal([9, 21, 33], Eval(vmap((a, b, c) => sum(a) + sum(b) * c, [0, 0, null])(Rows, Rows, s), at));
        Assert.Equal([6, 14, 22], Eval(vmap((a, b, c, d) => sum(a) + sum(b) * c * d, [0, 0, null, null])(Rows, Rows, s, s / 4), at));
    }

    [Fact]
    public void What_all_examples_share_is_computed_once_and_not_copied()
    {
        var w = variable("w", TensorType.F64(4));
        var y = vmap(r => sum(r) * sum(exp(w)))(Rows);
        var exps = Fold.PostOrder(y).Where(n => n.Op is FloatUnary<Functions.Exp>).ToList();
        Assert.Same(w, Assert.Single(exps).Inputs[0]);
        Assert.DoesNotContain(Fold.PostOrder(y), n => n.Shape.Contains(4) && n.Rank > 1);
    }

    [Fact]
    public void A_batched_product_is_one_product()
    {
        var (x, w) = (variable("x", TensorType.F64(5, 3)), variable("w", TensorType.F64(3, 4)));
        var y = vmap(v => matmul(v, w))(x);
        Assert.IsType<Dot>(y.Op);
        Assert.Equal(3, Fold.PostOrder(y).Length);
    }

    [Fact]
    public void A_result_of_a_call_that_all_examples_share_needs_no_axis()
    {
        var body = Function.Trace(a => [a[0] * a[1], exp(a[1])], ("x", TensorType.F64()), ("w", TensorType.F64()));
        var (w, xs) = (variable("w", DType.F64), variable("xs", TensorType.F64(3)));
        var (y, shared) = vmap((Expr x) => (call(body, x, w)[0], call(body, x, w)[1] + 1), outAxes: [0, null])(xs);
        (Expr, Tensor)[] at = [(xs, Tensor.Of(1.0, 2.0, 3.0)), (w, Tensor.Scalar(2.0))];
        Assert.Equal([2, 4, 6], Eval(y, at));
        Assert.Equal(Math.Exp(2) + 1, Reference.Eval(shared, at).Value);
    }

    [Fact]
    public void A_function_that_is_called_from_many_places_is_batched_once()
    {
        var f = Function.Trace(a => [a[0] + 1], ("x", TensorType.F64()));
        for (var i = 0; i < 40; i++)
        {
            var g = f;
            f = Function.Trace(a => [call(g, call(g, a[0])[0])[0]], ("x", TensorType.F64()));
        }
        Assert.Equal(TensorType.F64(3), vmap(x => call(f, x)[0])(variable("xs", TensorType.F64(3))).Type);
    }

    [Fact]
    public void A_custom_rule_is_the_rule_of_the_batch_too()
    {
        var (w, xs) = (variable("w", DType.F64), variable("xs", TensorType.F64(3)));
        Expr Doubled(Expr a, Expr b) => customVjp(x => [x[0] * x[1]], (x, _, ct) => [ct[0] * x[1] * 2, ct[0] * x[0] * 2], a, b)[0];
        Expr Tripled(Expr a, Expr b) => customJvp(x => [x[0] * x[1]], (x, t) => [(t[0] * x[1] + x[0] * t[1]) * 3], a, b)[0];
        (Expr, Tensor)[] at = [(w, Tensor.Scalar(5.0)), (xs, Tensor.Of(1.0, 2.0, 3.0))];
        foreach (var (f, times) in new (Func<Expr, Expr, Expr>, double)[] { (Doubled, 2), (Tripled, 3) })
        {
            var batch = vmap(f, [null, 0]);
            Assert.Equal([5, 10, 15], Eval(batch(w, xs), at));
            var (dw, dx) = grad((a, b) => sum(batch(a, b)))(w, xs);
            Assert.Equal(6 * times, Reference.Eval(dw, at).Value);
            Assert.Equal([5 * times, 5 * times, 5 * times], Eval(dx, at));
            var tangent = jvp((Expr a) => batch(a, xs), w, onesLike(w)).Tangent;
            Assert.Equal([times, 2 * times, 3 * times], Eval(tangent, at));
        }
    }

    [Fact]
    public void A_result_of_a_custom_rule_that_all_examples_share_is_counted_for_each()
    {
        var (w, xs) = (variable("w", DType.F64), variable("xs", TensorType.F64(3)));
        Expr F(Expr a, Expr b) => customVjp(x => [x[0] * 1, x[1] * 1], (_, _, ct) => [ct[0], ct[1]], a, b) is var y ? y[0] + y[1] : a;
        var dw = grad((Expr a) => sum(vmap(F, [null, 0])(a, xs)))(w);
        Assert.Equal(3, Reference.Eval(dw, (w, Tensor.Scalar(5.0)), (xs, Tensor.Of(1.0, 2.0, 3.0))).Value);
    }

    [Fact]
    public void Composites_stay_one_node_under_another_name()
    {
        var y = vmap(r => composite("softmax", a => exp(a[0]) / sum(exp(a[0])), r))(Rows);
        Assert.Equal("vmap(softmax)", y.Op.Name);
    }

    [Fact]
    public void Each_example_draws_from_its_own_key()
    {
        var draws = Reference.Eval(vmap(k => uniform(k, [4]))(split(key(3), 5))).ToArray<float>();
        Assert.Equal(20, draws.Distinct().Count());
        for (var i = 0; i < 5; i++)
            Assert.Equal(Reference.Eval(uniform(index(split(key(3), 5), 0, i), [4])).ToArray<float>(), draws[(4 * i)..(4 * i + 4)]);
    }

    [Fact]
    public void A_batch_of_no_examples_is_empty() =>
        Assert.Equal(TensorType.F64(0, 2), vmap(r => r * 2)(variable("none", TensorType.F64(0, 2))).Type);

    [Fact]
    public void Blocks_that_begin_elsewhere_in_each_example_are_moved_to_lie_within()
    {
        var starts = constant<int>([4, 1], -5, 0, 2, 9);
        var x = vector<double>(1, 2, 3, 4);
        Assert.Equal([1, 2, 1, 2, 3, 4, 3, 4], Eval(vmap(s => dynamicSlice(x, s, [2]))(starts)));
        var written = vmap(s => dynamicUpdateSlice(x, vector<double>(8, 9), s))(starts);
        Assert.Equal([8, 9, 3, 4, 8, 9, 3, 4, 1, 2, 8, 9, 1, 2, 8, 9], Eval(written));
    }

    [Fact]
    public void Jacobians_of_trees_have_their_structure()
    {
        var (w, x) = (variable("w", TensorType.F64(2, 3)), variable("x", TensorType.F64(3)));
        foreach (var (dw, dx) in new[] { jacfwd<(Expr W, Expr X)>(a => matmul(a.W, a.X))((w, x)), jacrev<(Expr W, Expr X)>(a => matmul(a.W, a.X))((w, x)) })
        {
            Assert.Equal((TensorType.F64(2, 2, 3), TensorType.F64(2, 3)), (dw.Type, dx.Type));
            (Expr, Tensor)[] at = [(w, Tensor.Of<double>([2, 3], [1, 2, 3, 4, 5, 6])), (x, Tensor.Of(7.0, 8.0, 9.0))];
            Assert.Equal([1, 2, 3, 4, 5, 6], Eval(dx, at));
            Assert.Equal([7, 8, 9, 0, 0, 0, 0, 0, 0, 7, 8, 9], Eval(dw, at));
        }
    }

    [Fact]
    public void The_jacobian_computes_the_value_once()
    {
        var x = variable("x", TensorType.F64(6));
        foreach (var jacobian in new[] { jacfwd(v => exp(v))(x), jacrev(v => exp(v))(x) })
            Assert.Equal(x.Type, Assert.Single(Fold.PostOrder(jacobian), n => n.Op is FloatUnary<Functions.Exp>).Type);
    }
}
