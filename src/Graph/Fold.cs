using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The only traversal. Every walk over a graph is one of these: each node once, inputs before users, with an explicit stack, so that
/// a graph may be as deep as memory holds.
/// </summary>
public static class Fold
{
    /// <summary>Every node that the roots need, once, inputs first; in the order of a depth-first search from the roots.</summary>
    public static ImmutableArray<Expr> PostOrder(params ReadOnlySpan<Expr> roots)
    {
        var order = ImmutableArray.CreateBuilder<Expr>();
        var seen = new HashSet<Expr>();
        var stack = new Stack<(Expr Node, int Next)>();
        foreach (var root in roots)
        {
            if (!seen.Add(root)) continue;
            stack.Push((root, 0));
            while (stack.TryPop(out var top))
            {
                if (top.Next == top.Node.Inputs.Length)
                {
                    order.Add(top.Node);
                    continue;
                }
                stack.Push((top.Node, top.Next + 1));
                var input = top.Node.Inputs[top.Next];
                if (seen.Add(input)) stack.Push((input, 0));
            }
        }
        return order.DrainToImmutable();
    }

    /// <summary>Every node that the roots need, once, inputs first.</summary>
    public static ImmutableArray<Expr> PostOrder(ImmutableArray<Expr> roots) => PostOrder(roots.AsSpan());

    /// <summary>The catamorphism: each node's value from its inputs' values, shared nodes once.</summary>
    public static Dictionary<Expr, T> Up<T>(ImmutableArray<Expr> roots, Func<Expr, ImmutableArray<T>, T> f)
    {
        var values = new Dictionary<Expr, T>();
        foreach (var node in PostOrder(roots))
            values[node] = f(node, [.. node.Inputs.Select(x => values[x])]);
        return values;
    }

    /// <summary>
    /// The graph with each node replaced by <paramref name="f"/> of it, inputs first; a node that nothing changes below stays the same node.
    /// </summary>
    public static ImmutableArray<Expr> Rewrite(ImmutableArray<Expr> roots, Func<Expr, Expr> f)
    {
        var map = new Dictionary<Expr, Expr>();
        foreach (var node in PostOrder(roots)) map[node] = f(Rebuild(node, map));
        return [.. roots.Select(r => map[r])];
    }

    /// <summary>
    /// The graph with some nodes replaced by others. The images of all other nodes are added to <paramref name="images"/>, so that a further
    /// graph that shares nodes with this one keeps sharing them.
    /// </summary>
    public static ImmutableArray<Expr> Substitute(ImmutableArray<Expr> roots, Dictionary<Expr, Expr> images)
    {
        foreach (var node in PostOrder(roots))
            if (!images.ContainsKey(node)) images[node] = Rebuild(node, images);
        return [.. roots.Select(r => images[r])];
    }

    /// <summary>The graph with one node replaced by another.</summary>
    public static Expr Substitute(Expr root, Expr node, Expr replacement) =>
        Substitute([root], new Dictionary<Expr, Expr> { [node] = replacement })[0];

    /// <summary>The node on its inputs' images; the same node where every image is the input itself.</summary>
    public static Expr Rebuild(Expr node, IReadOnlyDictionary<Expr, Expr> images)
    {
        ImmutableArray<Expr>.Builder? changed = null;
        for (var i = 0; i < node.Inputs.Length; i++)
        {
            var image = images[node.Inputs[i]];
            if (ReferenceEquals(image, node.Inputs[i])) continue;
            changed ??= node.Inputs.ToBuilder();
            changed[i] = image;
        }
        return changed is null ? node : Expr.Of(node.Op.With(changed.MoveToImmutable()));
    }
}
