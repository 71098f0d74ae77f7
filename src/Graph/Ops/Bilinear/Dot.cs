using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>
/// The tensor product contracted: axes BatchX of X go with BatchY of Y, ContractX are multiplied with ContractY and summed, and the result is
/// [batch…, free axes of X…, free axes of Y…]. StableHLO <c>dot_general</c>.
/// </summary>
public sealed record Dot(Expr X, Expr Y, Axes BatchX, Axes BatchY, Axes ContractX, Axes ContractY, [Later] Precision Precision = Precision.Full) : Bilinear(X, Y, Precision)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0], Y = inputs[1] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("batch", $"{BatchX}×{BatchY}"), new("contract", $"{ContractX}×{ContractY}"), .. Read];

    /// <summary>The axes of X that are neither batch nor contracted.</summary>
    public Axes FreeX => BatchX.Concat(ContractX).Rest(X.Rank);

    /// <summary>The axes of Y that are neither batch nor contracted.</summary>
    public Axes FreeY => BatchY.Concat(ContractY).Rest(Y.Rank);

    /// <inheritdoc/>
    public override Expr TransposeLeft(Expr ct)
    {
        var first = BatchX.Count + FreeX.Count;
        var dot = Prelude.dot(ct, Y, Axes.Range(0, BatchX.Count), BatchY, Axes.Range(first, first + FreeY.Count), FreeY, Precision);
        return Prelude.permute(dot, BatchX.Concat(FreeX).Concat(InOrderOf(ContractX, ContractY)).Inverse());
    }

    /// <inheritdoc/>
    public override Expr TransposeRight(Expr ct)
    {
        var dot = Prelude.dot(ct, X, Axes.Range(0, BatchX.Count), BatchX, Axes.Range(BatchX.Count, BatchX.Count + FreeX.Count), FreeX, Precision);
        return Prelude.permute(dot, BatchY.Concat(FreeY).Concat(InOrderOf(ContractY, ContractX)).Inverse());
    }

    /// <summary>The axes, in the order in which their partners ascend.</summary>
    private static Axes InOrderOf(Axes axes, Axes partners) => partners.Sorted().Map(p => axes[partners.IndexOf(p)]);

    /// <inheritdoc/>
    public override long Flops => 2 * X.Shape.Size * Y.Shape.Pick(FreeY).Size;

    /// <summary>Batching: a batch axis more where both operands have it; else a free axis of the one that has, which then moves to the front.</summary>
    internal override Expr Batched(Batching b)
    {
        if (b.Has(0) && b.Has(1)) return Prelude.dot(b[0], b[1], BatchX.Behind(), BatchY.Behind(), ContractX.Map(a => a + 1), ContractY.Map(a => a + 1), Precision);
        return b.Has(0)
            ? Prelude.moveAxis(Prelude.dot(b[0], b[1], BatchX.Map(a => a + 1), BatchY, ContractX.Map(a => a + 1), ContractY, Precision), BatchX.Count, 0)
            : Prelude.moveAxis(Prelude.dot(b[0], b[1], BatchX, BatchY.Map(a => a + 1), ContractX, ContractY.Map(a => a + 1), Precision), BatchX.Count + FreeX.Count, 0);
    }

    internal override ImmutableArray<TensorType> Infer()
    {
        List<string>? problems = null;
        if (X.DType != Y.DType) (problems ??= []).Add($"element types {X.DType.Text} and {Y.DType.Text} differ: convert one of them");
        else if (!X.DType.IsNumber) (problems ??= []).Add("bools cannot be multiplied and summed: convert them first");
        if (Misread is { } misread) (problems ??= []).Add(misread);
        Match("batch", BatchX, BatchY, ref problems);
        Match("contracted", ContractX, ContractY, ref problems);
        if (problems is not null) throw Error([.. problems]);
        BatchX.Concat(ContractX).Resolve(X.Rank, "dot");
        BatchY.Concat(ContractY).Resolve(Y.Rank, "dot");
        return [X.Type with { Shape = X.Shape.Pick(BatchX).Concat(X.Shape.Pick(FreeX)).Concat(Y.Shape.Pick(FreeY)) }];
    }

    private void Match(string what, Axes x, Axes y, ref List<string>? problems)
    {
        if (x.Count != y.Count)
        {
            (problems ??= []).Add($"the {what} axes {x} and {y} differ in number");
            return;
        }
        for (var i = 0; i < x.Count; i++)
        {
            if (x[i] < 0 || x[i] >= X.Rank || y[i] < 0 || y[i] >= Y.Rank) (problems ??= []).Add($"the {what} axes {x[i]} and {y[i]} are out of range for ranks {X.Rank} and {Y.Rank}");
            else if (X.Shape[x[i]] != Y.Shape[y[i]]) (problems ??= []).Add($"{what} axis {x[i]} of the left operand has extent {X.Shape[x[i]]}, but axis {y[i]} of the right has {Y.Shape[y[i]]}");
        }
    }
}

public static partial class Prelude
{
    /// <summary>The general contraction. See <see cref="Dot"/>.</summary>
    public static Expr dot(Expr x, Expr y, Axes batchX, Axes batchY, Axes contractX, Axes contractY, Precision precision = Precision.Full) =>
        Expr.Of(new Dot(x, y, batchX, batchY, contractX, contractY, precision));

    /// <summary>
    /// NumPy's matrix product: of vectors the inner product, of matrices the product, of stacks of matrices the product of each pair, the
    /// leading axes broadcasting.
    /// </summary>
    /// <exception cref="ShapeError">The inner extents differ, or the leading axes do not broadcast.</exception>
    public static Expr matmul(Expr x, Expr y, [CallerArgumentExpression(nameof(x))] string? nameOfX = null, [CallerArgumentExpression(nameof(y))] string? nameOfY = null)
    {
        ShapeError Error(string problem) => new("matmul", [new(nameOfX ?? x.Label, x.Type), new(nameOfY ?? y.Label, y.Type)], [problem]);
        if (x.Rank == 0 || y.Rank == 0) throw Error("a scalar is no matrix: use * to scale");
        if (x.DType != y.DType) throw Error($"element types {x.DType.Text} and {y.DType.Text} differ: convert one of them");
        var (inX, inY) = (x.Rank - 1, Math.Max(0, y.Rank - 2));
        if (x.Shape[inX] != y.Shape[inY])
            throw Error($"axis {inX} of the left operand has extent {x.Shape[inX]}, but axis {inY} of the right has {y.Shape[inY]}");
        if (x.Rank <= 2 && y.Rank <= 2) return dot(x, y, [], [], inX, inY);
        if (y.Rank <= 2) return dot(x, y, [], [], inX, inY);
        if (x.Rank == 1) return squeeze(matmul(reshape(x, 1, -1), y), -2);
        Shape batch;
        try
        {
            batch = Broadcasting.Common("matmul", zeros(new(DType.U8, x.Shape[..^2])), zeros(new(DType.U8, y.Shape[..^2])));
        }
        catch (ShapeError)
        {
            throw Error($"the leading axes {x.Shape[..^2]} and {y.Shape[..^2]} do not broadcast");
        }
        var axes = Axes.Range(0, batch.Rank);
        return dot(broadcastTo(x, batch.Concat(x.Shape[^2..])), broadcastTo(y, batch.Concat(y.Shape[^2..])), axes, axes, batch.Rank + 1, batch.Rank);
    }
}
