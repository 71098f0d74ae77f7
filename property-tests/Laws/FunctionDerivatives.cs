using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>
/// The derivative of every elementwise function, found by reflection, against central differences in f64: first, second and third, forward and
/// reverse. A new function needs a line in <see cref="Domains"/>, and no test.
/// </summary>
public sealed class FunctionDerivatives
{
    private const int Points = 23;

    /// <summary>Relative to 1 or to the derivative, whichever is greater; rounding in the differences is about 1e-13 / h.</summary>
    private const double Tolerance = 2e-10;

    private static readonly Reference Reference = new();

    private static IEnumerable<Type> Structs(params Type[] families) =>
        typeof(Functions).GetNestedTypes().Where(t => families.Any(f => f.IsAssignableFrom(t)) && t != typeof(Functions.StopGradient));

    public static TheoryData<string> Unaries => [.. Structs(typeof(IFloatUnary), typeof(INumberUnary)).Select(t => t.Name)];

    public static TheoryData<string> Binaries => [.. Structs(typeof(IFloatBinary), typeof(INumberBinary)).Select(t => t.Name)];

    [Fact]
    public void Every_function_declares_where_it_is_smooth()
    {
        Assert.Equal(Structs(typeof(IFloatUnary), typeof(INumberUnary)).Select(t => t.Name).Order(), Domains.Unary.Keys.Order());
        Assert.Equal(Structs(typeof(IFloatBinary), typeof(INumberBinary)).Select(t => t.Name).Order(), Domains.Binary.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Unaries))]
    public void Of_one_argument(string name)
    {
        foreach (var domain in Domains.Unary[name])
            Holds(name, a => Apply(name, a[0]), [domain.Points(Points)]);
    }

    [Theory]
    [MemberData(nameof(Binaries))]
    public void Of_two_arguments(string name)
    {
        foreach (var (x, y) in Domains.Binary[name])
        {
            ImmutableArray<double[]> at = [x.Points(Points), [.. y.Points(Points).Select((_, i) => y.Points(Points)[i * 7 % Points])]];
            Expr F(ImmutableArray<Expr> a) => Apply(name, a[0], a[1]);
            Holds(name, F, at);
            Mixed(name, a => grad(v => sum(F(a.SetItem(0, v))))(a[0]), 1, at);
            Mixed(name, a => grad(v => sum(F(a.SetItem(1, v))))(a[1]), 0, at);
        }
    }

    private static Expr Apply(string name, params Expr[] args)
    {
        var f = typeof(Functions).GetNestedType(name)!;
        var family = typeof(IFloatUnary).IsAssignableFrom(f) ? typeof(FloatUnary<>)
            : typeof(INumberUnary).IsAssignableFrom(f) ? typeof(NumberUnary<>)
            : typeof(IFloatBinary).IsAssignableFrom(f) ? typeof(FloatBinary<>)
            : typeof(NumberBinary<>);
        return Expr.Of((Op)Activator.CreateInstance(family.MakeGenericType(f), [.. args])!);
    }

    /// <summary>Each partial derivative of order 1, 2 and 3, forward and reverse, against the differences of the one below.</summary>
    private static void Holds(string name, Func<ImmutableArray<Expr>, Expr> f, ImmutableArray<double[]> at)
    {
        for (var argument = 0; argument < at.Length; argument++)
        {
            var below = f;
            for (var order = 1; order <= 3; order++)
            {
                var (lower, i) = (below, argument);
                Func<ImmutableArray<Expr>, Expr> reverse = a => grad(v => sum(lower(a.SetItem(i, v))))(a[i]);
                Func<ImmutableArray<Expr>, Expr> forward = a => jvp(v => lower(a.SetItem(i, v)), a[i], onesLike(a[i])).Tangent;
                var expected = Differences.Central(h => Values(lower, at.SetItem(i, [.. at[i].Select(x => x + h)])), 1.0 / 32);
                foreach (var (mode, derivative) in new[] { ("reverse", reverse), ("forward", forward) })
                {
                    var actual = Values(derivative, at);
                    for (var p = 0; p < Points; p++)
                        Assert.True(
                            Math.Abs(actual[p] - expected[p]) <= Tolerance * Math.Max(1, Math.Abs(expected[p])),
                            $"{name}: derivative {order} by argument {i}, {mode}, at ({string.Join(", ", at.Select(x => x[p]))}) is {actual[p]:R}, but the differences say {expected[p]:R}");
                }
                below = reverse;
            }
        }
    }

    /// <summary>The derivative by one argument of the partial derivative by the other.</summary>
    private static void Mixed(string name, Func<ImmutableArray<Expr>, Expr> partial, int argument, ImmutableArray<double[]> at)
    {
        var expected = Differences.Central(h => Values(partial, at.SetItem(argument, [.. at[argument].Select(x => x + h)])), 1.0 / 32);
        var actual = Values(a => grad(v => sum(partial(a.SetItem(argument, v))))(a[argument]), at);
        for (var p = 0; p < Points; p++)
            Assert.True(
                Math.Abs(actual[p] - expected[p]) <= Tolerance * Math.Max(1, Math.Abs(expected[p])),
                $"{name}: mixed derivative by argument {argument} last at ({string.Join(", ", at.Select(x => x[p]))}) is {actual[p]:R}, but the differences say {expected[p]:R}");
    }

    private static double[] Values(Func<ImmutableArray<Expr>, Expr> f, ImmutableArray<double[]> at) =>
        Reference.Compile(Function.Trace(a => [f(a)], [.. at.Select((_, i) => ($"x{i}", TensorType.F64(Points)))]))
            .Run([.. at.Select(x => Tensor.Of<double>(x))])[0].ToArray<double>();
}
