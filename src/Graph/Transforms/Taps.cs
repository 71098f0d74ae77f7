using System.Collections.Immutable;

namespace Functional;

/// <summary>A function whose tapped values are results, too: after those that it had.</summary>
/// <param name="Program">The function's results, then the tapped values.</param>
/// <param name="Names">The names of the tapped values, in the program's order: forward, then adjoint.</param>
public sealed record Tapped(Function Program, ImmutableArray<string> Names);

/// <summary>What a tap shows under which name.</summary>
internal readonly record struct Shown(string Label, int Order, Expr Value);

/// <summary>A function whose taps' values are results after its own, with their names.</summary>
internal sealed record Showing(Function Program, ImmutableArray<(string Label, int Order)> Names)
{
    /// <summary>What the taps show, given the results of the program or what they have become.</summary>
    public ImmutableArray<Shown> Of(ImmutableArray<Expr> results)
    {
        var own = results.Length - Names.Length;
        return [.. Names.Select((n, i) => new Shown(n.Label, n.Order, results[own + i]))];
    }
}

/// <summary>Makes results of tapped values: those of the program, and those of the functions that its ops own, which the ops show (<see cref="Control.Show"/>).</summary>
internal sealed class Taps
{
    private readonly Dictionary<Function, Showing> known = new(ReferenceEqualityComparer.Instance);

    private Taps() { }

    public static Tapped Of(Function f)
    {
        var (program, names) = new Taps().Showing(f);
        int[] order = [.. Enumerable.Range(0, names.Length).OrderBy(i => names[i].Order)];
        return new(
            new(f.Parameters, [.. program.Results[..f.Results.Length], .. order.Select(i => program.Results[f.Results.Length + i])]),
            [.. order.Select(i => names[i].Label + new string('\'', names[i].Order))]);
    }

    /// <summary>
    /// The nodes without the taps of a function from which they were derived and parts of which they compute again: the function has shown these.
    /// </summary>
    public static ImmutableArray<Expr> Without(ImmutableArray<Expr> nodes, ImmutableArray<Expr> shown)
    {
        var forward = new Walk(shown);
        if (!forward.Nodes.Any(n => n.Op is Tap or Control)) return nodes;
        var walk = new Walk(nodes);
        return walk.Replaced((place, image) => forward.PlaceOf(walk.Nodes[place]) >= 0 ? Without(image) : default) ?? nodes;
    }

    private static ImmutableArray<Expr?> Without(Expr node)
    {
        if (node.Op is Tap tap) return [tap.X];
        if (node.Op is not Control op) return default;
        var bare = Narrow.Bodies(node, op, f => f.Walk.Replaced((_, image) => Without(image)) is { } results ? new(f.Parameters, results) : f);
        return ReferenceEquals(bare, node) ? default : [.. Prelude.results(bare)];
    }

    private Showing Showing(Function f)
    {
        if (known.TryGetValue(f, out var showing)) return showing;
        var shown = ImmutableArray.CreateBuilder<Shown>();
        var results = f.Walk.Replaced((_, image) =>
        {
            if (image.Op is Tap tap) shown.Add(new(tap.Label, tap.Order, image));
            if (image.Op is not Control op) return default;
            ImmutableArray<Showing> bodies = [.. op.Bodies.Select(Showing)];
            if (bodies.All(b => b.Names.IsEmpty)) return default;
            var (own, within) = op.Show(bodies);
            shown.AddRange(within);
            return own!;
        }) ?? f.Results;
        return known[f] = shown.Count == 0 ? new(f, [])
            : new(new(f.Parameters, [.. results, .. shown.Select(s => s.Value)]), [.. shown.Select(s => (s.Label, s.Order))]);
    }
}

public static partial class Prelude
{
    /// <summary>
    /// The function with the value of each <see cref="tap"/> among its results, after its own: forward values, then their adjoints, each in the
    /// order in which the program has them. A tap in the body of a loop shows its values of all steps, stacked along axis 0: of a
    /// <c>scan</c> at each step, of a <c>whileLoop</c> at each step up to its limit, zeros where there was none (for its condition, those before each step
    /// that was taken). A tap in a branch shows zeros where another branch is taken; taps of the same name and type in several branches are one value.
    /// Square-root residuals divide a scan into a scan over groups of steps, and a shorter one over the rest. What the function's own results compute
    /// stays the same, bit for bit.
    /// </summary>
    public static Tapped taps(Function f) => Taps.Of(f);
}
