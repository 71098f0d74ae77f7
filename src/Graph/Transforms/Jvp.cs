using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Forward mode: the tangent of each node from the tangents of its inputs, in topological order. One pass gives J·t. A tangent that is not
/// there is zero.
/// </summary>
internal static class Jvp
{
    /// <summary>The tangents of the roots, each null where zero.</summary>
    public static ImmutableArray<Expr?> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> seeds)
    {
        var tangents = new Dictionary<(Expr, int), Expr>();
        for (var i = 0; i < inputs.Length; i++) tangents[(inputs[i], 0)] = seeds[i];
        Expr? Tangent(Expr x) => tangents.GetValueOrDefault((x, 0));
        foreach (var node in Fold.PostOrder(roots))
        {
            if (tangents.ContainsKey((node, 0))) continue;
            if (node.Op is Result r)
            {
                if (tangents.TryGetValue((r.Of, r.Index), out var picked)) tangents[(node, 0)] = picked;
                continue;
            }
            var ts = node.Inputs.Select(Tangent).ToImmutableArray();
            if (ts.All(t => t is null)) continue;
            var pushed = Push(node, ts);
            for (var i = 0; i < pushed.Length; i++)
                if (pushed[i] is { } t && node.Results[i].DType.IsFloat) tangents[(node, i)] = t;
        }
        return [.. roots.Select(Tangent)];
    }

    private static ImmutableArray<Expr?> Push(Expr y, ImmutableArray<Expr?> ts) => y.Op switch
    {
        Elementwise op => [Total(ts.Select((t, i) => t is null ? null : op.Chain(i, y, t)))],
        Linear op => ts.Take(op.LinearInputs).All(t => t is null) ? [null]
            : [Expr.Of(op.With([.. ts.Take(op.LinearInputs).Select((t, i) => t ?? zerosLike(y.Inputs[i])), .. y.Inputs.Skip(op.LinearInputs)]))],
        Bilinear op => [Total([ts[0] is { } dx ? Expr.Of(op.With([dx, op.Y])) : null, ts[1] is { } dy ? Expr.Of(op.With([op.X, dy])) : null])],
        CustomJvp op => [.. op.Rule.Inline([.. op.Args, .. Filled(ts, op.Args)])],
        CustomVjp op => PushByTransposing(y, op, ts),
        Control op => PushBody(op, ts),
        _ => [null],
    };

    /// <summary>A call of the tangent function of the body: (arguments, tangents of those that have one) ↦ tangents of the results.</summary>
    private static ImmutableArray<Expr?> PushBody(Control op, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<int> moving = [.. Enumerable.Range(0, ts.Length).Where(i => ts[i] is not null)];
        ImmutableArray<Expr> seeds = [.. moving.Select(i => variable($"d{op.Body.Parameters[i].Label}", op.Args[i].Type))];
        var tangents = Of(op.Body.Results, [.. moving.Select(i => op.Body.Parameters[i])], seeds);
        ImmutableArray<int> live = [.. Enumerable.Range(0, tangents.Length).Where(i => tangents[i] is not null)];
        if (live.IsEmpty) return [.. tangents];
        var called = call(
            new Function([.. op.Body.Parameters, .. seeds], [.. live.Select(i => tangents[i]!)]),
            [.. op.Args, .. moving.Select(i => ts[i]!)]);
        return [.. tangents.Select((t, i) => t is null ? null : called[live.IndexOf(i)])];
    }

    /// <summary>A reverse rule is linear in the cotangents, and its transpose is the forward rule.</summary>
    private static ImmutableArray<Expr?> PushByTransposing(Expr y, CustomVjp op, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<Expr> cts = [.. y.Results.Select((t, i) => variable($"ct{i}", t))];
        var pulled = op.Rule.Inline([.. op.Args, .. results(y), .. cts]);
        return Vjp.Of(pulled, [.. ts], cts);
    }

    private static IEnumerable<Expr> Filled(ImmutableArray<Expr?> ts, ValueArray<Expr> like) => ts.Select((t, i) => t ?? zerosLike(like[i]));

    private static Expr? Total(IEnumerable<Expr?> terms) =>
        terms.Aggregate((Expr?)null, (sum, term) => sum is null ? term : term is null ? sum : sum + term);
}
