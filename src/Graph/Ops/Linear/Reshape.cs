using System.Collections.Immutable;

namespace Functional;

/// <summary>The same elements in row-major order under another shape. StableHLO <c>reshape</c>.</summary>
public sealed record Reshape(Expr X, Shape Shape) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("shape", Shape)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.reshape(ct, X.Shape);

    /// <summary>Batching: the batch axis stays in front.</summary>
    internal override Expr Batched(Batching b) => Prelude.reshape(b[0], Shape.Insert(0, b.Size));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() =>
        Shape.Size == X.Shape.Size ? [X.Type with { Shape = Shape }]
        : throw Error($"{X.Shape.Size} elements do not fill the shape {Shape} of {Shape.Size}");
}

public static partial class Prelude
{
    /// <summary>The same elements in row-major order under another shape; at most one extent may be −1, and is then what is left.</summary>
    public static Expr reshape(Expr x, params ReadOnlySpan<int> shape)
    {
        var dims = shape.ToArray();
        var open = Array.IndexOf(dims, -1);
        if (open >= 0)
        {
            var rest = 1L;
            for (var i = 0; i < dims.Length; i++)
                if (i != open) rest *= dims[i];
            if (rest <= 0 || x.Shape.Size % rest != 0)
                throw new ShapeError("reshape", [new(x.Label, x.Type)], [$"no extent in place of −1 makes [{string.Join(",", dims)}] hold {x.Shape.Size} elements"]);
            dims[open] = (int)(x.Shape.Size / rest);
        }
        return reshape(x, Shape.Of(dims));
    }

    /// <summary>The same elements in row-major order under another shape.</summary>
    public static Expr reshape(Expr x, Shape shape) => shape == x.Shape ? x : Expr.Of(new Reshape(x, shape));

    /// <summary>The tensor with an axis of extent 1 put in.</summary>
    public static Expr expandDims(Expr x, int axis) => reshape(x, x.Shape.Insert(axis < 0 ? axis + x.Rank + 1 : axis, 1));

    /// <summary>The tensor without the named axes, which must have extent 1.</summary>
    public static Expr squeeze(Expr x, Axes axes)
    {
        var resolved = axes.Resolve(x.Rank, "squeeze");
        foreach (var axis in resolved)
            if (x.Shape[axis] != 1) throw new ShapeError("squeeze", [new(x.Label, x.Type)], [$"axis {axis} has extent {x.Shape[axis]}, not 1"]);
        return reshape(x, x.Shape.Without(resolved));
    }
}
