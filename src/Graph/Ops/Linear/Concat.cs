using System.Collections.Immutable;

namespace Functional;

/// <summary>The operands one after another along an axis. StableHLO <c>concatenate</c>.</summary>
public sealed record Concat(ValueArray<Expr> Parts, int Axis) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => Parts.Items;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { Parts = inputs };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("axis", Axis)];

    /// <inheritdoc/>
    public override int LinearInputs => Parts.Count;

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct)
    {
        var start = Parts.Take(input).Sum(p => p.Shape[Axis]);
        return Prelude.slice(ct, Axis, start..(start + Parts[input].Shape[Axis]));
    }

    /// <summary>Batching: along the same axis, one further in.</summary>
    internal override Expr Batched(Batching b) => Expr.Of(new Concat(b.Full(), Axis + 1));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Parts.Count == 0) throw new ShapeError(Name, "needs at least one operand");
        var first = Parts[0].Type;
        if (Axis < 0 || Axis >= first.Rank) throw Error($"axis {Axis} is out of range for {first}");
        foreach (var part in Parts)
        {
            if (part.DType != first.DType) throw Error($"element types {first.DType.Text} and {part.DType.Text} differ: convert one of them");
            if (part.Rank != first.Rank || part.Shape.With(Axis, 0) != first.Shape.With(Axis, 0))
                throw Error($"{first.Shape} and {part.Shape} differ at an axis other than {Axis}");
        }
        return [first with { Shape = first.Shape.With(Axis, Parts.Sum(p => p.Shape[Axis])) }];
    }
}

public static partial class Prelude
{
    /// <summary>The operands one after another along an axis.</summary>
    public static Expr concat(int axis, params ReadOnlySpan<Expr> parts) =>
        parts.Length == 1 ? parts[0] : Expr.Of(new Concat([.. parts], parts.Length > 0 && axis < 0 ? axis + parts[0].Rank : axis));

    /// <summary>Tensors of one shape side by side along a new axis.</summary>
    public static Expr stack(int axis, params ReadOnlySpan<Expr> parts)
    {
        var expanded = new Expr[parts.Length];
        for (var i = 0; i < parts.Length; i++) expanded[i] = expandDims(parts[i], axis);
        return concat(axis, expanded);
    }
}
