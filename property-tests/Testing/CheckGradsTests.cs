using Functional;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using static Functional.Testing.Checks;

namespace PropertyTests.Testing;

/// <summary>The public checker finds no fault with what is right, and names what is wrong.</summary>
public sealed class CheckGradsTests
{
    private static readonly Expr At = constant<double>([2, 3], 0.3, -0.7, 1.1, 0.4, -1.2, 0.9);
    private static readonly Expr W = constant<double>([3, 2], 0.5, -0.4, 0.2, 0.8, -0.3, 0.1);

    /// <summary>sin, with a derivative that is right only where <paramref name="slope"/> is cos.</summary>
    private static Expr Sine(Expr x, Func<Expr, Expr> slope) => customVjp(a => [sin(a[0])], (a, _, ct) => [ct[0] * slope(a[0])], x)[0];

    [Fact]
    public void Right_derivatives_hold_to_order_three()
    {
        assertGrads(x => sum(tanh(x) * exp(x)), At, order: 3);
        assertGrads((x, w) => softmax(matmul(x, w)), (At, W));
        assertGrads(x => Sine(x, cos), At, order: 3);
    }

    [Fact]
    public void Parameters_tuples_and_integers_are_arguments()
    {
        var model = Params<Expr>.Empty.With("weight", W).With("bias", constant<double>([2], 0.1, -0.2));
        assertGrads((p, x, labels) => crossEntropy(matmul(x, p["weight"]) + p["bias"], labels), (model, At, constant<int>([2], 1, 0)));
        assertGrads(x => (sum(x * x), argmax(x, 1), exp(x)), At);
    }

    [Fact]
    public void Single_precision_is_held_to_what_it_can_show()
    {
        var at = convert(At, DType.F32);
        assertGrads(x => sum(sin(x) * exp(x)), at);
        Assert.False(checkGrads(x => Sine(x, v => cos(v) * 1.05), at, order: 1).Holds);
    }

    [Fact]
    public void A_wrong_reverse_rule_is_found_and_the_argument_named()
    {
        static Expr Product(Expr x, Expr y) => customVjp(a => [a[0] * a[1]], (a, _, ct) => [ct[0] * a[1], ct[0] * a[1]], x, y)[0];
        var report = checkGrads(p => Product(p["a"], p["b"]), Params<Expr>.Empty.With("a", At).With("b", At * 2 + 1), order: 1);
        Assert.False(report.Holds);
        Assert.All(report.Failures, f => Assert.EndsWith("by b", f.Place, StringComparison.Ordinal));
        Assert.Contains("not", report.ToString(), StringComparison.Ordinal);
        Assert.Equal(report.ToString(), Assert.Throws<BrokenLaw>(report.OrThrow).Message);
    }

    [Fact]
    public void A_wrong_forward_rule_is_found_by_each_mode_alone()
    {
        static Expr Wrong(Expr x) => customJvp(a => [sin(a[0])], (a, t) => [t[0] * cos(a[0]) * 1.001], x)[0];
        Assert.Matches(@"^the tangent of f\[[01],[012]\] by x$", checkGrads(Wrong, At, order: 1, modes: Modes.Forward).Failures.Single().Place);
        Assert.False(checkGrads(Wrong, At, order: 1, modes: Modes.Reverse).Holds);
        Assert.True(checkGrads(Wrong, At, modes: Modes.Batch).Holds);
        Assert.True(checkGrads(Wrong, At, order: 0).Holds);
    }

    [Fact]
    public void A_wrong_second_derivative_is_found_at_order_two_only()
    {
        static Expr Slope(Expr x) => customVjp(a => [cos(a[0])], (a, _, ct) => [ct[0] * sin(a[0])], x)[0];
        Assert.True(checkGrads(x => Sine(x, Slope), At, order: 1).Holds);
        var second = checkGrads(x => Sine(x, Slope), At, order: 2);
        Assert.False(second.Holds);
        Assert.All(second.Failures, f => Assert.Contains("derivative of f", f.Of, StringComparison.Ordinal));
    }

    [Fact]
    public void A_kink_a_jump_a_stopped_gradient_and_the_end_of_a_domain_are_told_from_mistakes()
    {
        Assert.Contains("kink", Hint(relu, constant(0, DType.F64)), StringComparison.Ordinal);
        Assert.Contains("kink", Hint(x => max(x), constant<double>([2], 1, 1)), StringComparison.Ordinal);
        Assert.Contains("jumps", Hint(x => floor(x) + x, constant(1, DType.F64)), StringComparison.Ordinal);
        Assert.Contains("stopGradient", Hint(x => x * stopGradient(x), constant(2, DType.F64)), StringComparison.Ordinal);
        Assert.Contains("pole", Hint(sqrt, constant(0, DType.F64)), StringComparison.Ordinal);
        Assert.Contains("domain", Hint(log, constant(-1, DType.F64)), StringComparison.Ordinal);
        static string Hint(Func<Expr, Expr> f, Expr at) => checkGrads(f, at, order: 1, modes: Modes.Forward).Failures.Single().Hint!;
    }

    [Fact]
    public void Where_there_is_nothing_to_differentiate_an_error_says_so()
    {
        Assert.Contains("no argument is floating-point", Assert.Throws<ShapeError>(() => checkGrads(x => x * 2, constant(1, DType.I32))).Message, StringComparison.Ordinal);
        Assert.Contains("no result is floating-point", Assert.Throws<ShapeError>(() => checkGrads(x => argmax(x), At)).Message, StringComparison.Ordinal);
        Assert.Contains("is free", Assert.Throws<ShapeError>(() => checkGrads(x => x * variable("y", DType.F64), At)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_is_the_same_in_every_run_and_differs_by_seed()
    {
        static Finding[] Of(int seed) => [.. checkGrads(x => exp(x), At, seed: seed).Findings];
        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void Every_law_holds_of_a_network_on_either_interpreter()
    {
        var at = (At, W);
        checkLaws(((Expr X, Expr W) a) => sum(gelu(matmul(a.X, a.W)), 1), at).OrThrow();
        assertGrads((x, w) => sum(gelu(matmul(x, w)), 1), at, interpreter: new Functional.Interpreter.Cpu.Cpu(1));
    }

    [Fact]
    public void Kinks_beside_the_point_do_not_disturb()
    {
        for (var distance = 1e-1; distance > 1e-4; distance /= 3) assertGrads(x => relu(x) * x + abs(x), constant<double>([2], distance, -distance), order: 1);
    }
}
