using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;

namespace PropertyTests.Transforms;

/// <summary>Adjoint programs are no larger than those that one derives by hand.</summary>
public sealed class AdjointSizeTests
{
    public static TheoryData<string> Names => [.. HandDerived.All.Select(h => h.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_adjoint_program_is_no_larger_than_a_hand_derived_one_and_gives_the_same(string name)
    {
        var program = HandDerived.All.Single(h => h.Name == name);
        var (ours, byHand) = (Simplify.Of(program.Gradient, approximate: true), Simplify.Of(program.ByHand, approximate: true));
        var random = new Random(3);
        ImmutableArray<Tensor> at = [.. program.At.Select(v => Value(v.Type, random))];
        var (expected, actual) = (Run(program.At, byHand, at), Run(program.At, ours, at));
        for (var i = 0; i < expected.Length; i++)
            for (var j = 0; j < expected[i].Shape.Size; j++) Assert.Equal(expected[i][j], actual[i][j], 1e-14);
        Assert.True(
            HandDerived.Size(ours) <= HandDerived.Size(byHand),
            $"{HandDerived.Size(ours)} nodes, by hand {HandDerived.Size(byHand)}:\n{Prelude.show(ours)}\n\nby hand\n{Prelude.show(byHand)}");
    }

    private static ImmutableArray<Tensor> Run(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, ImmutableArray<Tensor> at) =>
        new Reference().Compile(new(parameters, results)).Run(at);

    private static Tensor Value(TensorType type, Random random) => type.DType.IsInteger
        ? Tensor.Of<int>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => random.Next(4))])
        : Tensor.Of<double>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => random.NextDouble() * 4 - 2)]);
}
