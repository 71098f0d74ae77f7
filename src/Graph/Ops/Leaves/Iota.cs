using System.Collections.Immutable;

namespace Functional;

/// <summary>Each element is its own index along <paramref name="Axis"/>. StableHLO <c>iota</c>.</summary>
public sealed record Iota(TensorType Type, int Axis) : Leaf
{
    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("type", Type), new("axis", Axis)];

    internal override ImmutableArray<TensorType> Infer() =>
        Axis < 0 || Axis >= Type.Rank ? throw Error($"axis {Axis} is out of range for {Type}")
        : Type.DType == DType.Bool ? throw Error("a bool cannot count: use an integer or floating-point type")
        : [Type];
}

public static partial class Prelude
{
    /// <summary>Each element's index along an axis.</summary>
    public static Expr iota(TensorType type, int axis = 0) => Expr.Of(new Iota(type, axis));

    /// <summary>0, 1, …, n − 1.</summary>
    public static Expr arange(int n, DType type = DType.I32) => iota(new TensorType(type, [n]));
}
