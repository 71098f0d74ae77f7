namespace Functional;

public static partial class Prelude
{
    /// <summary>The negation of truth values, or of every bit of integers: exclusive disjunction with ones.</summary>
    public static Expr not(Expr x) => xor(x, x.DType == DType.U8 ? constant(255, DType.U8) : constant(x.DType == DType.Bool ? 1 : -1, x.DType));

    private static Expr Elementwise(string verb, Expr x, Expr y, Func<Expr, Expr, Op> op)
    {
        if (x.Shape == y.Shape) return Expr.Of(op(x, y));
        var shape = Broadcasting.Common(verb, x, y);
        return Expr.Of(op(broadcastTo(x, shape), broadcastTo(y, shape)));
    }
}
