using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A value to be given later: an input, or a parameter named by its path (<c>conv1/weight</c>). Each node of it is a variable of its own,
/// whatever its symbol.
/// </summary>
public sealed record Variable(string Symbol, TensorType Type) : Leaf
{
    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("symbol", Symbol), new("type", Type)];

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => [Type];
}

public static partial class Prelude
{
    /// <summary>A new variable.</summary>
    public static Expr variable(string symbol, TensorType type) => Expr.Of(new Variable(symbol, type));

    /// <summary>A new scalar variable.</summary>
    public static Expr variable(string symbol, DType type = DType.F32) => variable(symbol, new TensorType(type, []));
}
