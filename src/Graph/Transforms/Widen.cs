using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// What f16 and bf16 mean. An op that computes with them is that op of f32 on the same numbers, and its result is rounded once: to nearest, ties to
/// even, beyond the greatest number to infinity. So each node of a graph rounds, sums and products of many numbers among them, which are accumulated
/// in f32. What moves elements moves these as well. A conversion to or from another type than f32 goes by way of f32.
/// <para>
/// Hence a product of bf16 whose result is not rounded (JAX's <c>preferred_element_type</c>) needs no op of its own: <c>dot(convert(x, f32), convert(y, f32))</c>
/// is one, with the transposes of its parts, and an interpreter that multiplies bf16 itself sees it there. A product of f32 that reads its factors less
/// precisely (<see cref="Precision"/>) is that product of its factors converted.
/// </para>
/// This transformation writes that down: the same values by arithmetic in f32, so that f16 and bf16 are moved and converted only.
/// </summary>
public sealed class Widen
{
    private readonly Dictionary<(Expr, DType), Expr> converted = [];
    private readonly Dictionary<Function, Function> bodies = new(ReferenceEqualityComparer.Instance);

    private Widen() { }

    /// <summary>The function with its results computed in f32 and rounded; parameters and results keep their types.</summary>
    public static Function Of(Function f) => new Widen().Body(f);

    /// <summary>The expressions, computed in f32 and rounded; the same where nothing computes with f16 or bf16.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots) => new Widen().Roots(new(roots));

    private Function Body(Function f)
    {
        if (bodies.TryGetValue(f, out var known)) return known;
        var results = Roots(f.Walk);
        return bodies[f] = results.SequenceEqual(f.Results) ? f : new(f.Parameters, results);
    }

    private ImmutableArray<Expr> Roots(Walk walk)
    {
        var images = new Expr[walk.Count];
        for (var place = 0; place < images.Length; place++)
        {
            var node = walk.Rebuild(place, images);
            images[place] = node.Op is Control op ? Narrow.Bodies(node, op, Body)
                : node.Op is Bilinear { Precision: not Precision.Full } product ? Read(product).Like(node)
                : Computes(node) ? Rounded(node).Like(node) : node;
        }
        return walk.AtRoots(images);
    }

    private static bool Computes(Expr node) => !node.Op.Moves && (node.DType.IsHalf || node.Inputs.Any(x => x.Results.Length == 1 && x.DType.IsHalf));

    private Expr Rounded(Expr node)
    {
        if (node.Op is Convert c) return convert(c.X.DType.IsHalf ? As(DType.F32, c.X, false) : convert(c.X, DType.F32), c.To);
        var op = node.Op is Iota i ? i with { Type = i.Type with { DType = DType.F32 } }
            : node.Op.With([.. node.Inputs.Select(x => x.DType.IsHalf ? As(DType.F32, x, node.Op is Bilinear) : x)]);
        return convert(Expr.Of(op), node.DType);
    }

    private Expr Read(Bilinear product)
    {
        Expr Factor(Expr x) => As(DType.F32, As(product.Precision.Factor, x, true), true);
        return Expr.Of(product with { X = Factor(product.X), Y = Factor(product.Y), Precision = Precision.Full });
    }

    /// <summary>The same numbers as another type: converted before they are broadcast or, for a product, which reads through it, permuted.</summary>
    private Expr As(DType type, Expr x, bool isFactor)
    {
        var moves = new Stack<Expr>();
        while (!converted.ContainsKey((x, type)) && (x.Op is Broadcast or Reshape || (isFactor && x.Op is Permute or Reverse)))
        {
            moves.Push(x);
            x = x.Inputs[0];
        }
        if (!converted.TryGetValue((x, type), out var image)) converted[(x, type)] = image = x.Op switch
        {
            Constant { Value: { Type.Rank: 0 } value } => constant(value[0], type),
            Convert { X: var narrow } when narrow.DType == type && type.IsHalf => narrow,
            _ => convert(x, type),
        };
        while (moves.TryPop(out var move)) converted[(move, type)] = image = Expr.Of(move.Op.With([image]));
        return image;
    }
}

public static partial class Prelude
{
    /// <summary>The function by arithmetic in f32 where it computes with f16 or bf16. See <see cref="Widen"/>.</summary>
    public static Function widen(Function f) => Widen.Of(f);
}
