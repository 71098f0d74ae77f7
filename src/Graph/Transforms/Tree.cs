using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>
/// What transformations take and give: an <see cref="Expr"/>, a <see cref="Params{T}"/> of them, or a value tuple of trees. A tree is its
/// structure and its leaves, in order.
/// </summary>
public static class Tree
{
    /// <summary>The expressions of a tree, in order.</summary>
    public static ImmutableArray<Expr> Leaves<T>(T tree) => [.. LeavesOf(tree)];

    /// <summary>A tree of the same structure with other leaves.</summary>
    public static T With<T>(T tree, ImmutableArray<Expr> leaves)
    {
        var next = 0;
        return (T)Rebuild(tree, leaves, ref next);
    }

    /// <summary>A tree of new variables of the same types; a variable lends its symbol.</summary>
    public static T Fresh<T>(T tree) => With(tree, [.. Leaves(tree).Select((x, i) => Prelude.variable(x.Op is Variable v ? v.Symbol : $"x{i}", x.Type))]);

    private static IEnumerable<Expr> LeavesOf(object? tree) => tree switch
    {
        Expr x => [x],
        Params<Expr> p => p.Values,
        ITuple t => Enumerable.Range(0, t.Length).SelectMany(i => LeavesOf(t[i])),
        _ => throw Unknown(tree),
    };

    private static object Rebuild(object? tree, ImmutableArray<Expr> leaves, ref int next)
    {
        switch (tree)
        {
            case Expr:
                return leaves[next++];
            case Params<Expr> p:
                next += p.Count;
                return p.Like(leaves[(next - p.Count)..next]);
            case ITuple t:
                var items = new object[t.Length];
                for (var i = 0; i < items.Length; i++) items[i] = Rebuild(t[i], leaves, ref next);
                return Activator.CreateInstance(t.GetType(), items)!;
            default:
                throw Unknown(tree);
        }
    }

    private static ArgumentException Unknown(object? tree) =>
        new($"a {tree?.GetType().Name ?? "null"} holds no expressions: transformations take Expr, Params<Expr> and tuples of these");
}
