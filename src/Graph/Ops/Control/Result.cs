using System.Collections.Immutable;

namespace Functional;

/// <summary>One of the results of a <see cref="Control"/> node.</summary>
public sealed record Result(Expr Of, int Index) : Op
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [Of];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { Of = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("index", Index)];

    /// <inheritdoc/>
    public override long BytesRead => 0;

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => Index >= 0 && Index < Of.Results.Length ? [Of.Results[Index]]
        : throw new ShapeError(Name, $"there is no result {Index} of {Of.Op.Name}, which has {Of.Results.Length}");
}

public static partial class Prelude
{
    /// <summary>All results of a node: itself, where it has one.</summary>
    public static ImmutableArray<Expr> results(Expr node) =>
        node.Results.Length == 1 ? [node] : [.. Enumerable.Range(0, node.Results.Length).Select(i => Expr.Of(new Result(node, i)))];
}
