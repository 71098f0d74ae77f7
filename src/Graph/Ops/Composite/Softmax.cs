using System.Collections.Immutable;

namespace Functional;

public static partial class Prelude
{
    /// <summary>ln Σ e^x along an axis, without overflow: the maximum is taken out first where it is finite. −∞ where all are −∞, ∞ where one is ∞.</summary>
    public static Expr logSumExp(Expr x, int axis = -1, bool keepDims = false)
    {
        var (along, shift, _, e) = Shifted(x, axis, "logSumExp");
        var y = log(sum(e, along)) + shift;
        return keepDims ? KeepDims(y, x, along) : y;
    }

    /// <summary>x − ln Σ e^x along an axis: the logarithm of softmax, without overflow. The maximum is taken out of both terms, so that their difference keeps its digits.</summary>
    public static Expr logSoftmax(Expr x, int axis = -1)
    {
        var (along, _, shifted, e) = Shifted(x, axis, "logSoftmax");
        return shifted - broadcast(log(sum(e, along)), x.Shape, along.Rest(x.Rank));
    }

    /// <summary>A shift along an axis, the maximum where it is finite and 0 elsewhere; x less the shift; and e to the power of that.</summary>
    private static (Axes Along, Expr Shift, Expr Shifted, Expr Exp) Shifted(Expr x, int axis, string verb)
    {
        var along = ((Axes)axis).Resolve(x.Rank, verb);
        var greatest = max(x, along);
        var shift = stopGradient(where(isFinite(greatest), greatest, 0));
        var shifted = x - broadcast(shift, x.Shape, along.Rest(x.Rank));
        return (along, shift, shifted, exp(shifted));
    }

    /// <summary>y = e^x / Σ e^x along an axis, without overflow. Its reverse rule needs the result alone: x̄ = y (ȳ − Σ y ȳ).</summary>
    public static Expr softmax(Expr x, int axis = -1)
    {
        return composite("softmax", a => customVjp(Softmax, Rule, a)[0], x);

        ImmutableArray<Expr> Softmax(ImmutableArray<Expr> args)
        {
            var (along, _, _, e) = Shifted(args[0], axis, "softmax");
            return [e * Along(1 / sum(e, along), along)];
        }

        ImmutableArray<Expr> Rule(ImmutableArray<Expr> args, ImmutableArray<Expr> ys, ImmutableArray<Expr> cts)
        {
            var (along, y, ct) = (((Axes)axis).Resolve(x.Rank, "softmax"), ys[0], cts[0]);
            return [y * (ct - Along(sum(y * ct, along), along))];
        }

        Expr Along(Expr number, Axes along) => broadcast(number, x.Shape, along.Rest(x.Rank));
    }

    /// <summary>For each integer the vector that is 1 there and 0 elsewhere, along a new last axis; all 0 where it is out of range.</summary>
    public static Expr oneHot(Expr indices, int classes, DType type = DType.F32)
    {
        if (!indices.DType.IsInteger) throw new ShapeError("oneHot", [new(indices.Label, indices.Type)], ["indices must be integers"]);
        return convert(equal(expandDims(indices, -1), iota(new(indices.DType, [classes]))), type);
    }
}
