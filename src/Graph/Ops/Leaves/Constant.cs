using System.Collections.Immutable;

namespace Functional;

/// <summary>A value known when the graph is built. StableHLO <c>constant</c>.</summary>
public sealed record Constant(Literal Value) : Leaf
{
    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("value", Value)];

    /// <summary>The types of scalars, which most constants are.</summary>
    private static readonly ImmutableArray<ImmutableArray<TensorType>> scalars = [.. DTypes.All.Select(t => ImmutableArray.Create(new TensorType(t, [])))];

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => Value.Type.Rank == 0 ? scalars[(int)Value.Type.DType] : [Value.Type];
}

public static partial class Prelude
{
    /// <summary>A constant with the given elements.</summary>
    public static Expr constant(Literal value) => Expr.Of(new Constant(value));

    /// <summary>A constant scalar of an element type.</summary>
    public static Expr constant(double value, DType type = DType.F32) => constant(Literal.Scalar(type, value));

    /// <summary>A constant vector.</summary>
    public static Expr vector<T>(params ReadOnlySpan<T> values) where T : unmanaged => constant(Literal.Of([values.Length], values));

    /// <summary>A constant of a shape, elements in row-major order.</summary>
    public static Expr constant<T>(Shape shape, params ReadOnlySpan<T> values) where T : unmanaged => constant(Literal.Of(shape, values));

    /// <summary>One value at every index.</summary>
    public static Expr full(TensorType type, double value) => broadcast(constant(value, type.DType), type.Shape);

    /// <summary>Zeros.</summary>
    public static Expr zeros(TensorType type) => full(type, 0);

    /// <summary>Ones.</summary>
    public static Expr ones(TensorType type) => full(type, 1);

    /// <summary>Zeros of an expression's type.</summary>
    public static Expr zerosLike(Expr x) => zeros(x.Type);

    /// <summary>Ones of an expression's type.</summary>
    public static Expr onesLike(Expr x) => ones(x.Type);
}
