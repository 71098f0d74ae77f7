using System.Collections.Immutable;

namespace Functional;

/// <summary>The operand under a name, by which a <see cref="CheckpointPolicy"/> may keep it. JAX's <c>checkpoint_name</c>.</summary>
public sealed record CheckpointName(Expr X, string Label) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("label", Label)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => ct;

    /// <summary>Batching: all examples' values under the name.</summary>
    internal override Expr Batched(Batching b) => Prelude.checkpointName(b[0], Label);

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => [X.Type];
}

public static partial class Prelude
{
    /// <summary>x under a name, by which <see cref="CheckpointPolicy.SaveOnlyTheseNames"/> may keep it.</summary>
    public static Expr checkpointName(Expr x, string name) => Expr.Of(new CheckpointName(x, name));
}
