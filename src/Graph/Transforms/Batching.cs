using System.Collections.Immutable;
using System.Runtime.InteropServices;
using static Functional.Prelude;

namespace Functional;

/// <summary>A node's value under <c>vmap</c>: with the batch at axis 0 where it differs from example to example, without where it does not.</summary>
internal readonly record struct Image(Expr Value, bool Batched)
{
    /// <summary>The images that the results of a node are.</summary>
    public static ImmutableArray<Image> Of(Expr node, ImmutableArray<bool> batched) => [.. results(node).Select((r, i) => new Image(r, batched[i]))];

    /// <summary>The value with the batch at axis 0: copied for each example where it has none.</summary>
    public Expr Full(int size) =>
        Batched ? Value
        : Value.Op is Broadcast b ? broadcast(b.X, b.Shape.Insert(0, size), b.Mapping.Map(a => a + 1))
        : broadcast(Value, Value.Shape.Insert(0, size), Axes.Range(1, Value.Rank + 1));
}

/// <summary>What an op's batching law reads: the number of examples, and the images of the operands, of which at least one is batched.</summary>
internal readonly struct Batching(Vmap vmap, ImmutableArray<Image> operands)
{
    /// <summary>The number of examples.</summary>
    public int Size => vmap.Size;

    /// <summary>Whether each operand has the batch.</summary>
    public ImmutableArray<bool> Mapped => Each(o => o.Batched);

    /// <summary>Whether an operand has the batch.</summary>
    public bool Any => operands.Any(o => o.Batched);

    /// <summary>All operands as they are.</summary>
    public ImmutableArray<Expr> All => Each(o => o.Value);

    /// <summary>An operand as it is.</summary>
    public Expr this[int operand] => operands[operand].Value;

    /// <summary>Whether an operand has the batch, at axis 0.</summary>
    public bool Has(int operand) => operands[operand].Batched;

    /// <summary>An operand with the batch at axis 0: copied for each example where it has none.</summary>
    public Expr Full(int operand) => operands[operand].Full(Size);

    /// <summary>All operands with the batch at axis 0.</summary>
    public ImmutableArray<Expr> Full()
    {
        var full = new Expr[operands.Length];
        for (var i = 0; i < full.Length; i++) full[i] = operands[i].Full(Size);
        return ImmutableCollectionsMarshal.AsImmutableArray(full);
    }


    private ImmutableArray<T> Each<T>(Func<Image, T> of)
    {
        var each = new T[operands.Length];
        for (var i = 0; i < each.Length; i++) each[i] = of(operands[i]);
        return ImmutableCollectionsMarshal.AsImmutableArray(each);
    }

    /// <summary>
    /// The function of all examples at once, whose mapped parameters have the batch at axis 0, and which of its results have it: those that
    /// depend on a mapped parameter, and those that are asked to.
    /// </summary>
    /// <param name="f">A function that the op owns.</param>
    /// <param name="mapped">Which parameters have the batch.</param>
    /// <param name="full">Which results must have it, whether they depend on it or not; none where left out.</param>
    public (Function Body, ImmutableArray<bool> Batched) Body(Function f, ImmutableArray<bool> mapped, ImmutableArray<bool> full = default) =>
        vmap.Body(f, mapped, full.IsDefault ? [.. f.Results.Select(_ => false)] : full);

    /// <summary>The function of all examples at once, every result with the batch at axis 0.</summary>
    public Function Full(Function f, ImmutableArray<bool> mapped) => Body(f, mapped, [.. f.Results.Select(_ => true)]).Body;
}
