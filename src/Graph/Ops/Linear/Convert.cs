using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The elements as another type. To an integer: towards zero, saturating, NaN to 0. To bool: whether it differs from 0. Between
/// floating-point types: to nearest, ties to even, which differentiation takes for linear. StableHLO <c>convert</c>.
/// </summary>
public sealed record Convert(Expr X, DType To) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("to", To.Text)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.convert(ct, X.DType);

    /// <inheritdoc/>
    public override long Flops => X.Shape.Size;

    /// <summary>Batching: element by element.</summary>
    internal override Expr Batched(Batching b) => Prelude.convert(b[0], To);

    internal override ImmutableArray<TensorType> Infer() => [X.Type with { DType = To }];
}

public static partial class Prelude
{
    /// <summary>The elements as another type. See <see cref="Convert"/>.</summary>
    public static Expr convert(Expr x, DType to) => x.DType == to ? x : Expr.Of(new Convert(x, to));
}
