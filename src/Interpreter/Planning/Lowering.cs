using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Interpreter;

/// <summary>What every interpreter's program goes through before it is planned: bodies inlined, names dropped, simplified, f16 and bf16 computed in f32, masks taken before scatters, sums over one run of axes at a time.</summary>
public static class Lowering
{
    /// <summary>The same function without <see cref="Applied"/> nodes, simplified and shared. What branches and loops own is lowered when it is planned.</summary>
    public static Function Of(Function f)
    {
        var walk = f.Walk;
        while (walk.Nodes.Any(n => n.Op is Applied)) walk = new(Inlined(walk));
        var simple = Simplify.Of(Fold.Rewrite(walk.Roots, x => x.Op switch { CheckpointName name => name.X, Tap tap => tap.X, _ => x }));
        var roots = Widen.Of(simple);
        if (!roots.SequenceEqual(simple)) roots = Simplify.Of(roots);
        var split = Fold.Rewrite(Masks.Of(Accumulations.Of(roots)), Contiguous);
        return new(f.Parameters, split.SequenceEqual(roots) ? roots : Share.Of(split));
    }

    private static ImmutableArray<Expr> Inlined(Walk walk)
    {
        var (images, bodies) = (new Expr[walk.Count], new Dictionary<int, ImmutableArray<Expr>>());
        for (var place = 0; place < images.Length; place++)
        {
            images[place] = walk.Nodes[place].Op is Result r && bodies.TryGetValue(walk.InputsOf(place)[0], out var body) ? body[r.Index] : walk.Rebuild(place, images);
            if (images[place].Op is not Applied applied) continue;
            bodies[place] = applied.Body.Inline(applied.Args.Items);
            images[place] = bodies[place][0];
        }
        return walk.AtRoots(images);
    }

    /// <summary>A sum over several runs of adjacent axes as sums over one run each, the last first, unless one loop computes it.</summary>
    private static Expr Contiguous(Expr node)
    {
        if (node.Op is not Sum s || RowReduction.Of(node) is not null) return node;
        var first = s.Axes.Count - 1;
        while (first > 0 && s.Axes[first - 1] == s.Axes[first] - 1) first--;
        return first <= 0 ? node : Contiguous(sum(sum(s.X, Axes.Of(s.Axes.Skip(first))), Axes.Of(s.Axes.Take(first))));
    }
}
