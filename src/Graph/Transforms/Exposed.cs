using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The program as differentiation wants to find it: each <see cref="Control"/> node on the way is replaced by what it exposes, so that forward
/// and adjoint share nodes: a composite by its body, a loop by one that keeps what its adjoint reads.
/// </summary>
internal static class Exposed
{
    /// <summary>The roots with every control node that one of the inputs reaches replaced by what it exposes, until none has more to.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, bool reverse)
    {
        while (Pass(roots, inputs, reverse) is { } exposed) roots = exposed;
        return roots;
    }

    private static ImmutableArray<Expr>? Pass(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, bool reverse)
    {
        var order = Fold.PostOrder(roots);
        if (!order.Any(n => n.Op is Control)) return null;
        var reached = inputs.ToHashSet();
        var (images, exposed) = (new Dictionary<Expr, Expr>(order.Length), new Dictionary<Expr, ImmutableArray<Expr>>());
        foreach (var node in order)
        {
            if (node.Inputs.Any(reached.Contains)) reached.Add(node);
            if (node.Op is Result r && exposed.TryGetValue(r.Of, out var of)) images[node] = of[r.Index];
            else
            {
                images[node] = Fold.Rebuild(node, images);
                if (images[node].Op is not Control c || !reached.Contains(node)) continue;
                if (c.Expose(images[node], [.. node.Inputs.Select(reached.Contains)], reverse) is not { } results) continue;
                exposed[node] = results;
                images[node] = results[0];
            }
        }
        return exposed.Count == 0 ? null : [.. roots.Select(root => images[root])];
    }
}
