using System.Collections.Immutable;

namespace Functional;

/// <summary>How much zero to put before, after and between the elements of an axis. A negative Low or High takes elements away.</summary>
public readonly record struct PadDim(int Low, int High, int Interior = 0)
{
    /// <summary>The extent that <paramref name="extent"/> becomes.</summary>
    public int Extent(int extent) => Low + High + extent + Math.Max(0, extent - 1) * Interior;

    /// <summary>The three numbers.</summary>
    public override string ToString() => Interior == 0 ? $"{Low}:{High}" : $"{Low}:{High}:{Interior}";
}

/// <summary>Zeros before, after and between the elements of each axis. StableHLO <c>pad</c>, with padding value zero, which makes it linear.</summary>
public sealed record Pad(Expr X, ValueArray<PadDim> Dims) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("dims", Dims)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct)
    {
        var uncut = Prelude.pad(ct, [.. Dims.Items.Select((d, axis) => X.Shape[axis] == 0 ? new PadDim(-ct.Shape[axis], 0) : new PadDim(-d.Low, -d.High))]);
        return Prelude.slice(uncut, [.. Enumerable.Repeat(0, X.Rank)], [.. uncut.Shape], [.. Dims.Items.Select(d => d.Interior + 1)]);
    }

    /// <summary>Batching: the batch axis gets no padding.</summary>
    internal override Expr Batched(Batching b) => Prelude.pad(b[0], [default, .. Dims]);

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Dims.Count != X.Rank) throw Error($"padding {Dims} is for {Dims.Count} axes, but the operand has {X.Rank}");
        for (var axis = 0; axis < X.Rank; axis++)
            if (Dims[axis].Interior < 0 || Dims[axis].Extent(X.Shape[axis]) < 0)
                throw Error($"padding {Dims[axis]} leaves axis {axis} of extent {X.Shape[axis]} with a negative extent or interior");
        return [X.Type with { Shape = Shape.Of(X.Shape.Select((extent, axis) => Dims[axis].Extent(extent))) }];
    }
}

public static partial class Prelude
{
    /// <summary>Zeros before, after and between the elements of each axis.</summary>
    public static Expr pad(Expr x, ValueArray<PadDim> dims) =>
        dims.Count == x.Rank && dims.All(d => d is { Low: 0, High: 0 } && d.Interior == 0) ? x : Expr.Of(new Pad(x, dims));

    /// <summary>A value before, after and between the elements of each axis.</summary>
    public static Expr pad(Expr x, ValueArray<PadDim> dims, double value)
    {
        if (value == 0) return pad(x, dims);
        var inside = pad(broadcast(constant(1, DType.U8), x.Shape), dims);
        return where(equal(inside, 1), pad(x, dims), value);
    }
}
