using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The program as differentiation wants to find it: each <see cref="Control"/> node on the way is replaced by what it exposes, so that forward
/// and adjoint share nodes: a composite by its body, a loop by one that keeps what its adjoint reads.
/// </summary>
internal static class Exposed
{
    /// <summary>The roots with every control node that one of the inputs reaches replaced by what it exposes, until none has more to.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, bool reverse) => Walk(roots, inputs, reverse).Roots;

    /// <summary>The walk from <see cref="Of"/>.</summary>
    public static Walk Walk(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, bool reverse) =>
        Walk(roots, inputs, (op, y, active) => op.Expose(y, active, reverse));

    /// <summary>The roots as forward mode wants to find them, every call that one of the inputs reaches replaced by its body, too.</summary>
    public static ImmutableArray<Expr> Inlined(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs) =>
        Walk(roots, inputs, (op, y, active) => op is Call call ? call.Body.Inline(call.Args.Items) : op.Expose(y, active, reverse: false)).Roots;

    private static Walk Walk(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, Func<Control, Expr, ImmutableArray<bool>, ImmutableArray<Expr>?> expose)
    {
        var walk = new Walk(roots);
        while (Pass(walk, inputs, expose) is { } exposed) walk = new(exposed);
        return walk;
    }

    private static ImmutableArray<Expr>? Pass(Walk walk, ImmutableArray<Expr> inputs, Func<Control, Expr, ImmutableArray<bool>, ImmutableArray<Expr>?> expose)
    {
        if (!walk.Nodes.Any(n => n.Op is Control)) return null;
        var reached = walk.Reached(inputs);
        var provenance = new Provenance("body");
        return walk.Replaced((place, image) =>
        {
            Provenance.Settle(image);
            if (image.Op is not Control c || !reached[place] || expose(c, image, walk.AtInputs(place, reached)) is not { } results) return default;
            foreach (var result in results) provenance.Mark(image, result);
            return results!;
        });
    }
}
