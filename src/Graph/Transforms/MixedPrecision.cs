using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Which arithmetic of a function is done in 16 bits (jmp's <c>Policy</c>). Products are, as they have the most of it: dots and convolutions read
/// their factors in as many bits as is said, and sum in f32. All else stays in f32: weights, of which an optimiser moves the masters; sums, norms,
/// softmax and losses.
/// </summary>
/// <param name="Products">How precisely products of f32 read their factors.</param>
/// <param name="Output">The type of results that were f32; what they are, where not given.</param>
public sealed record PrecisionPolicy(Precision Products, DType Output = DType.F32)
{
    /// <summary>All in f32: a function under it is the function.</summary>
    public static PrecisionPolicy Full { get; } = new(Precision.Full);

    /// <summary>Products of bf16, whose range is that of f32.</summary>
    public static PrecisionPolicy BF16 { get; } = new(Precision.BF16);

    /// <summary>Products of f16, which are eight times as precise, and whose gradients need to be scaled into its range.</summary>
    public static PrecisionPolicy F16 { get; } = new(Precision.F16);
}

/// <summary>
/// Mixed precision: products read their factors in 16 bits, where the program does not say of one already how it shall. Only that is said of a product,
/// and its transposes and batches keep it: so differentiation and batching commute with this, and to do it twice is to do it once.
/// </summary>
internal sealed class MixedPrecision(PrecisionPolicy policy)
{
    private readonly Dictionary<Function, Function> bodies = new(ReferenceEqualityComparer.Instance);
    private readonly Provenance provenance = new("mixedPrecision");

    /// <summary>The function, within those that its ops own, too.</summary>
    public Function Of(Function f)
    {
        if (bodies.TryGetValue(f, out var known)) return known;
        var results = f.Walk.AtRoots(Images(f.Walk, new Expr[f.Walk.Count], Enumerable.Repeat(true, f.Walk.Count)));
        return bodies[f] = results.SequenceEqual(f.Results) ? f : new(f.Parameters, results);
    }

    /// <summary>The roots where inputs have other nodes in their stead; what no input reaches stays the node that it was.</summary>
    public ImmutableArray<Expr> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> at)
    {
        var walk = new Walk(roots);
        var images = new Expr[walk.Count];
        for (var i = 0; i < inputs.Length; i++)
            if (walk.PlaceOf(inputs[i]) is var place and >= 0) images[place] = at[i];
        return Results(walk.AtRoots(Images(walk, images, walk.Reached(inputs))));
    }

    /// <summary>What were results of f32, as the type that the policy wants.</summary>
    public ImmutableArray<Expr> Results(ImmutableArray<Expr> results) => [.. results.Select(y => y.DType == DType.F32 ? Made(y, Prelude.convert(y, policy.Output)) : y)];

    private Expr[] Images(Walk walk, Expr[] images, IEnumerable<bool> reached)
    {
        foreach (var given in walk.Nodes.Concat(images.OfType<Expr>())) Provenance.Settle(given);
        foreach (var (place, isWithin) in reached.Index())
            images[place] ??= isWithin ? Of(walk.Rebuild(place, images)) : walk.Nodes[place];
        return images;
    }

    private Expr Of(Expr node) => node.Op switch
    {
        Bilinear { Precision: Precision.Full, X.DType: DType.F32 } product when policy.Products != Precision.Full => Made(node, Expr.Of(product with { Precision = policy.Products })),
        Control op => Narrow.Bodies(node, op, Of),
        _ => node,
    };

    private Expr Made(Expr from, Expr made)
    {
        provenance.Mark(from, made);
        return made;
    }
}

public static partial class Prelude
{
    /// <summary>
    /// f in mixed precision: its products of f32, in bodies of loops and in derivatives, read their factors in as many bits as the policy says, and sum
    /// in f32; everything else is as it was, so that arguments and gradients stay f32. What the function closes over and its arguments do not reach is
    /// left as it is, and so is a product that says how precisely it reads its factors: of nested policies the innermost holds. It commutes with grad
    /// and vmap: mixedPrecision(grad(f)) = grad(mixedPrecision(f)), bit for bit, where the output is f32.
    /// <para>
    /// A factor is rounded by at most a share u of it (of bf16 2⁻⁸, of f16 2⁻¹¹, where it is in f16's normal range, 6.1·10⁻⁵ to 65,504), and a product
    /// Σ x·y is off by at most (2u + u²) Σ |x|·|y|. Gradients of f16 that are smaller vanish: scale the loss. Micikevicius et al., "Mixed
    /// Precision Training" (2018); jmp, and PyTorch's <c>autocast</c>, which also round the products.
    /// </para>
    /// </summary>
    public static Func<TIn, TOut> mixedPrecision<TIn, TOut>(Func<TIn, TOut> f, PrecisionPolicy policy) => x =>
    {
        var point = Tree.Fresh(x);
        var y = f(point);
        return Tree.With(y, new MixedPrecision(policy).Of(Tree.Leaves(y), Tree.Leaves(point), Tree.Leaves(x)));
    };

    /// <inheritdoc cref="mixedPrecision{TIn, TOut}(Func{TIn, TOut}, PrecisionPolicy)"/>
    public static Func<Expr, Expr> mixedPrecision(Func<Expr, Expr> f, PrecisionPolicy policy) => mixedPrecision<Expr, Expr>(f, policy);

    /// <inheritdoc cref="mixedPrecision{TIn, TOut}(Func{TIn, TOut}, PrecisionPolicy)"/>
    public static Func<Expr, Expr, Expr> mixedPrecision(Func<Expr, Expr, Expr> f, PrecisionPolicy policy) =>
        (a, b) => mixedPrecision<(Expr, Expr), Expr>(x => f(x.Item1, x.Item2), policy)((a, b));

    /// <summary>The function in mixed precision, all of it. See <see cref="mixedPrecision{TIn, TOut}(Func{TIn, TOut}, PrecisionPolicy)"/>.</summary>
    public static Function mixedPrecision(Function f, PrecisionPolicy policy)
    {
        var mixed = new MixedPrecision(policy);
        var results = mixed.Results(mixed.Of(f).Results);
        return results.SequenceEqual(f.Results) ? f : new(f.Parameters, results);
    }
}
