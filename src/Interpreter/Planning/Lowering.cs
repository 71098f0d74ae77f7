using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Interpreter;

/// <summary>What every interpreter's program goes through before it is planned: bodies inlined, simplified, sums over one run of axes at a time.</summary>
public static class Lowering
{
    /// <summary>The same function without <see cref="Applied"/> nodes, simplified and shared.</summary>
    public static Function Of(Function f)
    {
        var roots = f.Results;
        while (Fold.PostOrder(roots).Any(n => n.Op is Applied)) roots = Inlined(roots);
        roots = Simplify.Of(roots);
        return new(f.Parameters, Share.Of(Fold.Rewrite(roots, Contiguous)));
    }

    private static ImmutableArray<Expr> Inlined(ImmutableArray<Expr> roots)
    {
        var (images, bodies) = (new Dictionary<Expr, Expr>(), new Dictionary<Expr, ImmutableArray<Expr>>());
        foreach (var node in Fold.PostOrder(roots))
        {
            if (node.Op is Applied c)
            {
                bodies[node] = c.Body.Inline([.. node.Inputs.Select(x => images[x])]);
                images[node] = bodies[node][0];
            }
            else
            {
                images[node] = node.Op is Result r && bodies.TryGetValue(r.Of, out var body) ? body[r.Index] : Fold.Rebuild(node, images);
            }
        }
        return [.. roots.Select(r => images[r])];
    }

    /// <summary>A sum over several runs of adjacent axes as sums over one run each, the last first.</summary>
    private static Expr Contiguous(Expr node)
    {
        if (node.Op is not Sum s) return node;
        var first = s.Axes.Count - 1;
        while (first > 0 && s.Axes[first - 1] == s.Axes[first] - 1) first--;
        return first <= 0 ? node : Contiguous(sum(sum(s.X, Axes.Of(s.Axes.Skip(first))), Axes.Of(s.Axes.Take(first))));
    }
}
