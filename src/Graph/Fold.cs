using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// What is done along a <see cref="Walk"/>: every pass over a graph is one of these, each node once, inputs before users.
/// </summary>
public static class Fold
{
    /// <summary>Every node that the roots need, once, inputs first; in the order of a depth-first search from the roots.</summary>
    public static ImmutableArray<Expr> PostOrder(params ReadOnlySpan<Expr> roots) => PostOrder(ImmutableArray.Create(roots));

    /// <inheritdoc cref="PostOrder(ReadOnlySpan{Expr})"/>
    public static ImmutableArray<Expr> PostOrder(ImmutableArray<Expr> roots) => new Walk(roots).Nodes;

    /// <summary>The catamorphism: each node's value from its inputs' values, shared nodes once.</summary>
    public static Dictionary<Expr, T> Up<T>(ImmutableArray<Expr> roots, Func<Expr, ImmutableArray<T>, T> f)
    {
        var walk = new Walk(roots);
        var values = new Dictionary<Expr, T>(walk.Count);
        foreach (var node in walk.Nodes) values[node] = f(node, [.. node.Inputs.Select(x => values[x])]);
        return values;
    }

    /// <summary>
    /// The graph with each node replaced by <paramref name="f"/> of it, inputs first; a node that nothing changes below stays the same node.
    /// </summary>
    public static ImmutableArray<Expr> Rewrite(ImmutableArray<Expr> roots, Func<Expr, Expr> f)
    {
        var walk = new Walk(roots);
        var images = new Expr[walk.Count];
        for (var place = 0; place < images.Length; place++) images[place] = f(walk.Rebuild(place, images));
        return walk.AtRoots(images);
    }

    /// <summary>
    /// The graph with some nodes replaced by others. The images of all other nodes are added to <paramref name="images"/>, so that a further
    /// graph that shares nodes with this one keeps sharing them.
    /// </summary>
    public static ImmutableArray<Expr> Substitute(ImmutableArray<Expr> roots, Dictionary<Expr, Expr> images)
    {
        foreach (var node in PostOrder(roots))
            if (!images.ContainsKey(node))
            {
                images[node] = Rebuild(node, images);
                if (node.Origin is { } origin && images.TryGetValue(origin.Node, out var image)) images[node].Follow(node, image);
            }
        return [.. roots.Select(r => images[r])];
    }

    /// <summary>The graph with one node replaced by another.</summary>
    public static Expr Substitute(Expr root, Expr node, Expr replacement) =>
        Substitute([root], new Dictionary<Expr, Expr> { [node] = replacement })[0];

    /// <summary>The node on its inputs' images, of the same origin; the same node where every image is the input itself.</summary>
    public static Expr Rebuild(Expr node, IReadOnlyDictionary<Expr, Expr> images) => Rebuild(node, x => images[x]);

    /// <inheritdoc cref="Rebuild(Expr, IReadOnlyDictionary{Expr, Expr})"/>
    public static Expr Rebuild(Expr node, Func<Expr, Expr> image)
    {
        ImmutableArray<Expr>.Builder? changed = null;
        for (var i = 0; i < node.Inputs.Length; i++)
        {
            var x = image(node.Inputs[i]);
            if (ReferenceEquals(x, node.Inputs[i])) continue;
            changed ??= node.Inputs.ToBuilder();
            changed[i] = x;
        }
        return changed is null ? node : Expr.Of(node.Op.With(changed.MoveToImmutable())).Like(node);
    }
}
