using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>Power series and n-th derivatives against closed forms, and how their graphs grow.</summary>
public sealed class SeriesLaws
{
    private const int Most = 12;

    private static readonly Reference Reference = new();

    private static readonly Expr X = variable("x", DType.F64);

    private static double Factorial(int k) => k < 2 ? 1 : k * Factorial(k - 1);

    /// <summary>a (a − 1) … (a − k + 1) / k!.</summary>
    private static double Binomial(double a, int k) => k == 0 ? 1 : Binomial(a, k - 1) * (a - k + 1) / k;

    /// <summary>The coefficients of tanh, by y′ = 1 − y².</summary>
    private static double Tanh(double x, int k)
    {
        var y = new double[k + 1];
        y[0] = Math.Tanh(x);
        for (var i = 1; i <= k; i++) y[i] = ((i == 1 ? 1 : 0) - Enumerable.Range(0, i).Sum(j => y[j] * y[i - 1 - j])) / i;
        return y[k];
    }

    /// <summary>A function, where, and its k-th coefficient there.</summary>
    private static Dictionary<string, (Func<Expr, Expr> F, double At, Func<double, int, double> Coefficient)> ClosedForms { get; } = new()
    {
        ["exp"] = (exp, 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["sin"] = (sin, 0.7, (x, k) => Math.Sin(x + k * Math.PI / 2) / Factorial(k)),
        ["cos of 2x"] = (x => cos(x * 2), 0.7, (x, k) => Math.Cos(2 * x + k * Math.PI / 2) * Math.Pow(2, k) / Factorial(k)),
        ["log"] = (log, 1.3, (x, k) => k == 0 ? Math.Log(x) : (k % 2 == 0 ? -1 : 1) / (k * Math.Pow(x, k))),
        ["sqrt"] = (sqrt, 1.3, (x, k) => Binomial(0.5, k) * Math.Pow(x, 0.5 - k)),
        ["1/(1 − x)"] = (x => 1 / (1 - x), 0.3, (x, k) => Math.Pow(1 - x, -k - 1)),
        ["x^2.5"] = (x => pow(x, constant(2.5, DType.F64)), 1.3, (x, k) => Binomial(2.5, k) * Math.Pow(x, 2.5 - k)),
        ["x³ at 0"] = (x => x * x * x, 0, (_, k) => k == 3 ? 1 : 0),
        ["tanh"] = (tanh, 0.4, Tanh),
        ["logistic"] = (logistic, 0.8, (x, k) => (k == 0 ? 0.5 : 0) + 0.5 * Tanh(x / 2, k) / Math.Pow(2, k)),
        ["relu"] = (relu, 0.8, (x, k) => k == 0 ? x : k == 1 ? 1 : 0),
        ["where"] = (x => where(greater(x, 0), exp(x), log(x)), 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["floor"] = (floor, 0.7, (_, _) => 0),
        ["a custom rule"] = (x => customJvp(a => [exp(a[0])], (a, t) => [t[0] * exp(a[0])], x)[0], 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["a reverse rule"] = (x => customVjp(a => [exp(a[0])], (_, y, ct) => [ct[0] * y[0]], x)[0], 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["a call"] = (x => call(Function.Trace(a => [a[0] * 1, exp(a[0])], ("a", TensorType.F64())), x)[1], 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["a loop"] = (x => scan<(Expr H, Expr X), Expr, ValueTuple>(
            (c, a) => ((c.H * exp(c.X * a), c.X), default), (constant(1, DType.F64), x), vector(1, 0.5, 0.5)).Carry.H, 0.7, (x, k) => Math.Exp(2 * x) * Math.Pow(2, k) / Factorial(k)),
        ["a loop within a loop"] = (x => foriLoop(0, 2, (_, v) => foriLoop(0, 2, (_, u) => u * exp(x), v), constant(1, DType.F64)), 0.2, (x, k) => Math.Exp(4 * x) * Math.Pow(4, k) / Factorial(k)),
        ["what a loop gives at each step"] = (x => sum(scan<ValueTuple, Expr, Expr>((_, a) => (default, exp(a)), default, x * vector(1.0, 1, 1), reverse: true).Ys) / 3,
            0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["a while"] = (x => whileLoop<(Expr V, Expr N)>(c => less(c.N, 3), c => (c.V * exp(x), c.N + 1), (exp(x), constant(0, DType.I32)), 5).V,
            0.2, (x, k) => Math.Exp(4 * x) * Math.Pow(4, k) / Factorial(k)),
        ["a branch"] = (x => cond(greater(x, 0), exp, v => v, x), 0.7, (x, k) => Math.Exp(x) / Factorial(k)),
        ["a checkpoint"] = (x => checkpoint(v => exp(v) * exp(v))(x), 0.2, (x, k) => Math.Exp(2 * x) * Math.Pow(2, k) / Factorial(k)),
        ["a call within a loop"] = (x => foriLoop(0, 2, (_, v) => call(Function.Trace(a => [a[0] * exp(a[1])], ("a", TensorType.F64()), ("b", TensorType.F64())), v, x)[0], constant(1, DType.F64)),
            0.2, (x, k) => Math.Exp(2 * x) * Math.Pow(2, k) / Factorial(k)),
        ["matrices"] = (x =>
        {
            var m = exp(x) * constant<double>([2, 2], 1, 2, 3, 4);
            return sum(matmul(m, m)) / 54;
        }, 0.2, (x, k) => Math.Exp(2 * x) * Math.Pow(2, k) / Factorial(k)),
    };

    public static TheoryData<string> Names => [.. ClosedForms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Coefficients_and_derivatives_have_their_closed_forms(string name)
    {
        var (f, at, coefficient) = ClosedForms[name];
        var series = taylor(f, Most)(X, constant(1, DType.F64));
        for (var k = 0; k <= Most; k++)
        {
            var expected = coefficient(at, k);
            var actual = Reference.Eval(series[k], (X, Tensor.Scalar(at))).Value;
            var derivative = Reference.Eval(nth(f, k)(X), (X, Tensor.Scalar(at))).Value;
            Assert.True(Math.Abs(actual - expected) <= 1e-12 * Math.Max(1, Math.Abs(expected)), $"coefficient {k} is {actual:R}, not {expected:R}");
            Assert.True(Math.Abs(derivative - expected * Factorial(k)) <= 1e-11 * Math.Max(1, Math.Abs(expected * Factorial(k))), $"derivative {k} is {derivative:R}, not {expected * Factorial(k):R}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Twice_the_order_takes_a_polynomial_number_of_nodes(string name)
    {
        var f = ClosedForms[name].F;
        int Nodes(int order) => Count(taylor(f, order)(X, constant(1, DType.F64)));
        var (four, eight, sixteen) = (Nodes(4), Nodes(8), Nodes(16));
        var power = name == "x^2.5" ? 8 : 4;
        Assert.True(eight <= power * four && sixteen <= power * eight, $"{four}, {eight}, {sixteen} nodes");
    }

    /// <summary>All nodes, those of bodies too.</summary>
    private static int Count(ImmutableArray<Expr> roots) => Fold.PostOrder(roots).Sum(n => 1 + (n.Op is Control c ? c.Bodies.Sum(b => Count(b.Results)) : 0));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loop_a_branch_or_a_checkpoint_stands_once_in_all_its_coefficients(string name)
    {
        int Owners(ImmutableArray<Expr> roots) => Fold.PostOrder(roots).Count(n => n.Op is Scan or While or Switch or Checkpoint);
        var f = ClosedForms[name].F;
        Assert.Equal(Owners([f(X)]), Owners(taylor(f, 6)(X, constant(1, DType.F64))));
    }

    [Fact]
    public void Along_a_direction_of_several_arguments()
    {
        var (a, b) = (variable("a", TensorType.F64(2)), variable("b", DType.F64));
        var (u, v) = (constant<double>([2], 1, -2), constant(3, DType.F64));
        var series = taylor<(Expr A, Expr B), (Expr, Expr)>(x => (sum(x.A * x.A) * x.B, x.B), 4)((a, b), (u, v));
        (Expr, Tensor)[] at = [(a, Tensor.Of(1.0, 2.0)), (b, Tensor.Scalar(1.0))];
        // (1 + s)² + (2 − 2s)² = 5 − 6s + 5s², times 1 + 3s
        Assert.Equal([5, 9, -13, 15, 0], series.Select(c => Reference.Eval(c.Item1, at).Value));
        Assert.Equal([1, 3, 0, 0, 0], series.Select(c => Reference.Eval(c.Item2, at).Value));
    }

    public static TheoryData<string> Unaries => [.. Domains.Unary.Keys];

    [Theory]
    [MemberData(nameof(Unaries))]
    public void The_nth_derivative_of_every_function_is_nested_forward_mode(string name)
    {
        var f = typeof(Functions).GetNestedType(name)!;
        var family = typeof(IFloatUnary).IsAssignableFrom(f) ? typeof(FloatUnary<>) : typeof(NumberUnary<>);
        Expr F(Expr x) => Expr.Of((Op)Activator.CreateInstance(family.MakeGenericType(f), x)!);
        foreach (var domain in Domains.Unary[name])
        {
            var xs = vector<double>(domain.Points(9));
            Func<Expr, Expr> nested = F;
            for (var k = 1; k <= 4; k++)
            {
                var below = nested;
                nested = x => jvp(below, x, onesLike(x)).Tangent;
                var (actual, expected) = (Reference.Eval(vmap(nth(F, k))(xs)).ToArray<double>(), Reference.Eval(nested(xs)).ToArray<double>());
                foreach (var (a, e) in actual.Zip(expected))
                    Assert.True(Math.Abs(a - e) <= 1e-9 * Math.Max(1, Math.Abs(e)), $"derivative {k} is {a:R}, not {e:R}");
            }
        }
    }
}
