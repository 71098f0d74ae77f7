using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Forward mode: the tangent of each node from the tangents of its inputs, in topological order. One pass gives J·t. A tangent that is not
/// there is zero.
/// </summary>
internal static class Jvp
{
    /// <summary>The roots, whose loops compute values and tangents together, and their tangents, each null where zero.</summary>
    public static (ImmutableArray<Expr> Values, ImmutableArray<Expr?> Tangents) Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> seeds)
    {
        var tangents = new Dictionary<(Expr, int), Expr>();
        var (moved, joint) = (new Dictionary<Expr, Expr>(), new Dictionary<Expr, ImmutableArray<Expr>>());
        for (var i = 0; i < inputs.Length; i++) tangents[(inputs[i], 0)] = seeds[i];
        foreach (var node in Fold.PostOrder(roots))
        {
            if (tangents.ContainsKey((node, 0))) continue;
            if (node.Op is Result r)
            {
                if (tangents.TryGetValue((r.Of, r.Index), out var picked)) tangents[(node, 0)] = picked;
                if (joint.TryGetValue(r.Of, out var values)) moved[node] = values[r.Index];
                else if (moved.TryGetValue(r.Of, out var of)) moved[node] = Expr.Of(r with { Of = of });
                continue;
            }
            var y = Moved(node, moved);
            if (y != node) moved[node] = y;
            var ts = node.Inputs.Select(x => tangents.GetValueOrDefault((x, 0))).ToImmutableArray();
            if (ts.All(t => t is null)) continue;
            var pushed = Push(y, ts);
            for (var i = 0; i < pushed.Tangents.Length; i++)
                if (pushed.Tangents[i] is { } t && node.Results[i].DType.IsFloat) tangents[(node, i)] = t;
            if (pushed.Values.IsDefault) continue;
            joint[node] = pushed.Values;
            moved[node] = pushed.Values[0];
        }
        return ([.. roots.Select(x => moved.GetValueOrDefault(x, x))], [.. roots.Select(x => tangents.GetValueOrDefault((x, 0)))]);
    }

    private static Expr Moved(Expr node, Dictionary<Expr, Expr> moved) =>
        moved.Count > 0 && node.Inputs.Any(moved.ContainsKey) ? Expr.Of(node.Op.With([.. node.Inputs.Select(x => moved.GetValueOrDefault(x, x))])) : node;

    private static Pushed Push(Expr y, ImmutableArray<Expr?> ts) => y.Op switch
    {
        Elementwise op => new([Total(ts.Select((t, i) => t is null ? null : op.Chain(i, y, t)))]),
        Linear op => new(ts.Take(op.LinearInputs).All(t => t is null) ? [null]
            : [Expr.Of(op.With([.. ts.Take(op.LinearInputs).Select((t, i) => t ?? zerosLike(y.Inputs[i])), .. y.Inputs.Skip(op.LinearInputs)]))]),
        Bilinear op => new([Total([ts[0] is { } dx ? Expr.Of(op.With([dx, op.Y])) : null, ts[1] is { } dy ? Expr.Of(op.With([op.X, dy])) : null])]),
        Control op => op.Push(y, ts),
        _ => new([null]),
    };

    private static Expr? Total(IEnumerable<Expr?> terms) =>
        terms.Aggregate((Expr?)null, (sum, term) => sum is null ? term : term is null ? sum : sum + term);
}
