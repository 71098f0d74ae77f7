using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Rewrites a graph by the laws of <see cref="Rules"/>, folds constants, shares equal nodes and drops dead ones, until nothing changes. It
/// preserves values bit for bit (with the approximate rules, in real arithmetic) and never grows the graph.
/// </summary>
public static class Simplify
{
    /// <summary>The function with its results simplified, parameters as they are.</summary>
    public static Function Of(Function f, bool approximate = false) => new(f.Parameters, Of(f.Results, approximate));

    /// <summary>The expressions simplified together.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots, bool approximate = false)
    {
        ImmutableArray<Rule> rules = approximate ? [.. Rules.Exact, .. Rules.Approximate] : Rules.Exact;
        while (Pass(ref roots, rules)) { }
        return roots;
    }

    /// <summary>One walk: each node on its inputs' images, rewritten by the first law that speaks of it, and shared. Whether some law did.</summary>
    private static bool Pass(ref ImmutableArray<Expr> roots, ImmutableArray<Rule> rules)
    {
        var order = Fold.PostOrder(roots);
        var users = Users(order, roots);
        var (images, known, rewritten) = (new Dictionary<Expr, Expr>(order.Length), new Dictionary<Op, Expr>(order.Length), false);
        foreach (var node in order)
        {
            var rebuilt = Fold.Rebuild(node, images);
            var better = Apply(rebuilt, rules, x => users.GetValueOrDefault(x) == 1);
            rewritten |= better != rebuilt;
            images[node] = Share.One(better, known);
        }
        roots = [.. roots.Select(r => images[r])];
        return rewritten;
    }

    private static Dictionary<Expr, int> Users(ImmutableArray<Expr> order, ImmutableArray<Expr> roots)
    {
        var users = new Dictionary<Expr, int>(order.Length);
        foreach (var root in roots) users[root] = users.GetValueOrDefault(root) + 1;
        foreach (var node in order)
            foreach (var input in node.Inputs) users[input] = users.GetValueOrDefault(input) + 1;
        return users;
    }

    private static Expr Apply(Expr node, ImmutableArray<Rule> rules, Func<Expr, bool> usedOnce)
    {
        foreach (var rule in rules)
            if (rule.Apply(node, usedOnce) is { } better) return better;
        return node;
    }
}

/// <summary>Makes nodes that compute the same one node (common subexpression elimination). Variables are themselves, whatever their names.</summary>
public static class Share
{
    /// <summary>The expressions with equal nodes shared.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots)
    {
        var known = new Dictionary<Op, Expr>();
        return Fold.Rewrite(roots, node => One(node, known));
    }

    internal static Expr One(Expr node, Dictionary<Op, Expr> known) =>
        node.Op is Variable ? node : known.TryGetValue(node.Op, out var same) ? same : known[node.Op] = node;
}

public static partial class Prelude
{
    /// <summary>The expression simplified by the exact rules. See <see cref="Simplify"/>.</summary>
    public static Expr simplify(Expr x) => Simplify.Of([x])[0];

    /// <summary>The expressions of a tree simplified together by the exact rules. See <see cref="Simplify"/>.</summary>
    public static T simplify<T>(T tree) => Tree.With(tree, Simplify.Of(Tree.Leaves(tree)));

    /// <summary>The function simplified by the exact rules. See <see cref="Simplify"/>.</summary>
    public static Function simplify(Function f) => Simplify.Of(f);

    /// <summary>The expression with equal nodes made one. See <see cref="Share"/>.</summary>
    public static Expr share(Expr x) => Share.Of([x])[0];
}
