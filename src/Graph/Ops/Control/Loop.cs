using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>What loops have in common: which carries move with which arguments, and the arguments' places.</summary>
internal static class Loop
{
    /// <summary>Which carries depend on what is marked, now or after some steps.</summary>
    /// <param name="next">For each carry's state after a step, the nodes of the body from which it follows.</param>
    /// <param name="carries">The carries' parameters.</param>
    /// <param name="marked">The other parameters that are marked.</param>
    /// <param name="first">Which carries are marked from the start.</param>
    /// <param name="floats">Whether only floating-point carries can be marked, as for derivatives.</param>
    public static ImmutableArray<bool> Reached(ImmutableArray<Expr> next, ImmutableArray<Expr> carries, IEnumerable<Expr> marked, ImmutableArray<bool> first, bool floats = true)
    {
        var (fixedMarks, order) = (marked.ToHashSet(), Fold.PostOrder(next));
        while (true)
        {
            var reached = new HashSet<Expr>(fixedMarks.Concat(carries.Where((_, i) => first[i])));
            foreach (var node in order)
                if (node.Inputs.Any(reached.Contains)) reached.Add(node);
            ImmutableArray<bool> after = [.. first.Select((f, i) => f || ((carries[i].DType.IsFloat || !floats) && reached.Contains(next[i])))];
            if (after.SequenceEqual(first)) return first;
            first = after;
        }
    }

    /// <summary>Which carries must be computed for what is read of a loop, and the parameters that are needed for these.</summary>
    /// <param name="next">Each carry after a step.</param>
    /// <param name="carries">The carries' parameters.</param>
    /// <param name="read">What else is read of each step.</param>
    /// <param name="first">Which carries are read at the end.</param>
    public static (ImmutableArray<bool> Carries, HashSet<Expr> Parameters) Needed(ImmutableArray<Expr> next, ImmutableArray<Expr> carries, ImmutableArray<Expr> read, ImmutableArray<bool> first)
    {
        while (true)
        {
            var nodes = Fold.PostOrder(read.AddRange(next.Where((_, i) => first[i]))).ToHashSet();
            ImmutableArray<bool> after = [.. first.Select((f, i) => f || nodes.Contains(carries[i]))];
            if (after.SequenceEqual(first)) return (first, nodes);
            first = after;
        }
    }

    /// <summary>New variables for some of a function's parameters, named after them.</summary>
    public static ImmutableArray<Expr> Named(string prefix, IEnumerable<Expr> like) => [.. like.Select(p => variable(prefix + p.Label, p.Type))];

    /// <summary>The elements at some places.</summary>
    public static ImmutableArray<T> Pick<T>(this ImmutableArray<T> items, ImmutableArray<int> places) => [.. places.Select(i => items[i])];

    /// <summary>The places at which something holds.</summary>
    public static ImmutableArray<int> Places<T>(this ImmutableArray<T> items, Func<T, bool> holds) => [.. Enumerable.Range(0, items.Length).Where(i => holds(items[i]))];
}
