using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The operand, across a line that no rewrite sees through. Its region is part of its value, so what is recomputed behind one barrier is
/// not shared with what stands behind another. It waits for After: these nodes are computed before any that reads this one, but their values
/// are not read, and nothing is differentiated through them. StableHLO <c>optimization_barrier</c>.
/// </summary>
public sealed record Barrier(Expr X, string Region, ValueArray<Expr> After = default) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X, .. After];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], After = inputs[1..] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("region", Region)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.barrier(ct, Region);

    /// <summary>Batching: one line for all examples, which waits for what any of them waits for.</summary>
    internal override Expr Batched(Batching b) => Expr.Of(new Barrier(b.Full(0), Region, b.All[1..]));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => [X.Type];
}

public static partial class Prelude
{
    /// <summary>x, across a line that no rewrite sees through, once the given nodes are computed. See <see cref="Barrier"/>.</summary>
    public static Expr barrier(Expr x, string region, params ReadOnlySpan<Expr> after) => Expr.Of(new Barrier(x, region, [.. after]));
}
