using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Reverse mode: one adjoint for each node, in reverse topological order, the contributions of its users added up. One pass gives ctᵀ·J,
/// however many inputs there are. A cotangent that is not there is zero.
/// </summary>
internal static class Vjp
{
    /// <summary>The cotangents of the inputs, which are variables, each null where zero.</summary>
    public static ImmutableArray<Expr?> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr?> seeds, ImmutableArray<Expr> inputs)
    {
        var walk = new Walk(roots);
        return Of(walk, [.. walk.Nodes], roots, seeds, inputs);
    }

    /// <summary>
    /// The cotangents of the inputs of a program at another point than its own variables: which node depends on which is the walk's to say, and
    /// adjoints read the nodes' images there.
    /// </summary>
    public static ImmutableArray<Expr?> Of(Walk walk, Expr[] images, ImmutableArray<Expr> roots, ImmutableArray<Expr?> seeds, ImmutableArray<Expr> inputs)
    {
        var active = Active(walk, inputs);
        var provenance = new Provenance("vjp");
        foreach (var image in images) Provenance.Settle(image);
        foreach (var seed in seeds) seed?.Settle();
        var firstOf = new int[walk.Count + 1];
        for (var place = 0; place < walk.Count; place++) firstOf[place + 1] = firstOf[place] + walk.Nodes[place].Results.Length;
        var cts = new Expr?[firstOf[^1]];
        void Accumulate(int place, int result, Expr? ct)
        {
            if (ct is null || place < 0 || !active[place]) return;
            ref var sum = ref cts[firstOf[place] + result];
            if (sum is null) sum = ct;
            else provenance.Mark(images[place], sum += ct, "the cotangents of a shared node add up");
        }

        for (var i = 0; i < roots.Length; i++) Accumulate(walk.PlaceOf(roots[i]), 0, seeds[i]);
        for (var place = walk.Count - 1; place >= 0; place--)
        {
            var of = cts.AsSpan(firstOf[place]..firstOf[place + 1]);
            if (!active[place] || walk.Nodes[place].Op is Leaf || of.IndexOfAnyExcept((Expr?)null) < 0) continue;
            var y = images[place];
            var read = walk.InputsOf(place);
            if (y.Op is Result r)
            {
                Accumulate(read[0], r.Index, of[0]);
                continue;
            }
            var pulled = y.Op is Control control ? control.Pull(y, [.. of], walk.AtInputs(place, active)) : [];
            for (var i = 0; i < read.Length; i++)
            {
                if (!active[read[i]]) continue;
                var ct = y.Op is Control ? pulled[i] : Pull(y, i, of[0]!);
                provenance.Mark(y, ct);
                Accumulate(read[i], 0, ct);
            }
        }
        return [.. inputs.Select(x => walk.PlaceOf(x) is var place and >= 0 ? cts[firstOf[place]] : null)];
    }

    /// <summary>The nodes with a floating-point result that depend on the inputs: only these have adjoints.</summary>
    private static bool[] Active(Walk walk, ImmutableArray<Expr> inputs)
    {
        var active = new bool[walk.Count];
        foreach (var x in inputs)
            if (walk.PlaceOf(x) is var place and >= 0) active[place] = x.DType.IsFloat;
        for (var place = 0; place < active.Length; place++)
        {
            foreach (var input in walk.InputsOf(place)) active[place] |= active[input];
            active[place] = active[place] && walk.Nodes[place].Results.Any(t => t.DType.IsFloat);
        }
        return active;
    }

    /// <summary>The cotangent of an input, given the result's; null where zero.</summary>
    private static Expr? Pull(Expr y, int input, Expr ct) => y.Op switch
    {
        Elementwise op => op.Chain(input, y, ct),
        Linear op when input < op.LinearInputs => op.Transpose(input, ct),
        Bilinear op => input == 0 ? op.TransposeLeft(ct) : op.TransposeRight(ct),
        _ => null,
    };
}
