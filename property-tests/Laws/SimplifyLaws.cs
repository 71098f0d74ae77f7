using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>Each rewrite by its law: it speaks of its instance, and keeps the value; the exact ones at NaN, infinities and both zeros too.</summary>
public sealed class SimplifyLaws
{
    private static readonly Reference Reference = new();
    private static readonly double[] Corners = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, 1, -1, 2.5, -1e-310, 1e308];
    private static readonly double[] Plain = [0.5, 1, 2.5, 3, 0.25, 4, 1.5, 2, 5, 0.75];

    private static readonly Expr X = variable("x", TensorType.F64(10));
    private static readonly Expr Y = variable("y", TensorType.F64(10));

    private static readonly Expr Z = Full(1.5);

    private static Expr Full(double value) => full(X.Type, value);

    private static Expr Grid(Expr x) => reshape(x, 2, 5);

    /// <summary>What each law speaks of.</summary>
    public static ImmutableDictionary<string, Expr[]> Instances { get; } = new Dictionary<string, Expr[]>
    {
        ["x + (−0) = x"] = [X + Full(-0.0), Full(-0.0) + X],
        ["x − 0 = x"] = [X - Full(0)],
        ["x · 1 = x"] = [X * Full(1), Full(1) * X],
        ["x / 1 = x"] = [X / Full(1)],
        ["x · (−1) = −x"] = [X * Full(-1), Full(-1) * X],
        ["−(−x) = x"] = [-(-X)],
        ["x + (−y) = x − y"] = [X + -Y, -X + Y],
        ["x − (−y) = x + y"] = [X - -Y],
        ["(−x) · (−y) = x · y"] = [-X * -Y],
        ["(−x) · y = −(x · y)"] = [-X * Y, X * -Y],
        ["(−x) / y = −(x / y), floating-point"] = [-X / Y],
        ["where(p, x, x) = x"] = [where(less(X, Y), X, X)],
        ["where(true, x, y) = x, where(false, x, y) = y"] = [where(full(TensorType.Bool(10), 1), X, Y), where(full(TensorType.Bool(10), 0), X, Y)],
        ["f(constants) = constant"] = [sin(constant(2, DType.F64)), constant(0.1, DType.F64) + constant(0.2, DType.F64), convert(constant(0.1, DType.F64), DType.F32)],
        ["f(broadcast x, …) = broadcast f(x, …)"] = [Twice(X, Y, (x, y) => x + y), Twice(X, Y, (x, _) => exp(x))],
        ["reshape of reshape = reshape"] = [reshape(reshape(X, 2, 5), 5, 2)],
        ["reshape to the same shape = x"] = [Expr.Of(new Reshape(X, X.Shape))],
        ["permute of permute = permute"] = [permute(permute(reshape(X, 1, 2, 5), [1, 2, 0]), [1, 2, 0]), permute(permute(reshape(X, 1, 2, 5), [2, 0, 1]), [0, 2, 1])],
        ["broadcast of broadcast = broadcast"] = [broadcast(broadcast(X, [3, 10], [1]), [3, 4, 10], [0, 2])],
        ["reverse of reverse = x"] = [reverse(reverse(Grid(X), [1]), [1])],
        ["permute that swaps the free axes of dot = dot with operands exchanged"] = [transpose(dot(reshape(X, 5, 2), reshape(Y, 2, 5), [], [], [1], [0]))],
        ["stopGradient of stopGradient = stopGradient"] = [stopGradient(stopGradient(X))],
        ["x + 0 = x (but for −0)"] = [X + Full(0), Full(0) + X],
        ["x · 0 = 0 (but for NaN, ∞ and signs)"] = [X * Full(0), Full(0) * X],
        ["0 − x = −x (but for 0)"] = [Full(0) - X],
        ["x · z + y · z = (x + y) · z (but for rounding and overflow)"] = [X * Z + Y * Z, Z * X + Y * Z, X * Z + Z * Y, Z * X + Z * Y],
        ["x · z − y · z = (x − y) · z (but for rounding and overflow)"] = [X * Z - Y * Z, Z * X - Z * Y],
        ["sum of sum = sum (but for rounding)"] = [sum(sum(reshape(X, 1, 2, 5), 1), 1), sum(sum(Grid(X), 0), 0)],
        ["exp(log x) = x (but for rounding and domain)"] = [exp(log(X))],
        ["log(exp x) = x (but for rounding and overflow)"] = [log(exp(X))],
    }.ToImmutableDictionary();

    /// <summary>What no exact law may touch: it looks like an instance and is none.</summary>
    public static ImmutableArray<Expr> NoInstances { get; } =
    [
        X + Full(0), Full(0) + X, X - Full(-0.0), Full(0) - X, X * Full(0), X - X, X / X, where(less(X, Y), X, Y),
        reverse(reverse(Grid(X), [1]), [0]), permute(dot(reshape(X, 5, 2), reshape(Y, 2, 5), [], [], [1], [0]), [1, 0]) is var t ? sum(t, 0) : X,
        permute(dot(reshape(X, 1, 5, 2), reshape(Y, 2, 5), [], [], [2], [0]), [1, 0, 2]), sum(sum(Grid(X), 0), 0), exp(log(X)),
    ];

    public static TheoryData<string> Laws => [.. Rules.Exact.Concat(Rules.Approximate).Select(r => r.Law)];

    [Fact]
    public void Every_law_has_an_instance() => Assert.Equal(Rules.Exact.Concat(Rules.Approximate).Select(r => r.Law).Order(), Instances.Keys.Order());

    [Theory]
    [MemberData(nameof(Laws))]
    public void A_law_speaks_of_its_instances_and_keeps_their_values(string law)
    {
        var exact = Rules.Exact.Any(r => r.Law == law);
        var rule = Rules.Exact.Concat(Rules.Approximate).Single(r => r.Law == law);
        foreach (var instance in Instances[law])
        {
            var rewritten = rule.Apply(instance, _ => true);
            Assert.True(rewritten is not null, $"{law} says nothing of {instance}");
            Assert.Equal(instance.Type, rewritten.Type);
            Assert.True(Fold.PostOrder(rewritten).Length <= Fold.PostOrder(instance).Length, $"{law} grows the graph");
            foreach (var at in exact ? new[] { Corners, Plain } : [Plain]) Same(law, instance, rewritten, at, exact);
        }
    }

    [Fact]
    public void All_instances_simplify_together_to_the_same_bits()
    {
        foreach (var instance in Instances.Values.SelectMany(v => v).Concat(NoInstances))
            Same("simplify", instance, simplify(instance), Corners, exact: true);
    }

    [Fact]
    public void A_node_with_another_user_is_not_computed_twice()
    {
        var wide = broadcast(sin(X), [3, 10], [1]);
        Expr[] roots = [exp(wide), wide];
        var simple = Simplify.Of([.. roots]);
        Assert.True(Fold.PostOrder(simple).Length <= Fold.PostOrder(roots).Length);
    }

    /// <summary>The two tanh are one, so that what they read has one user, and a law that spared it speaks.</summary>
    [Fact]
    public void Sharing_lets_a_law_speak_that_spared_a_node_with_two_users()
    {
        var wide = broadcast(X, [1, 10], [1]);
        var simple = Simplify.Of([minimum(tanh(wide) * 1.4 - 1.6, tanh(wide) * 1.4 + 1.6)]);
        Assert.Equal(StructuralHash.Of(simple[0]), StructuralHash.Of(simplify(simple[0])));
    }

    [Fact]
    public void Variables_of_one_name_stay_two()
    {
        var (a, b) = (variable("a", DType.F64), variable("a", DType.F64));
        Assert.Equal(1, Reference.Eval(simplify(a - b), (a, Tensor.Scalar(3.0)), (b, Tensor.Scalar(2.0))).Value);
        Assert.Equal(1, Reference.Eval(share(a - b), (a, Tensor.Scalar(3.0)), (b, Tensor.Scalar(2.0))).Value);
    }

    private static Expr Twice(Expr x, Expr y, Func<Expr, Expr, Expr> f) => f(broadcast(x, [3, 10], [1]), broadcast(y, [3, 10], [1]));

    /// <summary>At the numbers for x and, in every rotation, for y.</summary>
    private static void Same(string law, Expr before, Expr after, double[] at, bool exact)
    {
        var f = Reference.Compile(new([X, Y], [before, after]));
        for (var shift = 0; shift < at.Length; shift++)
        {
            var values = f.Run(Tensor.Of<double>(at), Tensor.Of<double>([.. at[shift..], .. at[..shift]]));
            for (var i = 0; i < values[0].Shape.Size; i++)
            {
                var (b, a) = (values[0][i], values[1][i]);
                Assert.True(
                    exact ? b.Equals(a) && double.IsNegative(b) == (double.IsNaN(b) ? double.IsNegative(b) : double.IsNegative(a)) : Math.Abs(a - b) <= 4e-16 * Math.Max(1, Math.Abs(b)) * 4,
                    $"{law}: element {i} was {b:R} and is {a:R}");
            }
        }
    }
}
