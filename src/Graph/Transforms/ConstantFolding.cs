namespace Functional;

/// <summary>The value of an elementwise function of scalar constants, by the same arithmetic as an interpreter's.</summary>
internal static class ConstantFolding
{
    /// <summary>The constant that a node of scalar constants is; null where it is none.</summary>
    public static Expr? Of(Expr e)
    {
        if (e.Op is not (Pointwise or Select or Convert) || e.Inputs.Length == 0 || e.Rank != 0) return null;
        foreach (var x in e.Inputs)
            if (x.Op is not Constant) return null;
        return e.Op switch
        {
            Pointwise when e.DType.IsHalf || e.Inputs[0].DType.IsHalf => Folded(Widen.Of([e])[0]),
            Pointwise op => op.Accept(new Evaluate()) is { } value ? Prelude.constant(value) : null,
            Select s => Value(s.Predicate).As<bool>()[0] ? s.X : s.Y,
            Convert { To: not DType.Bool } c when c.X.DType.IsFloat && c.To.IsFloat => Prelude.constant(Value(c.X)[0], c.To),
            _ => null,
        };
    }

    /// <summary>The constant that a few nodes over scalar constants are.</summary>
    private static Expr? Folded(Expr e) => e.Op is Constant ? e : Of(Fold.Rebuild(e, x => Folded(x) ?? x));

    private static Literal Value(Expr e) => ((Constant)e.Op).Value;

    private sealed class Evaluate : IElementwiseVisitor<Literal?>
    {
        public Literal? FloatUnary<F>(Expr x) where F : struct, IFloatUnary => x.DType switch
        {
            DType.F32 => Scalar(F.Apply(At<float>(x))),
            _ => Scalar(F.Apply(At<double>(x))),
        };

        public Literal? NumberUnary<F>(Expr x) where F : struct, INumberUnary => x.DType switch
        {
            DType.F32 => Scalar(F.Apply(At<float>(x))),
            DType.F64 => Scalar(F.Apply(At<double>(x))),
            DType.I32 => Scalar(F.Apply(At<int>(x))),
            DType.I64 => Scalar(F.Apply(At<long>(x))),
            _ => Scalar(F.Apply(At<byte>(x))),
        };

        public Literal? FloatBinary<F>(Expr x, Expr y) where F : struct, IFloatBinary => x.DType switch
        {
            DType.F32 => Scalar(F.Apply(At<float>(x), At<float>(y))),
            _ => Scalar(F.Apply(At<double>(x), At<double>(y))),
        };

        public Literal? NumberBinary<F>(Expr x, Expr y) where F : struct, INumberBinary => x.DType switch
        {
            DType.F32 => Scalar(F.Apply(At<float>(x), At<float>(y))),
            DType.F64 => Scalar(F.Apply(At<double>(x), At<double>(y))),
            DType.I32 => Scalar(F.Apply(At<int>(x), At<int>(y))),
            DType.I64 => Scalar(F.Apply(At<long>(x), At<long>(y))),
            _ => Scalar(F.Apply(At<byte>(x), At<byte>(y))),
        };

        public Literal? Bitwise<F>(Expr x, Expr y) where F : struct, IBitwise => x.DType switch
        {
            DType.I32 => Scalar(F.Apply(At<int>(x), At<int>(y))),
            DType.I64 => Scalar(F.Apply(At<long>(x), At<long>(y))),
            DType.U8 => Scalar(F.Apply(At<byte>(x), At<byte>(y))),
            _ => null,
        };

        public Literal? Comparison<F>(Expr x, Expr y) where F : struct, IComparison => x.DType switch
        {
            DType.F32 => Scalar(F.Apply(At<float>(x), At<float>(y))),
            DType.F64 => Scalar(F.Apply(At<double>(x), At<double>(y))),
            DType.I32 => Scalar(F.Apply(At<int>(x), At<int>(y))),
            DType.I64 => Scalar(F.Apply(At<long>(x), At<long>(y))),
            DType.U8 => Scalar(F.Apply(At<byte>(x), At<byte>(y))),
            _ => null,
        };

        private static T At<T>(Expr x) where T : unmanaged => Value(x).As<T>()[0];

        private static Literal Scalar<T>(T value) where T : unmanaged => Literal.Of([], new ReadOnlySpan<T>(in value));
    }
}
