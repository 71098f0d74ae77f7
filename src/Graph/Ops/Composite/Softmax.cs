namespace Functional;

public static partial class Prelude
{
    /// <summary>ln Σ e^x along an axis, without overflow: the maximum is taken out first where it is finite. −∞ where all are −∞, ∞ where one is ∞.</summary>
    public static Expr logSumExp(Expr x, int axis = -1, bool keepDims = false)
    {
        var along = ((Axes)axis).Resolve(x.Rank, "logSumExp")[0];
        var greatest = max(x, along, keepDims: true);
        var shift = stopGradient(where(less(abs(greatest), double.PositiveInfinity), greatest, 0));
        var y = log(sum(exp(x - shift), along, keepDims: true)) + shift;
        return keepDims ? y : squeeze(y, along);
    }

    /// <summary>x − ln Σ e^x along an axis: the logarithm of softmax, without overflow.</summary>
    public static Expr logSoftmax(Expr x, int axis = -1) => x - logSumExp(x, axis, keepDims: true);

    /// <summary>e^x / Σ e^x along an axis, without overflow.</summary>
    public static Expr softmax(Expr x, int axis = -1) => exp(logSoftmax(x, axis));

    /// <summary>For each integer the vector that is 1 there and 0 elsewhere, along a new last axis; all 0 where it is out of range.</summary>
    public static Expr oneHot(Expr indices, int classes, DType type = DType.F32)
    {
        if (!indices.DType.IsInteger) throw new ShapeError("oneHot", [new(indices.Label, indices.Type)], ["indices must be integers"]);
        return convert(equal(expandDims(indices, -1), iota(new(indices.DType, [classes]))), type);
    }
}
