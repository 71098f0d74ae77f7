using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>Jacobians, Hessians, linear maps and Taylor coefficients of random programs, against each other, forward mode and central differences.</summary>
public sealed class JacobianLaws
{
    private static readonly Reference Reference = new();

    [Fact]
    public void Forward_and_reverse_mode_give_one_jacobian_and_its_products_are_tangents() => ForMost(200, p =>
    {
        var (f, x) = Of(p);
        var t = variable("t", x.Type);
        var (value, tangent) = jvp(f, x, t);
        var (forward, reverse) = (jacfwd(f)(x), jacrev(f)(x));
        if (forward.Shape != value.Shape.Concat(x.Shape) || reverse.Type != forward.Type) return false;
        var product = dot(forward, t, [], [], Axes.Range(value.Rank, forward.Rank), Axes.Range(0, t.Rank));
        return Same(p, [t], [(forward, reverse), (product, tangent)]);
    });

    [Fact]
    public void The_hessian_is_symmetric_and_its_products_are_differences_of_the_gradient() => ForMost(150, p =>
    {
        if (p.Function.Nodes.Any(n => n.Op is NumberUnary<Functions.StopGradient>)) return null;
        var (f, x) = Of(p);
        Expr Loss(Expr v) => sum(sin(f(v)));
        var (t, h) = (variable("t", x.Type), variable("h", DType.F64));
        var (second, product, gradient) = (hessian(Loss)(x), hvp(Loss, x, t), grad(Loss)(x + h * t));
        if (second.Shape != x.Shape.Concat(x.Shape)) return false;
        var turned = permute(second, Axes.Range(x.Rank, 2 * x.Rank).Concat(Axes.Range(0, x.Rank)));
        var along = dot(second, t, [], [], Axes.Range(x.Rank, 2 * x.Rank), Axes.Range(0, x.Rank));
        if (Same(p, [t], [(second, turned), (along, product)]) is not true and var verdict) return verdict;
        var run = Reference.Compile(new([.. p.Function.Parameters, t, h], [product, gradient]));
        ImmutableArray<Tensor> At(double step) => run.Run([.. p.Inputs, .. p.Values([t.Type], 7), Tensor.Scalar(step)]);
        var expected = Differences.Central(step => At(step)[1].ToArray<double>(), 1.0 / 64);
        var (actual, slope) = (At(0)[0].ToArray<double>(), At(0)[1].ToArray<double>());
        var size = actual.Concat(slope).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return size > 1e4 ? null : actual.Zip(expected, (a, e) => Math.Abs(a - e)).All(error => error <= 1e-8 * Math.Max(1, size));
    });

    [Fact]
    public void The_hessian_of_parameters_is_its_blocks_and_a_product_with_it_is_their_sum()
    {
        var x = Derivatives.Named([variable("a", TensorType.F64(2)), variable("b", TensorType.F64(3, 2)), variable("c", DType.F64)]);
        static Expr F(Params<Expr> p) => sum(sin(p["0001"] * p["0000"])) * exp(p["0002"]) + sum(p["0000"] * p["0000"] * p["0000"]);
        Params<Expr> direction = x.Map(v => cos(v) + 1);
        var (blocks, product) = (hessian(F)(x), hvp<Params<Expr>>(F, x, direction));
        var (one, other) = (new List<Expr>(), new List<Expr>());
        foreach (var (p, row) in x)
        {
            one.Add(product[p]);
            other.Add(x.Paths.Select(q => dot(blocks[p][q], direction[q], [], [], Axes.Range(row.Rank, row.Rank + x[q].Rank), Axes.Range(0, x[q].Rank))).Aggregate((u, v) => u + v));
            foreach (var (q, column) in x)
            {
                one.Add(blocks[p][q]);
                other.Add(jacfwd(v => grad<Params<Expr>>(F)(x.With(q, v))[p])(column));
            }
            one.Add(blocks[p][p]);
            other.Add(hessian(v => F(x.With(p, v)))(row));
        }
        var inputs = Values.Drawn([.. x.Values.Select(v => v.Type)], Numbers.Smooth, 3);
        var run = Reference.Compile(new([.. x.Values], [.. one, .. other])).Run(inputs);
        for (var i = 0; i < one.Count; i++)
        {
            Assert.Equal(run[one.Count + i].Type, run[i].Type);
            foreach (var (actual, expected) in Values.Elements(run[i]).Zip(Values.Elements(run[one.Count + i]))) Assert.Equal(expected, actual, 1e-12);
        }
    }

    [Fact]
    public void A_linear_map_gives_the_tangents_of_forward_mode_and_computes_nothing_known_again() => ForMost(200, p =>
    {
        var (f, x) = Of(p);
        var (t, u) = (variable("t", x.Type), variable("u", x.Type));
        var (value, map) = linearize(f, x);
        var known = Fold.PostOrder(value, map(t)).ToHashSet();
        var moving = new HashSet<Expr> { u };
        foreach (var node in Fold.PostOrder(map(u)))
        {
            if (node.Inputs.Any(moving.Contains)) moving.Add(node);
            else if (node != u && node.Op is not (Broadcast or Reshape) && !known.Contains(node)) return false;
        }
        return Same(p, [t], [(value, f(x)), (map(t), jvp(f, x, t).Tangent), (map(t + t * 2), map(t) * 3)]);
    });

    [Fact]
    public void The_linear_map_of_a_scan_computes_no_value_of_its_steps_again()
    {
        var (x, t) = (variable("x", TensorType.F64(3)), variable("t", TensorType.F64(3)));
        Expr Inner(Expr v) => scan<Expr, Expr, ValueTuple>((c, i) => (tanh(c * sum(v)) + i, default), sum(v), vector(0.5, -0.25)).Carry;
        Expr F(Expr v) => scan<Expr, Expr, Expr>((c, i) => (sin(c * v) * Inner(v) + i, exp(c)), v, vector(0.1, 0.2, 0.3, 0.4)) is var (carry, ys) ? carry + sum(ys, 0) : v;
        var (value, map) = linearize<Expr, Expr>(F, x);
        static IEnumerable<string> Names(IEnumerable<Expr> nodes) => nodes.SelectMany(n => n.Op is Control c ? c.Bodies.SelectMany(b => Names(b.Nodes)) : [n.Op.Name]);
        var linear = Names(Fold.PostOrder(map(t)).Except(Fold.PostOrder(value)).Where(n => n.Op is Control)).ToList();
        Assert.Contains("mul", linear);
        Assert.DoesNotContain(linear, name => name is "tanh" or "sin" or "cos" or "exp");
        var inputs = Values.Drawn([x.Type, t.Type], Numbers.Smooth, 5);
        var run = Reference.Compile(new([x, t], [value, F(x), map(t), jvp<Expr, Expr>(F, x, t).Tangent])).Run(inputs);
        Assert.Equal(run[1], run[0]);
        foreach (var (actual, expected) in Values.Elements(run[2]).Zip(Values.Elements(run[3]))) Assert.Equal(expected, actual, 1e-12);
    }

    [Fact]
    public void Taylor_coefficients_are_nested_tangents_over_factorials() => ForMost(200, p =>
    {
        var (f, x) = Of(p);
        var v = variable("v", x.Type);
        var series = taylor(f, 3)(x, v);
        Func<Expr, Expr> first = a => jvp(f, a, v).Tangent;
        Func<Expr, Expr> second = a => jvp(first, a, v).Tangent;
        var third = jvp(second, x, v).Tangent;
        return Same(p, [v], [(series[0], f(x)), (series[1], first(x)), (series[2] * 2, second(x)), (series[3] * 6, third)]);
    });

    /// <summary>The floating-point result that takes most nodes, as a function of a floating-point parameter that it depends on, where there is one.</summary>
    private static (Func<Expr, Expr> F, Expr X) Of(Program p)
    {
        var y = p.Function.Results.Where(r => r.DType.IsFloat).MaxBy(r => Fold.PostOrder(r).Length)!;
        var x = Fold.PostOrder(y).FirstOrDefault(n => n.Op is Variable && n.DType.IsFloat) ?? p.Function.Parameters.First(v => v.DType.IsFloat);
        return (v => Fold.Substitute(y, x, v), x);
    }

    /// <summary>Whether each pair is equal up to rounding; null where all but the first are zero, or so large that rounding hides everything.</summary>
    private static bool? Same(Program p, ImmutableArray<Expr> others, ImmutableArray<(Expr Left, Expr Right)> pairs)
    {
        var run = Reference.Compile(new([.. p.Function.Parameters, .. others], [.. pairs.SelectMany(pair => new[] { pair.Left, pair.Right })]));
        var values = run.Run([.. p.Inputs, .. p.Values([.. others.Select(o => o.Type)], 7)]);
        var size = values.SelectMany(v => v.ToArray<double>()).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (var i = 0; i < values.Length; i += 2)
        {
            if (values[i].Type != values[i + 1].Type) return false;
            for (var j = 0; j < values[i].Shape.Size; j++)
                if (!(Math.Abs(values[i][j] - values[i + 1][j]) <= 1e-10 * Math.Max(1, size))) return size > 1e8 || double.IsNaN(size) ? null : false;
        }
        return values.Skip(2).All(v => v.ToArray<double>().All(e => e == 0)) ? null : true;
    }

    private static void ForMost(int count, Func<Program, bool?> law) => ForPrograms.ForMost(Numbers.Smooth, DType.F64, count, law, oneIn: 4);
}
