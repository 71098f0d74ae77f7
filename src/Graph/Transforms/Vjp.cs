using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Reverse mode: one adjoint for each node, in reverse topological order, the contributions of its users added up. One pass gives ctᵀ·J,
/// however many inputs there are. A cotangent that is not there is zero.
/// </summary>
internal static class Vjp
{
    /// <summary>The cotangents of the inputs, each null where zero.</summary>
    public static ImmutableArray<Expr?> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr?> seeds, ImmutableArray<Expr> inputs)
    {
        var order = Fold.PostOrder(roots);
        var active = Active(order, inputs);
        var cts = new Dictionary<(Expr, int), Expr>();
        void Accumulate(Expr x, int result, Expr? ct)
        {
            if (ct is not null && active.Contains(x))
                cts[(x, result)] = cts.TryGetValue((x, result), out var sum) ? sum + ct : ct;
        }

        for (var i = 0; i < roots.Length; i++) Accumulate(roots[i], 0, seeds[i]);
        var sources = inputs.ToHashSet();
        foreach (var node in order.Reverse())
        {
            if (!active.Contains(node) || sources.Contains(node)) continue;
            ImmutableArray<Expr?> of = [.. Enumerable.Range(0, node.Results.Length).Select(i => cts.GetValueOrDefault((node, i)))];
            if (of.All(ct => ct is null)) continue;
            if (node.Op is Result r)
            {
                Accumulate(r.Of, r.Index, of[0]);
                continue;
            }
            var pulled = Pull(node, of, active.Contains);
            for (var i = 0; i < pulled.Length; i++) Accumulate(node.Inputs[i], 0, pulled[i]);
        }
        return [.. inputs.Select(x => cts.GetValueOrDefault((x, 0)))];
    }

    /// <summary>The nodes with a floating-point result that depend on the inputs: only these have adjoints.</summary>
    private static HashSet<Expr> Active(ImmutableArray<Expr> order, ImmutableArray<Expr> inputs)
    {
        var active = inputs.Where(x => x.DType.IsFloat).ToHashSet();
        foreach (var node in order)
            if (node.Results.Any(t => t.DType.IsFloat) && node.Inputs.Any(active.Contains)) active.Add(node);
        return active;
    }

    private static ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, Func<Expr, bool> active)
    {
        ImmutableArray<Expr?> Each(int count, Func<int, Expr?> pull) =>
            [.. Enumerable.Range(0, count).Select(i => active(y.Inputs[i]) ? pull(i) : null)];

        return y.Op switch
        {
            Elementwise op => Each(y.Inputs.Length, i => op.Chain(i, y, cts[0]!)),
            Linear op => Each(op.LinearInputs, i => op.Transpose(i, cts[0]!)),
            Bilinear op => Each(2, i => i == 0 ? op.TransposeLeft(cts[0]!) : op.TransposeRight(cts[0]!)),
            Control op => op.Pull(y, cts, [.. y.Inputs.Select(active)]),
            _ => [],
        };
    }
}
