using System.Collections.Immutable;

namespace Functional;

/// <summary>The root of a stream of random numbers: a scalar i64 that <see cref="RandomBits"/> reads. The same seed gives the same stream everywhere.</summary>
public sealed record Key(long Seed) : Leaf
{
    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("seed", Seed)];

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => [TensorType.I64()];
}

public static partial class Prelude
{
    /// <summary>A random key from a seed.</summary>
    public static Expr key(long seed) => Expr.Of(new Key(seed));
}
