using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The sum over each position of a window that slides over the trailing axes, as many as <see cref="Window"/> has; the leading ones are batch.
/// Elements outside count as 0. StableHLO <c>reduce_window</c> with <c>add</c>.
/// </summary>
public sealed record WindowSum(Expr X, ValueArray<WindowDim> Window) : Linear
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("window", Window)];

    /// <inheritdoc/>
    public override Expr Transpose(int input, Expr ct) => Prelude.windowSum(ct, [.. Window.Items.Select((w, i) =>
        w.AdjointOfInput(X.Shape[X.Rank - Window.Count + i]))]);

    /// <inheritdoc/>
    public override long Flops => WindowDim.Meetings(Window, X.Shape);

    /// <summary>Batching: the window is over the trailing axes, and the batch one more before them.</summary>
    internal override Expr Batched(Batching b) => Prelude.windowSum(b[0], Window);

    internal override ImmutableArray<TensorType> Infer() =>
        !X.DType.IsNumber ? throw Error("a bool has no sum: convert it to i32 first")
        : Window.Count > X.Rank ? throw Error($"a window over {Window.Count} axes does not fit an operand of rank {X.Rank}")
        : WindowDim.Problems(Window) is [_, ..] problems ? throw Error([.. problems])
        : [X.Type with { Shape = WindowDim.Slide(Window, X.Shape) }];
}

public static partial class Prelude
{
    /// <summary>The sum over each position of a window that slides over the trailing axes.</summary>
    public static Expr windowSum(Expr x, ValueArray<WindowDim> window) => Expr.Of(new WindowSum(x, window));
}
