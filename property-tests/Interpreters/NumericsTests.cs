using System.Runtime.CompilerServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>The first node that is NaN or infinite is found, with what it read, where it came from, and the line of this file.</summary>
public sealed class NumericsTests
{
    private static readonly IInterpreter[] interpreters = [new Reference(), new Cpu(1)];

    private static int Here([CallerLineNumber] int line = 0) => line;

    private static NonFinite Found(IInterpreter interpreter, Func<Expr> build, params (Expr, Tensor)[] bindings) =>
        interpreter.CheckNumerics(build, bindings).Match(x => throw new InvalidOperationException($"nothing was found, and the value is {x}"), e => (NonFinite)e);

    [Fact]
    public void A_finite_program_gives_its_value()
    {
        var x = variable("x", TensorType.F64(3));
        foreach (var interpreter in interpreters)
            Assert.Equal(interpreter.Eval(sum(exp(x)), (x, Tensor.Of(1.0, 2, 3))), interpreter.CheckNumerics(sum(exp(x)), (x, Tensor.Of(1.0, 2, 3))).IfFail(e => throw new InvalidOperationException(e.Message)));
    }

    [Fact]
    public void Zero_by_zero_log_of_zero_and_overflow_are_found_where_they_happen()
    {
        var (x, y) = (variable("x", TensorType.F32(3)), variable("y", TensorType.F32(3)));
        var (left, right) = (Tensor.Of(1f, 0, 2), Tensor.Of(1f, 0, 4));
        foreach (var interpreter in interpreters)
        {
            var quotient = Found(interpreter, () => sum((x - 1 + 1) / y), (x, left), (y, right));
            Assert.Equal("div", quotient.Node.Op.Name);
            Assert.Equal(Here() - 2, quotient.Location!.Value.Line);
            Assert.StartsWith("NaN at [1] of 0 and 0 (1 NaN of 3)\n(x - 1 + 1) / y: f32[3], built at NumericsTests.cs:", quotient.Message);
            var logarithm = Found(interpreter, () => exp(sum(log(x) + y)), (x, left), (y, right));
            Assert.StartsWith("-Infinity at [1] of 0 (1 infinite of 3)\nlog(x): f32[3], built at NumericsTests.cs:", logarithm.Message);
            var overflow = Found(interpreter, () => 1 / exp(100 * x), (x, left));
            Assert.Equal("exp", overflow.Node.Op.Name);
            Assert.Contains("Infinity at [0] of 100", overflow.Message);
            var total = Found(interpreter, () => sum(x * 3e38f), (x, left));
            Assert.Equal("mul", total.Node.Op.Name);
            var long_ = Found(interpreter, () => sum(x + 3e38f), (x, left));
            Assert.Equal("sum", long_.Node.Op.Name);
            Assert.Contains("of operands within [3E", long_.Message);
        }
    }

    [Fact]
    public void An_input_that_is_not_finite_is_named_first()
    {
        var x = variable("x", TensorType.F32(2));
        foreach (var interpreter in interpreters)
            Assert.StartsWith("NaN at [1] as it is given", Found(interpreter, () => exp(x) + x, (x, Tensor.Of(1f, float.NaN))).Message);
    }

    [Fact]
    public void An_infinite_constant_is_no_problem_until_it_makes_nan()
    {
        var x = variable("x", TensorType.F32(2));
        foreach (var interpreter in interpreters)
        {
            var masked = where(less(x, 0), double.NegativeInfinity, x);
            Assert.True(interpreter.CheckNumerics(exp(masked), (x, Tensor.Of(1f, -1))).IsSucc);
            Assert.Equal("sub", Found(interpreter, () => masked - masked, (x, Tensor.Of(1f, -1))).Node.Op.Name);
        }
    }

    [Fact]
    public void In_the_adjoint_of_sqrt_where_and_norm_the_forward_node_is_named()
    {
        var x = variable("x", TensorType.F64(3));
        var at = Tensor.Of(1.0, 0, 4);
        foreach (var interpreter in interpreters)
        {
            var root = Found(interpreter, () => sum(grad(v => sum(sqrt(v)))(x)), (x, at));
            Assert.Equal("sqrt", root.Forward.Op.Name);
            Assert.Equal(Here() - 2, root.Location!.Value.Line);
            Assert.Contains("\n  vjp of sqrt, from\nsqrt(x): f64[3], built at NumericsTests.cs:", root.Message);

            var safe = Found(interpreter, () => sum(grad(v => sum(where(greater(v, 0), sqrt(v), v)))(x)), (x, at));
            Assert.Equal("sqrt", safe.Forward.Op.Name);

            var norm = Found(interpreter, () => sum(grad(v => sqrt(sum(v * v)))(x)), (x, Tensor.Zeros(x.Type)));
            Assert.Equal("sqrt", norm.Forward.Op.Name);
            Assert.Contains("sqrt(sum(x * x, axes=[0])): f64[], built at", norm.Message);
        }
    }

    [Fact]
    public void In_a_function_that_is_called_the_node_within_is_named()
    {
        var x = variable("x", DType.F64);
        foreach (var interpreter in interpreters)
        {
            var found = Found(interpreter, () => call(Function.Trace(a => [exp(log(a[0]))], ("a", TensorType.F64())), x * 2)[0], (x, Tensor.Scalar(0.0)));
            Assert.StartsWith("-Infinity of 0 (1 infinite of 1), in the body of call\nlog(a): f64[], built at NumericsTests.cs:", found.Message);
            var named = Found(interpreter, () => grad(v => composite("norm", a => sqrt(a[0] * a[0]), v))(x), (x, Tensor.Scalar(0.0)));
            Assert.Equal("sqrt", named.Forward.Op.Name);
            Assert.Contains("\n  body of norm, from\nnorm(x): f64[], built at", named.Message);
        }
    }

    [Fact]
    public void In_a_loop_or_a_branch_the_step_and_the_branch_are_named()
    {
        var x = variable("x", DType.F64);
        foreach (var interpreter in interpreters)
        {
            var step = Found(interpreter, () => scan((Expr c, Expr _) => (log(c), c), x, arange(5, DType.F64), 5).Carry, (x, Tensor.Scalar(Math.E)));
            Assert.StartsWith("-Infinity of 0 (1 infinite of 1), in step 2 of scan\nlog(", step.Message);
            var branch = Found(interpreter, () => cond(greater(x, 1), (Expr v) => v, v => log(v), x), (x, Tensor.Scalar(0.0)));
            Assert.Contains(", in branch 0 of switch\nlog(", branch.Message);
        }
    }
}
