using System.Collections.Immutable;

namespace Functional;

/// <summary>Replaces composites by their bodies, which is what they mean: differentiation works on these, so that forward and adjoint share nodes.</summary>
internal static class Inline
{
    /// <summary>The roots with every composite that one of the inputs reaches replaced by its body, and those within the bodies too.</summary>
    public static ImmutableArray<Expr> Composites(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs)
    {
        while (true)
        {
            var reached = inputs.ToHashSet();
            var found = false;
            foreach (var node in Fold.PostOrder(roots))
                if (node.Inputs.Any(reached.Contains))
                {
                    reached.Add(node);
                    found |= node.Op is Composite;
                }
            if (!found) return roots;
            roots = Expand(roots, reached);
        }
    }

    private static ImmutableArray<Expr> Expand(ImmutableArray<Expr> roots, HashSet<Expr> reached)
    {
        var images = new Dictionary<Expr, Expr>();
        var bodies = new Dictionary<Expr, ImmutableArray<Expr>>();
        foreach (var node in Fold.PostOrder(roots))
        {
            if (node.Op is Composite c && reached.Contains(node))
            {
                var body = c.Body.Inline([.. c.Args.Items.Select(a => images[a])]);
                bodies[node] = body;
                images[node] = body[0];
            }
            else
            {
                images[node] = node.Op is Result r && bodies.TryGetValue(r.Of, out var body) ? body[r.Index] : Fold.Rebuild(node, images);
            }
        }
        return [.. roots.Select(r => images[r])];
    }
}
