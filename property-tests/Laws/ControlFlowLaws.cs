using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>Loops and branches mean what their unrolled forms mean, forwards and backwards, and their graphs do not grow with the number of steps.</summary>
public sealed class ControlFlowLaws
{
    private static readonly Reference Reference = new();
    private static readonly TensorType State = TensorType.F64(2, 3);

    public static TheoryData<int, bool, Residuals> Loops
    {
        get
        {
            var data = new TheoryData<int, bool, Residuals>();
            foreach (var length in new[] { 0, 1, 2, 5, 11, 16 })
                foreach (var reverse in new[] { false, true })
                    foreach (var keep in Enum.GetValues<Residuals>())
                        data.Add(length, reverse, keep);
            return data;
        }
    }

    /// <summary>A step that uses carries of two types, a slice, a matrix and a scalar of outside, and gives an output.</summary>
    private static ((Expr, Expr) Carry, Expr Y) Step(Expr w, Expr s, (Expr H, Expr I) carry, Expr x)
    {
        var h = tanh(matmul(carry.H, w) + x * s) * (1 + 0.1 * convert(carry.I, DType.F64));
        return ((h, carry.I + 1), sum(h * x, 1));
    }

    private static (Expr Carry, Expr Ys) Looped(Expr w, Expr s, Expr h, Expr xs, bool reverse, Residuals keep)
    {
        var (carry, ys) = scan<(Expr, Expr), Expr, Expr>((c, x) => Step(w, s, c, x), (h, constant(0, DType.I32)), xs, reverse: reverse, keep: keep);
        return (carry.Item1, ys);
    }

    private static (Expr Carry, Expr Ys) Unrolled(Expr w, Expr s, Expr h, Expr xs, bool reverse)
    {
        var (carry, ys) = ((h, constant(0, DType.I32)), new Expr[xs.Shape[0]]);
        for (var i = 0; i < ys.Length; i++)
        {
            var t = reverse ? ys.Length - 1 - i : i;
            (carry, ys[t]) = Step(w, s, carry, index(xs, 0, t));
        }
        return (carry.Item1, ys.Length == 0 ? zeros(TensorType.F64(0, 2)) : stack(0, ys));
    }

    private static (Expr W, Expr S, Expr H, Expr Xs) Arguments(int length) =>
        (variable("w", TensorType.F64(3, 3)), variable("s", DType.F64), variable("h", State), variable("xs", TensorType.F64(length, 2, 3)));

    /// <summary>A number that depends on every element and on the order of the outputs.</summary>
    private static Expr Objective((Expr Carry, Expr Ys) r) => sum(sin(r.Carry)) + sum(r.Ys * r.Ys * (1 + iota(r.Ys.Type)));

    /// <summary>Both functions, of the same parameters, give the same numbers but for rounding.</summary>
    private static void Same(ImmutableArray<Expr> parameters, ImmutableArray<Expr> one, ImmutableArray<Expr> other, double tolerance = 1e-12)
    {
        var random = new Random(5);
        ImmutableArray<Tensor> inputs = [.. parameters.Select(p => Tensor.Of<double>(p.Shape, [.. Enumerable.Range(0, (int)p.Shape.Size).Select(_ => random.NextDouble() * 2 - 1)]))];
        var (a, b) = (Reference.Compile(new(parameters, one)).Run(inputs), Reference.Compile(new(parameters, other)).Run(inputs));
        Assert.Equal(b.Length, a.Length);
        for (var i = 0; i < a.Length; i++)
        {
            Assert.Equal(b[i].Type, a[i].Type);
            for (var j = 0; j < a[i].Shape.Size; j++)
                Assert.True(Math.Abs(a[i][j] - b[i][j]) <= tolerance * Math.Max(1, Math.Abs(b[i][j])), $"result {i}, element {j}: {a[i][j]:R}, not {b[i][j]:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public void A_scan_is_its_unrolled_form_in_value_gradient_and_tangent(int length, bool reverse, Residuals keep)
    {
        var (w, s, h, xs) = Arguments(length);
        ImmutableArray<Expr> parameters = [w, s, h, xs];
        Expr F(Expr w, Expr s, Expr h, Expr xs) => Objective(Looped(w, s, h, xs, reverse, keep));
        Expr G(Expr w, Expr s, Expr h, Expr xs) => Objective(Unrolled(w, s, h, xs, reverse));
        var (one, other) = (Looped(w, s, h, xs, reverse, keep), Unrolled(w, s, h, xs, reverse));
        Same(parameters, [one.Carry, one.Ys], [other.Carry, other.Ys]);
        var (dOne, dOther) = (grad(F)(w, s, h, xs), grad(G)(w, s, h, xs));
        Same(parameters, [dOne.Item1, dOne.Item2, dOne.Item3, dOne.Item4], [dOther.Item1, dOther.Item2, dOther.Item3, dOther.Item4]);
        (Expr, Expr, Expr, Expr) at = (w, s, h, xs), along = (sin(w), s + 1, h * h, cos(xs));
        Expr Tangent(Func<Expr, Expr, Expr, Expr, Expr> f) => jvp(v => f(v.Item1, v.Item2, v.Item3, v.Item4), at, along).Tangent;
        Same(parameters, [Tangent(F)], [Tangent(G)]);
    }

    [Theory]
    [InlineData(Residuals.Store)]
    [InlineData(Residuals.Recompute)]
    [InlineData(Residuals.SquareRoot)]
    public void Second_derivatives_of_a_scan_are_those_of_its_unrolled_form_in_every_mode(Residuals keep)
    {
        var (w, s, h, xs) = Arguments(5);
        ImmutableArray<Expr> parameters = [w, s, h, xs];
        Func<Expr, Expr> f = v => Objective(Looped(v, s, h, xs, false, keep)), g = v => Objective(Unrolled(v, s, h, xs, false));
        Expr ReverseReverse(Func<Expr, Expr> f) => grad(v => sum(grad(f)(v) * cos(v)))(w);
        Expr ForwardReverse(Func<Expr, Expr> f) => jvp(grad(f), w, cos(w)).Tangent;
        Expr ReverseForward(Func<Expr, Expr> f) => grad(v => jvp(f, v, cos(w)).Tangent)(w);
        Expr ForwardForward(Func<Expr, Expr> f) => jvp(v => jvp(f, v, cos(w)).Tangent, w, sin(w)).Tangent;
        Same(parameters, [ReverseReverse(f), ForwardReverse(f), ReverseForward(f), ForwardForward(f)], [ReverseReverse(g), ForwardReverse(g), ReverseForward(g), ForwardForward(g)], 1e-11);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public void Taylor_coefficients_of_a_scan_and_their_gradients_are_those_of_its_unrolled_form(int length, bool reverse, Residuals keep)
    {
        var (w, s, h, xs) = Arguments(length);
        (Expr, Expr, Expr, Expr) at = (w, s, h, xs), along = (sin(w), s + 1, h * h, cos(xs));
        ImmutableArray<Expr> Series(Func<Expr, Expr, Expr, Expr, Expr> f) => taylor<(Expr, Expr, Expr, Expr), Expr>(v => f(v.Item1, v.Item2, v.Item3, v.Item4), 4)(at, along);
        Expr F(Expr w, Expr s, Expr h, Expr xs) => Objective(Looped(w, s, h, xs, reverse, keep));
        Expr G(Expr w, Expr s, Expr h, Expr xs) => Objective(Unrolled(w, s, h, xs, reverse));
        Expr Second(Func<Expr, Expr, Expr, Expr, Expr> f) => grad(v => taylor(u => f(u, s, h, xs), 2)(v, cos(w))[2])(w);
        Same([w, s, h, xs], [.. Series(F), Second(F)], [.. Series(G), Second(G)], 1e-10);
    }

    [Fact]
    public void Only_what_is_differentiated_moves_through_a_scan()
    {
        var (w, s, h, xs) = Arguments(4);
        var d = grad(v => Objective(Looped(w, s, v, xs, false, Residuals.Store)))(h);
        var e = grad(v => Objective(Unrolled(w, s, v, xs, false)))(h);
        Same([w, s, h, xs], [d], [e]);
    }

    [Fact]
    public void A_scan_within_a_scan_is_its_unrolled_form()
    {
        var (w, s, h, xs) = Arguments(3);
        Expr Inner(Expr h, Expr x, Func<Expr, Expr, Expr> loop) => tanh(loop(h, x) + x);
        Expr Loop(Expr h, Expr x) => foriLoop(0, 4, (i, v) => sin(matmul(v, w)) * s + convert(i, DType.F64) * x, h);
        Expr Roll(Expr h, Expr x)
        {
            for (var i = 0; i < 4; i++) h = sin(matmul(h, w)) * s + i * x;
            return h;
        }
        Expr F(Expr w0, Expr h0) => sum(scan<Expr, Expr, ValueTuple>((v, x) => (Inner(v, x, Loop), default), h0 + sum(w0), xs).Carry);
        Expr G(Expr w0, Expr h0) => sum(Enumerable.Range(0, 3).Aggregate(h0 + sum(w0), (v, t) => Inner(v, index(xs, 0, t), Roll)));
        var (a, b) = (grad(F)(w, h), grad(G)(w, h));
        Same([w, s, h, xs], [F(w, h), a.Item1, a.Item2], [G(w, h), b.Item1, b.Item2], 1e-11);
        var (c, d) = (grad(v => Objective((scan<Expr, Expr, ValueTuple>((u, x) => (Inner(u, x, (p, q) => foriLoop(0, 4, (i, z) => sin(matmul(z, v)) * s + convert(i, DType.F64) * q, p)), default), h, xs).Carry, h)))(w),
            grad(v => Objective((Enumerable.Range(0, 3).Aggregate(h, (u, t) => Inner(u, index(xs, 0, t), (p, q) => Enumerable.Range(0, 4).Aggregate(p, (z, i) => sin(matmul(z, v)) * s + i * q))), h)))(w));
        Same([w, s, h, xs], [c], [d], 1e-11);
    }

    [Fact]
    public void A_while_is_its_unrolled_form_and_stops_at_its_limit()
    {
        var (x, y) = (variable("x", DType.F64), variable("y", DType.F64));
        Expr F(Expr x, Expr y) => whileLoop<(Expr A, Expr B)>(c => less(c.A, 50), c => (c.A * 2 + y * y, c.B * sin(c.A)), (abs(x) + 2, y), 10).B;
        Expr G(Expr x, Expr y)
        {
            var (a, b) = (abs(x) + 2, y);
            for (var i = 0; i < 10; i++)
            {
                var runs = less(a, 50);
                (a, b) = (where(runs, a * 2 + y * y, a), where(runs, b * sin(a), b));
            }
            return b;
        }
        var (dF, dG) = (grad(F)(x, y), grad(G)(x, y));
        var (tF, tG) = (jvp(v => F(v.Item1, v.Item2), (x, y), (y, x)).Tangent, jvp(v => G(v.Item1, v.Item2), (x, y), (y, x)).Tangent);
        Same([x, y], [F(x, y), dF.Item1, dF.Item2, tF], [G(x, y), dG.Item1, dG.Item2, tG]);
        Assert.Equal(32, Reference.Eval(whileLoop(v => less(v, 1e9), v => v * 2, constant(1, DType.F64), limit: 5)).Value);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void A_switch_is_the_branch_that_its_number_names_moved_into_range(int number)
    {
        var (x, y) = (variable("x", State), variable("y", State));
        Func<Expr, Expr>[] branches = [v => sin(v) * y, v => v, v => v * v * exp(y)];
        Expr F(Expr x, Expr y) => sum(switchCase(constant(number, DType.I32), x, v => sin(v) * y, v => v, v => v * v * exp(y)));
        Expr G(Expr x, Expr y) => sum(Math.Clamp(number, 0, 2) switch { 0 => sin(x) * y, 1 => x, _ => x * x * exp(y) });
        var (dF, dG) = (grad(F)(x, y), grad(G)(x, y));
        var (tF, tG) = (jvp(v => F(v.Item1, v.Item2), (x, y), (y, x)).Tangent, jvp(v => G(v.Item1, v.Item2), (x, y), (y, x)).Tangent);
        var (ddF, ddG) = (grad(v => sum(grad(u => F(u, y))(v) * y))(x), grad(v => sum(grad(u => G(u, y))(v) * y))(x));
        Same([x, y], [F(x, y), dF.Item1, dF.Item2, tF, ddF], [G(x, y), dG.Item1, dG.Item2, tG, ddG]);
    }

    [Fact]
    public void A_branch_not_taken_brings_no_NaN_in()
    {
        var x = variable("x", DType.F64);
        Expr F(Expr x) => cond(greater(x, 0), v => log(v), v => v * 3, x);
        Assert.Equal(3, Reference.Eval(grad(F)(x), (x, Tensor.Scalar(0.0))).Value);
        Assert.Equal(0.5, Reference.Eval(grad(F)(x), (x, Tensor.Scalar(2.0))).Value);
    }

    [Theory]
    [InlineData(Residuals.Store)]
    [InlineData(Residuals.Recompute)]
    [InlineData(Residuals.SquareRoot)]
    public void A_loop_and_its_gradient_have_as_many_nodes_for_any_number_of_steps(Residuals keep)
    {
        int Nodes(int length)
        {
            var (w, s, h, xs) = Arguments(length);
            var d = grad((Expr w, Expr s, Expr h, Expr xs) => Objective(Looped(w, s, h, xs, false, keep)))(w, s, h, xs);
            return Count([d.Item1, d.Item2, d.Item3, d.Item4]);
        }
        Assert.Equal(Nodes(16), Nodes(144));
        Assert.Equal(Nodes(200), Nodes(2000 + 22 * (keep == Residuals.SquareRoot ? 1 : 0)));
    }

    /// <summary>All nodes, those of bodies too.</summary>
    private static int Count(ImmutableArray<Expr> roots) =>
        Fold.PostOrder(roots) is var order ? order.Length + order.Sum(n => n.Op is Control c ? c.Bodies.Sum(b => Count(b.Results)) : 0) : 0;

    [Fact]
    public void What_does_not_depend_on_the_step_is_computed_once_outside()
    {
        var (w, x) = (variable("w", TensorType.F64(3, 3)), variable("x", TensorType.F64(3)));
        var y = foriLoop(0, 9, (_, v) => matmul(matmul(w, w), v), x);
        Assert.DoesNotContain(((Scan)y.Op).Body.Nodes, n => n.Op is Dot { X.Rank: 2, Y.Rank: 2 });
    }

    public static TheoryData<int> Subsets => [.. Enumerable.Range(1, 15)];

    /// <summary>Whatever of its arguments is batched, a loop or branch of the batch is the stack of the examples' own.</summary>
    [Theory]
    [MemberData(nameof(Subsets))]
    public void Batched_loops_and_branches_are_those_of_each_example(int subset)
    {
        var type = TensorType.F64(3);
        (Expr, Expr, Expr, Expr) F(Expr a, Expr b, Expr n, Expr xs)
        {
            var (carry, ys) = scan<(Expr, Expr), Expr, (Expr, Expr)>((c, x) => ((c.Item1 * b + x, c.Item2 - b), (c.Item1, x + b)), (a, ones(type)), xs, reverse: true);
            var loop = whileLoop<(Expr V, Expr N)>(c => greater(c.N, 0), c => (c.V + a, c.N - 1), (b, n), 3);
            var chosen = switchCase<Expr, Expr>(n, a, v => v + b, v => v * v, v => b);
            return (carry.Item1 + carry.Item2 + sum(ys.Item1, 0), ys.Item2, loop.V + convert(loop.N, DType.F64), chosen);
        }
        bool In(int i) => (subset >> i & 1) == 1;
        TensorType[] types = [type, type, TensorType.I32(), TensorType.F64(4, 3)];
        var args = types.Select((t, i) => variable($"v{i}", In(i) ? t with { Shape = t.Shape.Insert(0, 5) } : t)).ToImmutableArray();
        BatchAxes axes = [In(0) ? 0 : null, In(1) ? 0 : null, In(2) ? 0 : null, In(3) ? 0 : null];
        var batched = vmap<Expr, Expr, Expr, Expr, (Expr, Expr, Expr, Expr)>(F, axes)(args[0], args[1], args[2], args[3]);
        var each = Enumerable.Range(0, 5).Select(e => args.Select((a, i) => In(i) ? index(a, 0, e) : a).ToArray()).Select(a => F(a[0], a[1], a[2], a[3])).ToArray();
        var random = new Random(subset);
        ImmutableArray<Tensor> inputs = [.. args.Select(a => a.DType == DType.I32
            ? Tensor.Of<int>(a.Shape, [.. Enumerable.Range(0, (int)a.Shape.Size).Select(_ => random.Next(-1, 5))])
            : Tensor.Of<double>(a.Shape, [.. Enumerable.Range(0, (int)a.Shape.Size).Select(_ => (double)random.Next(-3, 4))]))];
        var results = Reference.Compile(new(args,
        [
            batched.Item1, batched.Item2, batched.Item3, batched.Item4,
            stack(0, [.. each.Select(e => e.Item1)]), stack(0, [.. each.Select(e => e.Item2)]), stack(0, [.. each.Select(e => e.Item3)]), stack(0, [.. each.Select(e => e.Item4)]),
        ])).Run(inputs);
        for (var i = 0; i < 4; i++) Assert.Equal(results[i + 4], results[i]);
    }

    [Fact]
    public void What_nothing_reads_of_a_loop_is_not_computed()
    {
        var (w, s, h, xs) = Arguments(6);
        var (carry, ys) = scan<(Expr A, Expr B, Expr C), Expr, (Expr, Expr)>(
            (c, x) => ((tanh(c.A + x), c.B * s + c.A, matmul(c.C, w)), (sum(c.B), sum(c.C))), (h, h, h), xs);
        var whole = ((Scan)carry.A.Inputs[0].Op, Simplify.Of([carry.A, ys.Item1]), Simplify.Of([carry.A]));
        var (both, one) = ((Scan)whole.Item2[0].Inputs[0].Op, (Scan)whole.Item3[0].Op);
        Assert.Equal((2, 1), (both.Carries, both.Constants));
        Assert.Equal((1, 0, 1), (one.Carries, one.Constants, one.Body.Results.Length));
        Same([w, s, h, xs], [.. whole.Item2], [carry.A, ys.Item1]);
        var loop = whileLoop<(Expr A, Expr B, Expr N)>(c => less(c.N, 3), c => (c.A * s, c.B + c.A, c.N + 1), (h, h, constant(0, DType.I32)), 5);
        Assert.Equal(2, ((While)simplify(loop.A).Inputs[0].Op).Body.Results.Length);
        Same([s, h], [simplify(loop.A), simplify(loop.B)], [loop.A, loop.B]);
        var chosen = switchCase<(Expr, Expr), (Expr, Expr)>(constant(1, DType.I32), (h, w), a => (a.Item1, a.Item2), a => (sin(a.Item1), a.Item2));
        Assert.Equal((2, 1), (simplify(chosen.Item1).Inputs.Length, simplify(chosen.Item1).Results.Length));
    }

    [Fact]
    public void A_body_is_simplified_too()
    {
        var x = variable("x", TensorType.F64(3));
        var y = simplify(foriLoop(0, 4, (_, v) => -(-(v * 1)) * x, x));
        Assert.Equal(3, ((Scan)y.Op).Body.Nodes.Length);
    }

    [Fact]
    public void Bad_loops_say_what_to_write_instead()
    {
        var x = variable("x", TensorType.F32(3));
        string Fails(Func<object> build) => Assert.Throws<ShapeError>(build).Message;
        Assert.Contains("give limit", Fails(() => whileLoop(v => less(sum(v), 3), v => v, x)), StringComparison.Ordinal);
        Assert.Contains("one bool scalar", Fails(() => whileLoop(v => less(v, 3), v => v, x, 3)), StringComparison.Ordinal);
        Assert.Contains("a step makes it f32[1,3]", Fails(() => foriLoop(0, 3, (_, v) => reshape(v, 1, 3), x)), StringComparison.Ordinal);
        Assert.Contains("the leading extents 3, 4 differ", Fails(() => scan<Expr, (Expr, Expr), Expr>((c, s) => (c, c), x, (x, zeros(TensorType.F32(4))))), StringComparison.Ordinal);
        Assert.Contains("say how many steps with length", Fails(() => scan<Expr, ValueTuple, Expr>((c, _) => (c, c), x, default)), StringComparison.Ordinal);
        Assert.Contains("bool scalar", Fails(() => cond(x, v => v, v => v, x)), StringComparison.Ordinal);
        Assert.Contains("make them alike", Fails(() => cond(less(sum(x), 1), v => v, v => sum(v), x)), StringComparison.Ordinal);
        Assert.Contains("at least one branch", Fails(() => switchCase<Expr, Expr>(constant(0, DType.I32), x)), StringComparison.Ordinal);
    }
}
