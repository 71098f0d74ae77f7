using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Dead code of <see cref="Control"/> ops: results that nothing reads are not computed, carries and arguments that no result needs are not
/// passed, and what the op owns is simplified.
/// </summary>
internal static class Narrow
{
    /// <summary>The roots with each control node narrowed to what is read of it; the same roots where there is nothing to drop.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots)
    {
        var walk = new Walk(roots);
        var order = walk.Nodes;
        if (!order.Any(n => n.Op is Control)) return roots;
        var read = new HashSet<(Expr, int)>(roots.Where(r => r.Op is not Result && r.Results.Length == 1).Select(r => (r, 0)));
        foreach (var node in order)
            foreach (var x in node.Inputs)
                if (x.Results.Length == 1) read.Add((x, 0));
        foreach (var node in order)
            if (node.Op is Result r) read.Add((r.Of, r.Index));
        return walk.Replaced((place, image) => image.Op is Control c
            ? c.Narrowed([.. image.Results.Select((_, i) => read.Contains((order[place], i)))]) ?? default : default) ?? roots;
    }

    /// <summary>A control node with its functions rewritten; the same node where that changes none.</summary>
    public static Expr Bodies(Expr node, Control op, Func<Function, Function> rewrite)
    {
        ImmutableArray<Function> bodies = [.. op.Bodies.Select(rewrite)];
        return Enumerable.Range(0, bodies.Length).All(i => ReferenceEquals(bodies[i], op.Bodies[i])) ? node : Expr.Of(op.WithBodies(bodies)).Like(node);
    }
}
