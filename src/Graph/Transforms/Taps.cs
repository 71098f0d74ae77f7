using System.Collections.Immutable;

namespace Functional;

/// <summary>A function whose tapped values are results, too: after those that it had.</summary>
/// <param name="Program">The function's results, then the tapped values.</param>
/// <param name="Names">The names of the tapped values, in the program's order: forward, then adjoint.</param>
public sealed record Tapped(Function Program, ImmutableArray<string> Names);

/// <summary>Makes results of tapped values. Functions that hold taps are put in the place of their calls.</summary>
internal static class Taps
{
    public static Tapped Of(Function f)
    {
        var results = f.Results;
        while (Inlined(results) is { } inlined) results = inlined;
        ImmutableArray<Expr> tapped = [.. Fold.PostOrder(results).Where(n => n.Op is Tap).OrderBy(n => ((Tap)n.Op).Order)];
        return new(new(f.Parameters, [.. results, .. tapped]), [.. tapped.Select(n => ((Tap)n.Op).Shown)]);
    }

    /// <summary>The results with the body in place of each op that holds a tap; null where none does.</summary>
    private static ImmutableArray<Expr>? Inlined(ImmutableArray<Expr> results)
    {
        var (images, bodies, holds) = (new Dictionary<Expr, Expr>(), new Dictionary<Expr, ImmutableArray<Expr>>(), new Dictionary<Function, bool>());
        foreach (var node in Fold.PostOrder(results))
        {
            if (node.Op is Applied c && Holds(c.Body, holds))
            {
                bodies[node] = c.Body.Inline([.. node.Inputs.Select(x => images[x])]);
                images[node] = bodies[node][0];
            }
            else
            {
                images[node] = node.Op is Result r && bodies.TryGetValue(r.Of, out var body) ? body[r.Index] : Fold.Rebuild(node, images);
            }
        }
        return bodies.Count == 0 ? null : [.. results.Select(r => images[r])];
    }

    /// <summary>Whether a function holds a tap, or calls one that does.</summary>
    private static bool Holds(Function f, Dictionary<Function, bool> known)
    {
        if (known.TryGetValue(f, out var holds)) return holds;
        foreach (var node in f.Nodes) holds |= node.Op is Tap || node.Op.Functions().Any(g => Holds(g, known));
        return known[f] = holds;
    }
}

public static partial class Prelude
{
    /// <summary>
    /// The function with the value of each <see cref="tap"/> among its results, after its own: forward values, then their adjoints, each in the
    /// order in which the program has them. What its own results compute stays the same, bit for bit.
    /// </summary>
    public static Tapped taps(Function f) => Taps.Of(f);
}
