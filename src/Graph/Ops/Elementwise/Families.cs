using System.Collections.Immutable;

namespace Functional;

/// <summary>y = F(x), floating-point.</summary>
public sealed record FloatUnary<F>(Expr X) : Unary(X) where F : struct, IFloatUnary
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new FloatUnary<F>(inputs[0]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => F.Chain(t, X, y);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.FloatUnary<F>(X);

    internal override ImmutableArray<TensorType> Infer() =>
        X.DType.IsFloat ? X.Results : throw Error($"needs a floating-point operand: convert(x, DType.F32) first");
}

/// <summary>y = F(x), for any number type.</summary>
public sealed record NumberUnary<F>(Expr X) : Unary(X) where F : struct, INumberUnary
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new NumberUnary<F>(inputs[0]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => F.Chain(t, X, y);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.NumberUnary<F>(X);

    internal override ImmutableArray<TensorType> Infer() =>
        X.DType.IsNumber ? X.Results : throw Error("needs a number, not a bool: convert it first");
}

/// <summary>z = F(x, y), floating-point.</summary>
public sealed record FloatBinary<F>(Expr X, Expr Y) : Binary(X, Y) where F : struct, IFloatBinary
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new FloatBinary<F>(inputs[0], inputs[1]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => input == 0 ? F.ChainLeft(t, X, Y, y) : F.ChainRight(t, X, Y, y);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.FloatBinary<F>(X, Y);

    internal override ImmutableArray<TensorType> Infer() =>
        Same().DType.IsFloat ? X.Results : throw Error("needs floating-point operands: convert them first");
}

/// <summary>z = F(x, y), for any number type.</summary>
public sealed record NumberBinary<F>(Expr X, Expr Y) : Binary(X, Y) where F : struct, INumberBinary
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new NumberBinary<F>(inputs[0], inputs[1]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => input == 0 ? F.ChainLeft(t, X, Y, y) : F.ChainRight(t, X, Y, y);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.NumberBinary<F>(X, Y);

    internal override ImmutableArray<TensorType> Infer() =>
        Same().DType.IsNumber ? X.Results : throw Error("needs numbers, not bools: convert them, or use and, or, xor");
}

/// <summary>z = F(x, y) on the bits of integers and truth values. Its derivative is zero.</summary>
public sealed record Bitwise<F>(Expr X, Expr Y) : Binary(X, Y) where F : struct, IBitwise
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Bitwise<F>(inputs[0], inputs[1]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => null;

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.Bitwise<F>(X, Y);

    internal override ImmutableArray<TensorType> Infer() =>
        Same().DType.IsInteger || (F.AcceptsBool && X.DType == DType.Bool) ? [X.Type]
        : throw Error($"needs integers{(F.AcceptsBool ? " or bools" : "")}, not {X.DType.Text}");
}

/// <summary>Whether F(x, y) holds, a bool. Its derivative is zero. StableHLO <c>compare</c>.</summary>
public sealed record Comparison<F>(Expr X, Expr Y) : Binary(X, Y) where F : struct, IComparison
{
    /// <inheritdoc/>
    public override string Name => F.Name;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Comparison<F>(inputs[0], inputs[1]);

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => null;

    /// <inheritdoc/>
    public override TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor) => visitor.Comparison<F>(X, Y);

    internal override ImmutableArray<TensorType> Infer() => [Same() with { DType = DType.Bool }];
}
