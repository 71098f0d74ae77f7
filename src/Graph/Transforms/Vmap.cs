using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Batching: each node's image from its inputs' images, in topological order, by the law of its kind; never a loop over the examples. A batched
/// image has the batch at axis 0. What does not depend on the batch stays the node that it was, and is computed once.
/// </summary>
internal sealed class Vmap(int size)
{
    private readonly Dictionary<(Function, ValueArray<bool>, ValueArray<bool>), (Function, ImmutableArray<bool>)> bodies = [];

    private readonly Provenance provenance = new("vmap");

    /// <summary>The number of examples.</summary>
    public int Size => size;

    /// <summary>The images of the roots, where each input stands for the examples that lie along axis 0 of its batch.</summary>
    public static ImmutableArray<Image> Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> batches, int size) =>
        new Vmap(size).Walk(roots, inputs, batches);

    private ImmutableArray<Image> Walk(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<Expr> batches)
    {
        var walk = new Walk(roots);
        var (images, moved, several) = (new Image[walk.Count], walk.Reached(inputs), new Dictionary<int, ImmutableArray<Image>>());
        for (var i = 0; i < inputs.Length; i++)
            if (walk.PlaceOf(inputs[i]) is var place and >= 0) images[place] = new(batches[i], true);
        foreach (var given in walk.Nodes.Concat(batches)) Provenance.Settle(given);
        for (var place = 0; place < images.Length; place++)
        {
            var node = walk.Nodes[place];
            if (images[place].Batched) continue;
            if (!moved[place]) images[place] = new(node, false);
            else if (node.Op is Result r) images[place] = several[walk.InputsOf(place)[0]][r.Index];
            else
            {
                var batching = new Batching(this, walk.AtInputs(place, images));
                if (node.Op is Control op)
                {
                    var pushed = several[place] = batching.Any ? op.Batched(batching) : Image.Of(Expr.Of(op.With(batching.All)), [.. node.Results.Select(_ => false)]);
                    foreach (var image in pushed) provenance.Mark(node, image.Value);
                    images[place] = pushed[0];
                    continue;
                }
                images[place] = batching.Any ? new(Push(node, batching), true) : new(Expr.Of(node.Op.With(batching.All)), false);
                provenance.Mark(node, images[place].Value);
            }
        }
        return walk.AtRoots(images);
    }

    private static Expr Push(Expr y, Batching b) => y.Op switch
    {
        Elementwise op => Expr.Of(op.With(b.Full())),
        Linear op => op.Batched(b),
        Bilinear op => op.Batched(b),
        Discrete op => op.Batched(b),
        _ => throw new NotSupportedException($"vmap has no rule for {y.Op.GetType().Name}"),
    };

    /// <summary>See <see cref="Batching.Body"/>; once for each function and choice of parameters, however often it is called.</summary>
    public (Function Body, ImmutableArray<bool> Batched) Body(Function f, ImmutableArray<bool> mapped, ImmutableArray<bool> full)
    {
        if (bodies.TryGetValue((f, mapped, full), out var known)) return known;
        ImmutableArray<Expr> parameters = [.. f.Parameters.Select((p, i) => mapped[i] ? variable(p.Label, p.Type with { Shape = p.Shape.Insert(0, size) }) : p)];
        ImmutableArray<int> moving = [.. Enumerable.Range(0, mapped.Length).Where(i => mapped[i])];
        var images = Walk(f.Results, [.. moving.Select(i => f.Parameters[i])], [.. moving.Select(i => parameters[i])]);
        var body = new Function(parameters, [.. images.Select((x, i) => full[i] ? x.Full(size) : x.Value)]);
        return bodies[(f, mapped, full)] = (body, [.. images.Select((x, i) => x.Batched || full[i])]);
    }
}

public static partial class Prelude
{
    /// <summary>
    /// f of every example of a batch at once, as a function of the batch: what stands at index i along the mapped axes of the result is f of what
    /// stands at index i along the mapped axes of the arguments. Each op is replaced by its batched form, never by a loop; what does not
    /// depend on the batch is computed once. JAX's <c>vmap</c>.
    /// </summary>
    /// <param name="f">A function of one example.</param>
    /// <param name="inAxes">The axis along which the examples lie in each argument, null where an argument is the same for all; axis 0 of each where left out.</param>
    /// <param name="outAxes">The axis along which they shall lie in each result, null where a result is the same for all; axis 0 of each where left out.</param>
    /// <exception cref="ShapeError">
    /// No argument is mapped, an axis is out of range, the mapped axes differ in extent, or a result that differs between examples is to have no axis for them.
    /// </exception>
    public static Func<TIn, TOut> vmap<TIn, TOut>(Func<TIn, TOut> f, BatchAxes inAxes = default, BatchAxes outAxes = default) => x =>
    {
        var args = Tree.Leaves(x);
        var axes = inAxes.For(x, "inAxes");
        var size = BatchAxes.Extent(args, ref axes);
        ImmutableArray<int> mapped = [.. Enumerable.Range(0, args.Length).Where(i => axes[i] is not null)];
        ImmutableArray<Expr> inputs = [.. mapped.Select(i => variable(args[i].Op is Variable v ? v.Symbol : $"x{i}", args[i].Type with { Shape = args[i].Shape.Without(axes[i]!.Value) }))];
        var examples = args.ToBuilder();
        for (var i = 0; i < mapped.Length; i++) examples[mapped[i]] = inputs[i];
        var y = f(Tree.With(x, examples.MoveToImmutable()));
        var images = Vmap.Of(Tree.Leaves(y), inputs, [.. mapped.Select(i => moveAxis(args[i], axes[i]!.Value, 0))], size);
        return Tree.With(y, BatchAxes.Place(images, outAxes.For(y, "outAxes"), size));
    };

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<Expr, Expr> vmap(Func<Expr, Expr> f, BatchAxes inAxes = default, BatchAxes outAxes = default) => vmap<Expr, Expr>(f, inAxes, outAxes);

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<A, B, TOut> vmap<A, B, TOut>(Func<A, B, TOut> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        (a, b) => vmap<(A, B), TOut>(x => f(x.Item1, x.Item2), inAxes, outAxes)((a, b));

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<Expr, Expr, Expr> vmap(Func<Expr, Expr, Expr> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        vmap<Expr, Expr, Expr>(f, inAxes, outAxes);

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<A, B, C, TOut> vmap<A, B, C, TOut>(Func<A, B, C, TOut> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        (a, b, c) => vmap<(A, B, C), TOut>(x => f(x.Item1, x.Item2, x.Item3), inAxes, outAxes)((a, b, c));

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<Expr, Expr, Expr, Expr> vmap(Func<Expr, Expr, Expr, Expr> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        vmap<Expr, Expr, Expr, Expr>(f, inAxes, outAxes);

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<A, B, C, D, TOut> vmap<A, B, C, D, TOut>(Func<A, B, C, D, TOut> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        (a, b, c, d) => vmap<(A, B, C, D), TOut>(x => f(x.Item1, x.Item2, x.Item3, x.Item4), inAxes, outAxes)((a, b, c, d));

    /// <inheritdoc cref="vmap{TIn, TOut}(Func{TIn, TOut}, BatchAxes, BatchAxes)"/>
    public static Func<Expr, Expr, Expr, Expr, Expr> vmap(Func<Expr, Expr, Expr, Expr, Expr> f, BatchAxes inAxes = default, BatchAxes outAxes = default) =>
        vmap<Expr, Expr, Expr, Expr, Expr>(f, inAxes, outAxes);
}
