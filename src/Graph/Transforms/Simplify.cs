using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Rewrites a graph by the laws of <see cref="Rules"/>, folds constants, shares equal nodes and drops dead ones, within functions that ops own too, until nothing changes. It
/// preserves values bit for bit (with the approximate rules, in real arithmetic) and never grows the graph.
/// </summary>
public static class Simplify
{
    /// <summary>The function with its results simplified, parameters as they are.</summary>
    public static Function Of(Function f, bool approximate = false) =>
        Of(f.Results, approximate) is var results && results.SequenceEqual(f.Results) ? f : new(f.Parameters, results);

    /// <summary>The expressions simplified together.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots, bool approximate = false)
    {
        var rules = new Lookup(approximate ? [.. Rules.Exact, .. Rules.Approximate] : Rules.Exact);
        var simple = new Dictionary<Function, Function>(ReferenceEqualityComparer.Instance);
        Function Body(Function f)
        {
            if (simple.TryGetValue(f, out var known)) return known;
            var body = Of(f, approximate);
            simple[body] = body;
            return simple[f] = body;
        }
        while (true)
        {
            var pass = new Pass(roots, rules, Body);
            while (pass.IsUnfinished) pass = new(pass.Roots, rules, Body);
            roots = Narrow.Of(pass.Roots);
            if (roots.SequenceEqual(pass.Roots)) return roots;
        }
    }

    /// <summary>
    /// One walk: each node on its inputs' images, rewritten by the laws that speak of it until none does, and shared; so is what a law has
    /// made beneath it. Only a law that spares nodes with other users may have more to say afterwards, when there are fewer.
    /// </summary>
    private sealed class Pass
    {
        private readonly Walk walk;
        private readonly Lookup rules;
        private readonly int[] users;
        private readonly Dictionary<Op, Expr> known;
        private readonly Provenance provenance = new("simplify");
        private readonly Func<Expr, bool> once;
        private readonly Func<Expr, Expr> reducedInput;
        private bool isChanged;
        private bool isSpared;

        public Pass(ImmutableArray<Expr> roots, Lookup rules, Func<Function, Function> body)
        {
            (walk, this.rules) = (new(roots), rules);
            (once, reducedInput) = (Once, x => IsShared(x) ? x : Share.One(Reduced(x), known!));
            (users, known) = (Users(walk), new(walk.Count));
            foreach (var node in walk.Nodes) Provenance.Settle(node);
            var images = new Expr[walk.Count];
            for (var place = 0; place < images.Length; place++)
            {
                var node = walk.Rebuild(place, images);
                if (node.Op is Control c) node = Narrow.Bodies(node, c, body);
                Provenance.Settle(node);
                node = Reduced(node);
                images[place] = Share.One(node, known);
                isChanged |= images[place] != node;
            }
            Roots = walk.AtRoots(images);
        }

        public ImmutableArray<Expr> Roots { get; }

        /// <summary>Whether a node was spared, and something rewritten or shared.</summary>
        public bool IsUnfinished => isChanged && isSpared;

        private bool Once(Expr x)
        {
            var once = walk.PlaceOf(x) is var place and >= 0 && users[place] == 1;
            isSpared |= !once;
            return once;
        }

        /// <summary>The node as no law can better it, on shared nodes. What a law makes is a few nodes deep, so that this is, too.</summary>
        private Expr Reduced(Expr node)
        {
            while (Better(node) is { } better)
            {
                isChanged = true;
                if (IsShared(better)) return better;
                node = Fold.Rebuild(better, reducedInput);
            }
            return node;
        }

        private bool IsShared(Expr node) => node.Op is Variable || (known.TryGetValue(node.Op, out var same) && same == node);

        private Expr? Better(Expr node)
        {
            foreach (var rule in rules.For(node.Op.GetType()))
                if (rule.Apply(node, once) is { } better)
                {
                    provenance.Mark(node, better, rule.Law);
                    return better;
                }
            return null;
        }
    }

    /// <summary>How often each node is read, by place.</summary>
    private static int[] Users(Walk walk)
    {
        var users = new int[walk.Count];
        foreach (var root in walk.Roots) users[walk.PlaceOf(root)]++;
        for (var place = 0; place < users.Length; place++)
            foreach (var input in walk.InputsOf(place)) users[input]++;
        return users;
    }

    /// <summary>The rules by the type of op that they speak of.</summary>
    private sealed class Lookup(ImmutableArray<Rule> rules)
    {
        private readonly Dictionary<Type, Rule[]> of = [];

        public Rule[] For(Type op)
        {
            if (!of.TryGetValue(op, out var found)) of[op] = found = [.. rules.Where(r => r.Of.IsAssignableFrom(op))];
            return found;
        }
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
