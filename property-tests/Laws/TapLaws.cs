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

    /// <summary>The results with a tap on every node that is read, and the adjoints.</summary>
    private static Function Tapped(Function f)
    {
        var number = 0;
        return new(f.Parameters, Fold.Rewrite(f.Results, x => x.Results.Length == 1 && x.Op is not Result && number++ % 3 == 0 ? tap(x, $"v{number}") : x));
    }

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
            var (plain, tapped) = (WithAdjoint(p.Function), WithAdjoint(Tapped(p.Function)));
            var expected = Reference.Compile(plain).Run(p.Inputs);
            Assert.True(expected.SequenceEqual(Reference.Compile(tapped).Run(p.Inputs)), $"{p}");
            Assert.Equal(Lowering.Of(plain).Hash, Lowering.Of(tapped).Hash);
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

    private static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:000}", x)));
}
