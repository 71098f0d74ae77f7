using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Where a node came from that the user did not build: the transformation, and the node that it was applied to, in whose stead or for whose
/// derivative this one stands. It says nothing about what a node computes, and plays no part in equality, hashes or printed programs.
/// </summary>
/// <param name="Transformation">What made the node: <c>vjp</c>, <c>jvp</c>, <c>vmap</c>, <c>simplify</c>.</param>
/// <param name="Node">The node it was applied to: the forward node of an adjoint, the node that a rewrite replaced.</param>
/// <param name="Law">Which of its laws, where the transformation has more than one for a node.</param>
public sealed record Origin(string Transformation, Expr Node, string? Law = null)
{
    /// <summary>The rule in words: <c>vjp of tanh</c>, <c>simplify: x · 1 = x</c>.</summary>
    public string Rule => Law is null ? $"{Transformation} of {Node.Op.Name}" : $"{Transformation}: {Law}";

    /// <summary>The rule and the node.</summary>
    public override string ToString() => $"{Rule}, from {Node}";
}

/// <summary>
/// Tells what a transformation makes from what it was given. It settles the nodes that it is given, and then marks all that its rules have
/// made and that is not settled yet. Each node is marked once, so this is linear; a node that nobody has transformed costs nothing.
/// </summary>
internal sealed class Provenance(string transformation)
{
    private readonly Stack<Expr> pending = new();

    /// <summary>Marks a node as there before: the user's own, unless some transformation made it.</summary>
    public static void Settle(Expr node) => node.Settle();

    /// <summary>Some results, what is new in them marked as made for a node.</summary>
    public static ImmutableArray<Expr> Made(string transformation, Expr node, ImmutableArray<Expr> results, string? law = null)
    {
        var provenance = new Provenance(transformation);
        foreach (var result in results) provenance.Mark(node, result, law);
        return results;
    }

    /// <summary>Marks what is new in a result as made for a node.</summary>
    public void Mark(Expr node, Expr? result, string? law = null)
    {
        if (result is null || !result.IsUnsettled) return;
        var origin = new Origin(transformation, node, law);
        pending.Push(result);
        while (pending.TryPop(out var made))
        {
            if (!made.IsUnsettled) continue;
            made.MadeBy(origin);
            foreach (var input in made.Inputs)
                if (input.IsUnsettled) pending.Push(input);
        }
    }
}
