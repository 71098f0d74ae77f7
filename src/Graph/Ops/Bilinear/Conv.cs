using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Cross-correlation, as deep learning calls convolution. X is [N, C, spatial…], Y is [O, C / FeatureGroups, window…], the result is
/// [N / BatchGroups, O, positions…]:
/// z[n, o, s] = Σ_c Σ_k X[g·N/BatchGroups + n, h·C/FeatureGroups + c, s·stride + k·dilation − low] · Y[o, c, k], where g and h are the groups
/// that o belongs to, and X is read with <see cref="WindowDim.BaseDilation"/> gaps and as 0 outside. It is closed under its own adjoints.
/// StableHLO <c>convolution</c>, with dimension numbers [b,f,0,1]×[o,i,0,1]→[b,f,0,1].
/// </summary>
public sealed record Conv(Expr X, Expr Y, ValueArray<WindowDim> Window, int FeatureGroups, int BatchGroups, [Later] Precision Precision = Precision.Full) : Bilinear(X, Y, Precision)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], Y = inputs[1] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes =>
        [new("window", Window), new("featureGroups", FeatureGroups), new("batchGroups", BatchGroups), .. Read];

    private Axes Spatial => Axes.Range(2, X.Rank);

    /// <inheritdoc/>
    public override Expr TransposeLeft(Expr ct)
    {
        var window = Window.Items.Select((w, i) => w.AdjointOfInput(X.Shape[2 + i]));
        var turned = reverse(Y, Spatial);
        if (BatchGroups == 1) return Expr.Of(new Conv(ct, SwapWithin(turned, FeatureGroups), [.. window], FeatureGroups, 1, Precision));
        var dx = Expr.Of(new Conv(ct, SwapWithin(turned, BatchGroups), [.. window], BatchGroups, 1, Precision));
        var (n, c, spatial) = (X.Shape[0], X.Shape[1], X.Shape[2..]);
        var split = reshape(dx, Shape.Of([n / BatchGroups, BatchGroups, c]).Concat(spatial));
        return reshape(permute(split, Axes.Of([1, 0]).Concat(Axes.Range(2, split.Rank))), X.Shape);
    }

    /// <inheritdoc/>
    public override Expr TransposeRight(Expr ct)
    {
        if (ct.Shape.Size == 0) return zerosLike(Y);
        var swap = Axes.Of([1, 0]).Concat(Spatial);
        var window = Window.Items.Select((w, i) => w.AdjointOfWindow(X.Shape[2 + i]));
        return permute(Expr.Of(new Conv(permute(X, swap), permute(ct, swap), [.. window], BatchGroups, FeatureGroups, Precision)), swap);
    }

    /// <summary>[g·a, b, …] as [g·b, a, …]: the first two axes exchanged within each of g groups.</summary>
    private static Expr SwapWithin(Expr y, int groups)
    {
        var (a, b, rest) = (y.Shape[0] / groups, y.Shape[1], y.Shape[2..]);
        var split = reshape(y, Shape.Of([groups, a, b]).Concat(rest));
        return reshape(permute(split, Axes.Of([0, 2, 1]).Concat(Axes.Range(3, split.Rank))), Shape.Of([groups * b, a]).Concat(rest));
    }

    /// <summary>Two for each product of two elements: those with padding and with gaps are not counted, so that a convolution and its adjoints count the same.</summary>
    public override long Flops => 2 * (X.Shape[0] / BatchGroups) * Y.Shape[..2].Size * WindowDim.Meetings(Window, X.Shape[2..]);

    /// <summary>Batching: where x alone has the batch, it goes into N, within each batch group; where y alone has it, into O, within each group; where both have
    /// it, each example is a group of its own: of features, or of the batch where there are batch groups already.</summary>
    internal override Expr Batched(Batching b)
    {
        var positions = WindowDim.Slide(Window, X.Shape);
        var (n, o, at) = (X.Shape[0] / BatchGroups, Y.Shape[0], positions[2..]);
        var groups = FeatureGroups * BatchGroups;
        if (b.Size == 0) return zeros(new(X.DType, Shape.Of([0, n, o]).Concat(at)));
        if (!b.Has(1))
            return reshape(conv(Within(b[0], BatchGroups), b[1], Window, FeatureGroups, BatchGroups, Precision), Shape.Of([b.Size, n, o]).Concat(at));
        if (!b.Has(0))
        {
            var all = reshape(conv(b[0], Within(b[1], groups), Window, FeatureGroups, BatchGroups, Precision), Shape.Of([n, groups, b.Size, o / groups]).Concat(at));
            return reshape(moveAxis(all, 2, 0), Shape.Of([b.Size, n, o]).Concat(at));
        }
        var filters = Within(b[1], 1);
        var each = BatchGroups > 1
            ? conv(Within(b[0], 1), filters, Window, 1, b.Size * BatchGroups, Precision)
            : conv(reshape(moveAxis(b[0], 0, 1), X.Shape.With(1, b.Size * X.Shape[1])), filters, Window, b.Size * FeatureGroups, precision: Precision);
        return moveAxis(reshape(each, Shape.Of([n, b.Size, o]).Concat(at)), 1, 0);
    }

    /// <summary>[b, g·a, …] as [g·b·a, …]: the batch within each of g groups of axis 1.</summary>
    private static Expr Within(Expr x, int groups)
    {
        var (size, a, rest) = (x.Shape[0], x.Shape[1] / groups, x.Shape[2..]);
        var split = groups == 1 ? x : moveAxis(reshape(x, Shape.Of([size, groups, a]).Concat(rest)), 0, 1);
        return reshape(split, Shape.Of([groups * size * a]).Concat(rest));
    }

    internal override ImmutableArray<TensorType> Infer()
    {
        if (X.Rank < 2 || Y.Rank != X.Rank) throw Error($"ranks {X.Rank} and {Y.Rank} do not fit: x is [N, C, spatial…], y is [O, C / groups, window…], of one rank");
        var problems = new List<string>(WindowDim.Problems(Window));
        if (X.DType != Y.DType) problems.Add($"element types {X.DType.Text} and {Y.DType.Text} differ: convert one of them");
        else if (!X.DType.IsNumber) problems.Add("bools cannot be multiplied and summed: convert them first");
        if (Misread is { } misread) problems.Add(misread);
        if (Window.Count != X.Rank - 2) problems.Add($"{Window.Count} windows are given for {X.Rank - 2} spatial axes");
        else if (Shape.Of(Window.Items.Select(w => Math.Max(0, w.Size))) != Y.Shape[2..]) problems.Add($"the window {Window} is not of the sizes {Y.Shape[2..]} of the right operand");
        if (FeatureGroups < 1 || BatchGroups < 1 || (FeatureGroups > 1 && BatchGroups > 1))
            problems.Add($"{FeatureGroups} feature groups and {BatchGroups} batch groups: each must be at least 1, and one of them 1");
        else
        {
            if (X.Shape[1] % FeatureGroups != 0 || X.Shape[1] / FeatureGroups != Y.Shape[1])
                problems.Add($"axis 1 of the left operand has {X.Shape[1]} channels in {FeatureGroups} groups, but axis 1 of the right has {Y.Shape[1]}");
            if (Y.Shape[0] % (FeatureGroups * BatchGroups) != 0) problems.Add($"{Y.Shape[0]} output channels do not divide into {FeatureGroups * BatchGroups} groups");
            if (X.Shape[0] % BatchGroups != 0) problems.Add($"a batch of {X.Shape[0]} does not divide into {BatchGroups} groups");
        }
        return problems.Count > 0 ? throw Error([.. problems])
            : [X.Type with { Shape = WindowDim.Slide(Window, Shape.Of([X.Shape[0] / BatchGroups, Y.Shape[0]]).Concat(X.Shape[2..])) }];
    }
}

public static partial class Prelude
{
    /// <summary>The general convolution. See <see cref="Conv"/>.</summary>
    public static Expr conv(Expr x, Expr y, ValueArray<WindowDim> window, int featureGroups = 1, int batchGroups = 1, Precision precision = Precision.Full) =>
        Expr.Of(new Conv(x, y, window, featureGroups, batchGroups, precision));
}
