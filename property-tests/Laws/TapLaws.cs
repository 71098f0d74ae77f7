using System.Collections.Immutable;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>A tap looks at a value, forward and adjoint, and changes nothing.</summary>
public sealed class TapLaws
{
    private static readonly Reference Reference = new();

    /// <summary>
    /// The function with a tap on every third node, in the bodies of its ops, too: there not on parameters, whose cotangents would add up in another
    /// order, those of the body first.
    /// </summary>
    private static Function Tapped(Function f, bool inside, bool isBody)
    {
        var number = 0;
        return new(f.Parameters, Fold.Rewrite(f.Results, x => x.Results.Length == 1 && x.Op is not Result && !(isBody && x.Op is Variable) && number++ % 3 == 0 ? tap(Bodies(x), $"v{number}") : Bodies(x)));
        Expr Bodies(Expr x) => inside ? Inside(x) : x;
    }

    private static Function Body(Function f) => Tapped(f, inside: true, isBody: true);

    private static Expr Inside(Expr x) => x.Op switch
    {
        Call c => Expr.Of(new Call(Body(c.Body), c.Args)),
        Composite c => Expr.Of(new Composite(c.Label, Body(c.Body), c.Args)),
        Checkpoint c => Expr.Of(new Checkpoint(Body(c.Body), c.Policy, c.Args)),
        Switch s => Expr.Of(new Switch([.. s.Branches.Select(Body)], s.Args)),
        Scan s => Expr.Of(s with { Body = Body(s.Body) }),
        While w => Expr.Of(w with { Condition = Body(w.Condition), Body = Body(w.Body) }),
        _ => x,
    };

    private static Function WithAdjoint(Function f)
    {
        ImmutableArray<Expr> wrt = [.. f.Parameters.Where(x => x.DType.IsFloat)];
        ImmutableArray<Expr> outputs = [.. f.Results.Where(y => y.DType.IsFloat)];
        var (y, pullback) = vjp(p => Named(Fold.Substitute(outputs, wrt.Zip(p.Values, KeyValuePair.Create).ToDictionary())), Named(wrt));
        var back = pullback(Named([.. y.Values.Select(onesLike)]));
        return new(f.Parameters, [.. y.Values, .. back.Values]);
    }

    [Fact]
    public void Taps_change_no_bit_and_no_kernel()
    {
        foreach (var p in Program.Of(Numbers.Smooth, DType.F64).Generator.Sample(100, 60))
        {
            var (plain, tapped) = (WithAdjoint(p.Function), WithAdjoint(Tapped(p.Function, inside: true, isBody: false)));
            var expected = Reference.Compile(plain).Run(p.Inputs);
            Assert.True(expected.SequenceEqual(Reference.Compile(tapped).Run(p.Inputs)), $"{p}");
            Assert.Equal(Lowering.Of(plain).Hash, Lowering.Of(WithAdjoint(Tapped(p.Function, inside: false, isBody: false))).Hash);
            var looked = taps(tapped);
            Assert.True(expected.SequenceEqual(Reference.Compile(looked.Program).Run(p.Inputs)[..expected.Length]), $"{p}");
            Assert.Equal(looked.Names.Length, looked.Program.Results.Length - expected.Length);
        }
    }

    [Fact]
    public void Forward_values_come_first_and_then_their_adjoints_under_primes()
    {
        var x = variable("x", DType.F64);
        var loss = valueAndGrad((Expr v) => tap(sin(tap(v * v, "square")), "sine"))(x);
        foreach (var interpreter in new IInterpreter[] { Reference, new Cpu(1) })
        {
            var (results, tapped) = interpreter.RunTapped(new([x], [loss.Value, loss.Gradient]), Tensor.Scalar(3.0));
            Assert.Equal(["square", "sine", "sine'", "square'"], tapped.Select(t => t.Name));
            double[] expected = [9, Math.Sin(9), 1, Math.Cos(9)];
            Assert.All(tapped.Zip(expected), t => Assert.Equal(t.Item2, t.Item1.Value.Value, 1e-12));
            Assert.Equal(results[0], tapped[1].Value);
        }
    }

    [Fact]
    public void Tangents_and_second_derivatives_are_tapped_too()
    {
        var x = variable("x", DType.F64);
        var (y, dy) = jvp(v => tap(v * v, "y"), x, onesLike(x));
        Assert.Equal(["y", "y'"], taps(new([x], [y, dy])).Names.ToArray());
        var second = grad(v => grad(u => sin(tap(u * u * u, "cube")))(v))(x);
        Assert.Contains("cube''", taps(new([x], [second])).Names);
    }

    [Fact]
    public void A_tap_inside_a_called_function_is_found()
    {
        var f = Function.Trace(a => [tap(a[0] + a[1], "sum") * a[1]], ("a", TensorType.F64()), ("b", TensorType.F64()));
        var x = variable("x", DType.F64);
        var once = call(f, x, x)[0];
        var (_, tapped) = Reference.RunTapped(new([x], [once + call(f, once, x)[0]]), Tensor.Scalar(2.0));
        Assert.Equal([("sum", 4.0), ("sum", 10.0)], tapped.Select(t => (t.Name, t.Value.Value)));
    }

    [Theory]
    [InlineData(Residuals.Store)]
    [InlineData(Residuals.Recompute)]
    public void A_tap_in_a_scan_shows_each_step_forward_and_adjoint(Residuals keep)
    {
        var x = variable("x", DType.F64);
        foreach (var reverse in new[] { false, true })
        {
            Expr Loop(Expr v) => scan<Expr, Expr, ValueTuple>((c, t) => (tap(c * v, "c") + t, default), v, vector(1.0, 10, 100), reverse: reverse, keep: keep).Carry;
            var loss = valueAndGrad<Expr>(Loop)(x);
            double[] carries = reverse ? [436, 208, 4] : [4, 10, 40], adjoints = reverse ? [1, 2, 4] : [4, 2, 1];
            foreach (var interpreter in new IInterpreter[] { Reference, new Cpu(1) })
            {
                var (results, tapped) = interpreter.RunTapped(new([x], [loss.Value, loss.Gradient]), Tensor.Scalar(2.0));
                Assert.Equal(["c", "c'"], tapped.Select(t => t.Name));
                Assert.Equal(carries, tapped[0].Value.ToArray<double>());
                Assert.Equal(adjoints, tapped[1].Value.ToArray<double>());
                Assert.True(interpreter.Compile(new([x], [loss.Value, loss.Gradient])).Run([Tensor.Scalar(2.0)]).SequenceEqual(results));
            }
        }
    }

    [Fact]
    public void A_tap_in_a_scan_of_square_root_residuals_is_shown_in_groups()
    {
        var x = variable("x", DType.F64);
        var loss = valueAndGrad((Expr v) => foriLoop(0, 7, (_, c) => tap(c * v, "c"), v, Residuals.SquareRoot))(x);
        var tapped = Reference.RunTapped(new([x], [loss.Value, loss.Gradient]), Tensor.Scalar(2.0)).Taps;
        Assert.Equal([("c", 6), ("c", 1), ("c'", 1), ("c'", 6)], tapped.Select(t => (t.Name, (int)t.Value.Shape.Size)));
        Assert.Equal([4, 8, 16, 32, 64, 128], tapped[0].Value.ToArray<double>());
        Assert.Equal([64, 32, 16, 8, 4, 2], tapped[3].Value.ToArray<double>());
    }

    [Fact]
    public void A_tap_in_a_while_loop_shows_its_steps_and_then_zeros()
    {
        var x = variable("x", DType.F64);
        var loss = valueAndGrad((Expr v) => whileLoop(c => less(tap(c, "test"), 30.0), c => tap(c * v, "c"), v, limit: 6))(x);
        var forward = whileLoop(c => less(tap(c, "test"), 30.0), c => tap(c * x, "c"), x, limit: 6);
        foreach (var interpreter in new IInterpreter[] { Reference, new Cpu(1) })
        {
            var tapped = interpreter.RunTapped(new([x], [forward]), Tensor.Scalar(3.0)).Taps;
            Assert.Equal(["test", "c"], tapped.Select(t => t.Name));
            Assert.Equal([3, 9, 27, 0, 0, 0], tapped[0].Value.ToArray<double>());
            Assert.Equal([9, 27, 81, 0, 0, 0], tapped[1].Value.ToArray<double>());
            var both = interpreter.RunTapped(new([x], [loss.Value, loss.Gradient]), Tensor.Scalar(3.0)).Taps.ToLookup(t => t.Name, t => t.Value);
            Assert.Equal([9, 27, 81, 0, 0, 0], both["c"].Single().ToArray<double>());
            Assert.Equal([9, 3, 1, 0, 0, 0], both["c'"].Single().ToArray<double>());
        }
        Assert.Equal([0], RunOnce(whileLoop(c => less(c, 30.0), c => tap(c * x, "c"), x, limit: 0)).Shape.ToArray());
        Tensor RunOnce(Expr y) => Reference.RunTapped(new([x], [y]), Tensor.Scalar(3.0)).Taps.Single().Value;
    }

    [Fact]
    public void A_tap_in_a_branch_shows_zeros_where_another_is_taken_and_one_value_where_both_have_it()
    {
        var (i, x) = (variable("i", DType.I32), variable("x", DType.F64));
        Expr Chosen(Expr v) => switchCase<Expr, Expr>(i, v, a => tap(a * a, "y"), a => tap(tap(-a, "minus") * 3, "y"));
        var loss = valueAndGrad<Expr>(Chosen)(x);
        foreach (var (branch, expected) in new[] { (0, new[] { 25.0, 0, 1, 0 }), (1, [-15.0, -5, 1, 3]) })
        {
            var tapped = Reference.RunTapped(new([i, x], [loss.Value, loss.Gradient]), Tensor.Scalar(branch), Tensor.Scalar(5.0)).Taps;
            Assert.Equal(["y", "minus", "y'", "minus'"], tapped.Select(t => t.Name));
            Assert.Equal(expected, tapped.Select(t => t.Value.Value));
        }
    }

    [Fact]
    public void What_is_computed_again_is_not_shown_again()
    {
        var x = variable("x", DType.F64);
        var loss = valueAndGrad((Expr v) => checkpoint(u => sin(tap(u * u, "square")))(call(Function.Trace(a => [tap(exp(a[0]), "exp")], ("a", TensorType.F64())), v)[0]))(x);
        var tapped = Reference.RunTapped(new([x], [loss.Value, loss.Gradient]), Tensor.Scalar(0.5)).Taps;
        Assert.Equal(["exp", "square", "square'", "exp'"], tapped.Select(t => t.Name));
    }

    private static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:000}", x)));
}
