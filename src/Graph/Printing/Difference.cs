using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// What differs between two functions. Equal nodes of both are made one, so that what is left on either side differs; from the results down,
/// what is left on one side is paired with what stands at the same place on the other.
/// </summary>
internal sealed class Difference
{
    private const int Most = 40;

    private readonly HashSet<Expr> left, right;
    private readonly Dictionary<Expr, Expr> paired = [];
    private readonly List<(Expr From, Expr To)> changed = [], alike = [];
    private readonly Queue<(Expr, Expr)> open = new();

    private Difference(HashSet<Expr> left, HashSet<Expr> right) => (this.left, this.right) = (left, right);

    public static string Of(Function f, Function g)
    {
        var lines = new List<string>();
        var images = new Dictionary<Expr, Expr>();
        for (var i = 0; i < Math.Max(f.Parameters.Length, g.Parameters.Length); i++)
        {
            var (from, to) = (f.Parameters.ElementAtOrDefault(i), g.Parameters.ElementAtOrDefault(i));
            if (from is not null && from.Type == to?.Type) images[to] = from;
            else lines.Add(from is null ? $"+ parameter {i}: {to}" : to is null ? $"- parameter {i}: {from}" : $"~ parameter {i}: {from} → {to}");
        }
        var shared = Share.Of([.. f.Results, .. Fold.Substitute(g.Results, images)]);
        var (fs, gs) = (shared[..f.Results.Length], shared[f.Results.Length..]);
        var (ours, theirs) = (Fold.PostOrder(fs), Fold.PostOrder(gs));
        var both = ours.ToHashSet();
        both.IntersectWith(theirs);
        var difference = new Difference([.. ours.Where(x => !both.Contains(x))], [.. theirs.Where(x => !both.Contains(x))]);
        for (var i = 0; i < Math.Max(fs.Length, gs.Length); i++)
        {
            var (from, to) = (fs.ElementAtOrDefault(i), gs.ElementAtOrDefault(i));
            if (from == to) continue;
            if (from is null || to is null) lines.Add($"{(from is null ? "+" : "-")} result {i}: {Excerpt.Of((from ?? to)!)}");
            else if (both.Contains(from) || both.Contains(to)) lines.Add($"~ result {i}: {Excerpt.Of(from)} → {Excerpt.Of(to)}");
            else difference.open.Enqueue((from, to));
        }
        difference.Pair();
        var (removed, added) = (difference.Unpaired(ours, difference.left), difference.Unpaired(theirs, difference.right));
        var count = lines.Count + difference.changed.Count + removed.Length + added.Length;
        lines.AddRange(difference.Lines(Readers(ours), Readers(theirs), removed, added).Take(Most));
        return count == 0 ? "no difference" : string.Join("\n", lines.Take(Most)) + (count > Most ? $"\n… {count - Most} more …" : "");
    }

    private void Pair()
    {
        while (open.TryDequeue(out var pair))
        {
            var (a, b) = pair;
            if (!left.Contains(a) || !right.Contains(b) || paired.ContainsKey(a) || paired.ContainsKey(b)) continue;
            var same = Alike(a, b);
            if (!same)
            {
                var (below, above) = (b.Inputs.FirstOrDefault(x => right.Contains(x) && Alike(a, x)), a.Inputs.FirstOrDefault(x => left.Contains(x) && Alike(x, b)));
                if (below is null != above is null)
                {
                    open.Enqueue(below is null ? (above!, b) : (a, below));
                    continue;
                }
            }
            (same ? alike : changed).Add(pair);
            (paired[a], paired[b]) = (b, a);
            for (var i = 0; i < Math.Min(a.Inputs.Length, b.Inputs.Length); i++)
                if (same || a.Inputs.Length == b.Inputs.Length) open.Enqueue((a.Inputs[i], b.Inputs[i]));
        }
        foreach (var (a, b) in alike)
            if (!Enumerable.Range(0, a.Inputs.Length).All(i => Told(a.Inputs[i], b.Inputs[i]))) changed.Add((a, b));
    }

    /// <summary>Whether the operands of two nodes that do the same are one, stand for each other, or are told to be added or removed.</summary>
    private bool Told(Expr a, Expr b) => a == b || paired.GetValueOrDefault(a) == b || (left.Contains(a) && !paired.ContainsKey(a)) || (right.Contains(b) && !paired.ContainsKey(b));

    /// <summary>Whether two nodes do the same with what they read.</summary>
    private static bool Alike(Expr a, Expr b) =>
        a.Op.GetType() == b.Op.GetType() && a.Op is not Variable && a.Inputs.Length == b.Inputs.Length && a.Op.With(b.Inputs).Equals(b.Op);

    private IEnumerable<string> Lines(Dictionary<Expr, Expr> readers, Dictionary<Expr, Expr> theirReaders, ImmutableArray<Expr> removed, ImmutableArray<Expr> added)
    {
        foreach (var (a, b) in changed) yield return $"~ {Excerpt.Of(a)} → {Excerpt.Of(b)}{ReadBy(a, readers)}{Within(a.Op, b.Op)}";
        foreach (var a in removed) yield return $"- {Excerpt.Of(a)}{ReadBy(a, readers)}";
        foreach (var b in added) yield return $"+ {Excerpt.Of(b)}{ReadBy(b, theirReaders)}";
    }

    private ImmutableArray<Expr> Unpaired(ImmutableArray<Expr> order, HashSet<Expr> own) => [.. order.Where(x => own.Contains(x) && !paired.ContainsKey(x) && x.Op is not Variable)];

    /// <summary>What differs between the functions that two ops of one name own.</summary>
    private static string Within(Op a, Op b) => a.Name != b.Name ? "" : string.Concat(a.Functions().Zip(b.Functions()).Select((fs, i) =>
        fs.Item1.Equals(fs.Item2) ? "" : $"\n    in its function {i}:\n    {Of(fs.Item1, fs.Item2).Replace("\n", "\n    ", StringComparison.Ordinal)}"));

    private static string ReadBy(Expr node, Dictionary<Expr, Expr> readers) => readers.TryGetValue(node, out var reader) ? $", in {Excerpt.Of(reader)}" : "";

    /// <summary>For each node one that reads it.</summary>
    private static Dictionary<Expr, Expr> Readers(ImmutableArray<Expr> order)
    {
        var readers = new Dictionary<Expr, Expr>();
        foreach (var node in order)
            foreach (var input in node.Inputs) readers.TryAdd(input, node);
        return readers;
    }
}

public static partial class Prelude
{
    /// <summary>
    /// What differs between two functions, in lines: <c>~ a → b</c> where one op stands in the place of another, <c>-</c> what only the first has,
    /// <c>+</c> what only the second has, each with a node that reads it. Parameters are matched by position, whatever their names; what both
    /// have is not shown. Functions of one structural hash give <c>no difference</c>.
    /// </summary>
    public static string diff(Function f, Function g) => Difference.Of(f, g);

    /// <summary>What differs between two expressions, their variables matched by symbol and type. See <see cref="diff(Function, Function)"/>.</summary>
    public static string diff(Expr x, Expr y)
    {
        ImmutableArray<Expr> Variables(Expr root) => [.. Fold.PostOrder(root).Where(n => n.Op is Variable)];
        var (ours, theirs) = (Variables(x), Variables(y));
        var images = new Dictionary<Expr, Expr>();
        foreach (var v in theirs)
            if (!ours.Contains(v) && ours.FirstOrDefault(o => o.Op == v.Op && !images.ContainsValue(o) && !theirs.Contains(o)) is { } same) images[v] = same;
        var moved = Fold.Substitute([y], images)[0];
        ImmutableArray<Expr> all = [.. ours.Concat(Variables(moved)).Distinct()];
        return Difference.Of(new(all, [x]), new(all, [moved]));
    }
}
