using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// For each position of a window over the trailing axes, the row-major index, i32, within those axes of the greatest element: the lowest of
/// equals, the first NaN where there is one, −1 where the window lies wholly outside. Max-pooling is <see cref="Gather"/> at these.
/// </summary>
public sealed record WindowArgMax(Expr X, ValueArray<WindowDim> Window) : Discrete
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("window", Window)];

    /// <inheritdoc/>
    public override long Flops => WindowDim.Meetings(Window, X.Shape);

    /// <summary>Batching: the window is over the trailing axes, and the batch one more before them.</summary>
    internal override Expr Batched(Batching b) => Prelude.windowArgMax(b[0], Window);

    internal override ImmutableArray<TensorType> Infer() =>
        Window.Count > X.Rank ? throw Error($"a window over {Window.Count} axes does not fit an operand of rank {X.Rank}")
        : WindowDim.Problems(Window) is [_, ..] problems ? throw Error([.. problems])
        : [new(DType.I32, WindowDim.Slide(Window, X.Shape))];
}

public static partial class Prelude
{
    /// <summary>Where in each window the greatest element is. See <see cref="WindowArgMax"/>.</summary>
    public static Expr windowArgMax(Expr x, ValueArray<WindowDim> window) => Expr.Of(new WindowArgMax(x, window));

    /// <summary>The greatest element of each position of a window over the trailing axes; its derivative goes to the lowest index of equals.</summary>
    public static Expr windowMax(Expr x, ValueArray<WindowDim> window)
    {
        var at = windowArgMax(x, window);
        var lead = x.Rank - window.Count;
        return gather(reshape(x, x.Shape[..lead].Concat([checked((int)x.Shape[lead..].Size)])), at, lead, lead);
    }
}
