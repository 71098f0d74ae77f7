using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>A random well-typed program over all kinds of node, with sharing, and inputs for it.</summary>
public sealed class RandomProgram
{
    internal RandomProgram(Recipe recipe) => (Recipe, Function) = (recipe, new Draft(recipe).Finish());

    /// <summary>What it was made from.</summary>
    internal Recipe Recipe { get; }

    /// <summary>The variables, and every node that no other node reads.</summary>
    public Function Function { get; }

    /// <summary>What its numbers are.</summary>
    public Numbers Numbers => Recipe.Numbers;

    /// <summary>A value for each parameter; the same for the same recipe.</summary>
    public ImmutableArray<Tensor> Inputs => Values([.. Function.Parameters.Select(p => p.Type)], Recipe.Seed);

    /// <summary>Values of the program's kind: small integers, or reals between −1 and 1.</summary>
    public ImmutableArray<Tensor> Values(ImmutableArray<TensorType> types, int seed) => Testing.Values.Drawn(types, Numbers, seed);

    /// <summary>Programs of a kind, in an element type, that shrink by their recipes.</summary>
    public static Arbitrary<RandomProgram> Of(Numbers numbers, DType type)
    {
        var draws = Gen.Choose(0, 719).ArrayOf(14).Select(a => ValueArray.Create<int>(a));
        var steps = Gen.Choose(0, OpCodes.All.Length - 1).SelectMany(code => draws.Select(d => new Step(code, d)));
        var recipes = Gen.Sized(size => Gen.Choose(1, 6 + size / 6).SelectMany(n => steps.ArrayOf(n)))
            .SelectMany(s => Gen.Choose(0, 1 << 20).Select(seed => new Recipe(numbers, type, seed, [.. s])));
        return Arb.From(recipes.Select(r => new RandomProgram(r)), p => p.Recipe.Shrink().Select(r => new RandomProgram(r)));
    }

    /// <summary>The program at its inputs as C# that can be pasted, and what it was made from.</summary>
    public override string ToString() => $"\n{CSharp.Of(Function, Inputs)}\n// drawn as {Recipe}";
}
