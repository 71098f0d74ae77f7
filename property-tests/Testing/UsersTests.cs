using FsCheck.Xunit;
using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Functional.Testing;
using PropertyTests.Examples;
using Xunit;
using static Functional.Prelude;
using static Functional.Testing.Checks;

namespace PropertyTests.Testing;

/// <summary>The tests that docs/testing.md shows, as a user would write them.</summary>
public sealed class UsersTests
{
    [Fact]
    public void A_layer_of_ones_own()
    {
        var gated = new Layer("gated", (scope, x) =>
            x * logistic(matmul(x, scope.Parameter("gate", new(x.DType, [x.Shape[1], x.Shape[1]]), Initializers.He))));

        var (weights, _) = gated.Init(seed: 1, TensorType.F64(4, 3));
        assertGrads((p, x) => gated.Apply(p, x), (weights, normal(key(2), [4, 3], DType.F64)));
    }

    private static Expr Swish(Expr x) => customVjp(
        a => [a[0] * logistic(a[0])],
        (a, y, ct) => [ct[0] * (y[0] + logistic(a[0]) * (1 - y[0]))],
        x)[0];

    [Fact]
    public void A_rule_of_ones_own() => assertGrads(Swish, constant<double>([3], -2, 0.5, 3));

    private static Expr Wrong(Expr x) => customVjp(
        a => [a[0] * logistic(a[0])],
        (a, y, ct) => [ct[0] * y[0]],
        x)[0];

    [Fact]
    public void A_wrong_rule_is_named()
    {
        var report = checkGrads(Wrong, constant<double>([3], -2, 0.5, 3), order: 1);
        Assert.False(report.Holds);
        Assert.Matches(@"a tangent is the central difference of the value, of f: the tangent of f\[[012]\] by x is .*, not .* \(tolerance ", report.ToString());
    }

    [Property(Arbitrary = [typeof(Arbitraries)], MaxTest = 50)]
    public void Doubling_is_adding_to_itself(RandomProgram p)
    {
        var f = p.Function;
        var doubled = new Function(f.Parameters, [.. f.Results.Where(r => r.DType.IsFloat).Select(r => r + r - r * 2)]);
        foreach (var zero in new Reference().Compile(doubled).Run(p.Inputs))
            Assert.Equal(Tensor.Zeros(zero.Type), zero);
        Law.Adjoint.On(Trial.Of(p)).OrThrow();
    }

    /// <summary>What the document shows stands here and runs.</summary>
    [Fact]
    public void The_document_shows_these_tests() => Document.Of("docs/testing.md").IsOf();
}
