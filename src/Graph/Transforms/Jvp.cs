using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Forward mode: the tangent of each node from the tangents of its inputs, in topological order. One pass gives J·t. A tangent that is not
/// there is zero, and an integer has none.
/// </summary>
internal static class Jvp
{
    /// <summary>The roots, whose loops compute values and tangents together, and their tangents, each null where zero.</summary>
    public static (ImmutableArray<Expr> Values, ImmutableArray<Expr?> Tangents) Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> seeds) =>
        Of(new Walk(roots), inputs, inputs, seeds);

    /// <summary>
    /// The same for a program's roots at a point, where the inputs have other nodes in their stead; with values computed apart from tangents, which read
    /// what they need of them, where that is asked for.
    /// </summary>
    public static (ImmutableArray<Expr> Values, ImmutableArray<Expr?> Tangents) Of(
        Walk walk, ImmutableArray<Expr> inputs, ImmutableArray<Expr> at, ImmutableArray<Expr> seeds, bool apart = false)
    {
        var (images, tangents) = (new Expr[walk.Count], new Expr?[walk.Count]);
        var several = new Dictionary<int, Pushed>();
        var provenance = new Provenance("jvp");
        foreach (var given in at.Concat(seeds)) Provenance.Settle(given);
        for (var i = 0; i < inputs.Length; i++)
            if (walk.PlaceOf(inputs[i]) is var place and >= 0) (images[place], tangents[place]) = (at[i], at[i].DType.IsFloat ? seeds[i] : null);
        for (var place = 0; place < walk.Count; place++)
        {
            if (images[place] is not null) continue;
            if (walk.Nodes[place].Op is Result r && several.TryGetValue(walk.InputsOf(place)[0], out var pushed))
            {
                images[place] = pushed.Values.IsDefault ? walk.Rebuild(place, images) : pushed.Values[r.Index];
                tangents[place] = images[place].DType.IsFloat ? pushed.Tangents[r.Index] : null;
                continue;
            }
            var y = images[place] = walk.Rebuild(place, images);
            Provenance.Settle(y);
            var ts = walk.AtInputs(place, tangents);
            if (y.Op is Result || ts.All(t => t is null)) continue;
            pushed = apart && y.Op is Control control ? control.PushApart(y, ts) : Push(y, ts);
            foreach (var made in pushed.Tangents) provenance.Mark(y, made);
            if (!pushed.Values.IsDefault) foreach (var made in pushed.Values) provenance.Mark(y, made);
            if (y.Op is Control) several[place] = pushed;
            if (!pushed.Values.IsDefault) images[place] = pushed.Values[0];
            tangents[place] = y.Results[0].DType.IsFloat ? pushed.Tangents[0] : null;
        }
        return (walk.AtRoots(images), walk.AtRoots(tangents));
    }

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
