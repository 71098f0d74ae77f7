using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Masks taken before a scatter and not after it: where(f(x), scatterAdd(u, i), 0) = scatterAdd(where(f(gather(x, i)), u, 0), i) for elementwise f,
/// bit for bit: a place keeps its updates in their order or gets only zeros, and what an index outside picks is dropped. Done where gather(x, i)
/// is there already and is no larger than x, and nothing else reads the scatter: then what stands behind a maximum over windows, as the
/// rectifier often does, is masked by the fewer elements that were picked, and x need not be kept.
/// </summary>
public static class Masks
{
    /// <summary>The roots with masks taken early.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots)
    {
        var walk = new Walk(roots);
        var picks = walk.Nodes.Where(n => n.Op is Gather).ToLookup(n => ((Gather)n.Op).Indices);
        var readers = walk.Nodes.SelectMany(n => n.Inputs.ToArray()).Concat(roots).CountBy(n => n).ToDictionary();
        return picks.Count == 0 ? roots : walk.Replaced((place, image) => walk.Nodes[place].Op is Select s && IsEarly(s) ? [Early((Select)image.Op)] : default) ?? roots;

        bool IsEarly(Select s)
        {
            var masked = s.X;
            while (readers[masked] == 1 && masked.Op is Reshape r) masked = r.X;
            return masked.Op is ScatterAdd scatter && readers[masked] == 1 && scatter.X.Shape.Size <= s.X.Shape.Size && Masked(s) is { } x && Viewed(s.Y).Op is Constant { Value.Uniform: { } zero } && BitConverter.DoubleToInt64Bits(zero) == 0
                && picks[scatter.Indices].Any(p => p.Op is Gather g && g.Axis == scatter.Axis && g.Batch == scatter.Batch && g.X.Shape == masked.Shape && Viewed(g.X) == Viewed(x));
        }
    }

    /// <summary>The one operand of a mask that is not the same number everywhere.</summary>
    private static Expr? Masked(Select s) =>
        s.Predicate.Op is Elementwise and not Tap && s.Predicate.Inputs.Where(x => x.Op is not Broadcast { X.Rank: 0 }).ToArray() is [var only] ? only : null;

    private static Expr Early(Select s)
    {
        var scatter = (ScatterAdd)Scattered(s.X).Op;
        var shape = Scattered(s.X).Shape;
        var picked = Prelude.gather(Prelude.reshape(Masked(s)!, shape), scatter.Indices, scatter.Axis, scatter.Batch);
        var mask = Expr.Of(s.Predicate.Op.With([.. s.Predicate.Inputs.Select(x => x.Op is Broadcast { X.Rank: 0 } b ? Prelude.broadcast(b.X, picked.Shape, b.Mapping) : picked)]));
        var updates = Prelude.where(mask, scatter.X, Prelude.zerosLike(scatter.X));
        return Prelude.reshape(Prelude.scatterAdd(updates, scatter.Indices, scatter.Extent, scatter.Axis, scatter.Batch), s.X.Shape);
    }

    private static Expr Scattered(Expr x) => x.Op is Reshape r ? Scattered(r.X) : x;

    /// <summary>What a reshape or a broadcast of one number looks at.</summary>
    private static Expr Viewed(Expr x) => x.Op is Reshape r ? Viewed(r.X) : x.Op is Broadcast { X.Rank: 0 } b ? b.X : x;
}
