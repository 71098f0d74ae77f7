using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The sum over the replicas that run this program along a named axis, the same for each. An interpreter that runs one replica returns
/// the operand. StableHLO <c>all_reduce</c> with <c>add</c>.
/// </summary>
public sealed record AllReduce(Expr X, string Replicas) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("replicas", Replicas)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.allReduce(ct, Replicas);

    /// <summary>Batching: each example's own sum over the replicas.</summary>
    internal override Expr Batched(Batching b) => Prelude.allReduce(b[0], Replicas);

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => X.DType.IsNumber ? [X.Type] : throw Error("a bool has no sum: convert it to i32 first");
}

public static partial class Prelude
{
    /// <summary>The sum over the replicas along a named axis. See <see cref="AllReduce"/>.</summary>
    public static Expr allReduce(Expr x, string replicas) => Expr.Of(new AllReduce(x, replicas));
}
