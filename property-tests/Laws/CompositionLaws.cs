using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;

namespace PropertyTests.Laws;

/// <summary>
/// Transformations compose in any order: each computes what its definition without it says, of random programs and of every other transformation of
/// random programs.
/// </summary>
public sealed class CompositionLaws
{
    private const double Tolerance = 1e-6;

    private static readonly Reference Reference = new();

    public static TheoryData<string> Singles => [.. Transformation.All.Select(t => t.Name)];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var outer in Transformation.All)
                foreach (var inner in Transformation.All) pairs.Add(outer.Name, inner.Name);
            return pairs;
        }
    }

    /// <summary>Programs small and tame enough that differences of their derivatives mean something.</summary>
    private static ImmutableArray<RandomProgram> Programs { get; } =
    [
        .. RandomProgram.Of(Numbers.Smooth, DType.F64).Generator.Sample(400, new Rnd(20251124, 1), 60).Where(p =>
            p.Function is { Nodes.Length: > 8 and < 40 } f
            && !f.Nodes.Any(n => n.Op is NumberUnary<Functions.StopGradient>)
            && Derivatives.Moving(f).Sum(x => x.Shape.Size) <= 16
            && Derivatives.Moving(f).All(x => x.Shape.Size > 0)
            && Law.Forward.On(Trial.Of(p)).Findings is var found && found.Any(c => Math.Abs(c.Expected) > 1e-3) && found.All(c => Math.Abs(c.Expected) < 100)),
    ];

    [Fact]
    public void There_are_programs_to_try() => Assert.True(Programs.Length > 30, $"{Programs.Length} programs");

    [Theory]
    [MemberData(nameof(Singles))]
    public void A_transformation_computes_what_its_definition_says(string name)
    {
        foreach (var p in Programs.Take(25)) Holds(Named(name), p.Function, p.Inputs, p);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_transformation_of_a_transformed_program_computes_what_its_definition_says(string outer, string inner)
    {
        var (second, first) = (Named(outer), Named(inner));
        var p = Programs[(Index(outer) * 7 + Index(inner) * 3) % Programs.Length];
        Holds(second, first.Of(p.Function), first.Inputs(p.Function, p.Inputs), p);
    }

    private static int Index(string name) => Transformation.All.IndexOf(Named(name));

    private static Transformation Named(string name) => Transformation.All.Single(t => t.Name == name);

    private static void Holds(Transformation t, Function f, ImmutableArray<Tensor> x, RandomProgram p)
    {
        var (transformed, at) = (t.Of(f), t.Inputs(f, x));
        var actual = Reference.Compile(transformed).Run(at);
        var before = Reference.Compile(f);
        var expected = t.Expected(f, inputs => before.Run(inputs), at);
        Assert.Equal(expected.Length, actual.Length);
        var size = actual.SelectMany(Values.Elements).Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
        for (var k = 0; k < actual.Length; k++)
        {
            Assert.Equal(expected[k].Length, actual[k].Shape.Size);
            for (var i = 0; i < expected[k].Length; i++)
                Assert.True(
                    double.IsNaN(expected[k][i]) || Math.Abs(actual[k][i] - expected[k][i]) <= Tolerance * size,
                    $"{t}: result {k}, element {i} is {actual[k][i]:R}, not {expected[k][i]:R}, of{p}");
        }
    }
}
