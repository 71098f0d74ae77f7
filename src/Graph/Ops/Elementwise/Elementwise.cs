using System.Collections.Immutable;
using System.Numerics;

namespace Functional;

/// <summary>A scalar function of one argument: its name and its derivative. A struct of it is a whole elementwise function.</summary>
public interface IUnary
{
    /// <summary>The name in printed graphs.</summary>
    static abstract string Name { get; }

    /// <summary>t · f′(x), where y = f(x); null where f′ is zero everywhere.</summary>
    static abstract Expr? Chain(Expr t, Expr x, Expr y);
}

/// <summary>A function of one floating-point number.</summary>
public interface IFloatUnary : IUnary
{
    /// <summary>f(x).</summary>
    static abstract T Apply<T>(T x) where T : IFloatingPointIeee754<T>;
}

/// <summary>A function of one number, integer or floating-point.</summary>
public interface INumberUnary : IUnary
{
    /// <summary>f(x).</summary>
    static abstract T Apply<T>(T x) where T : INumber<T>;

    /// <summary>f of each lane.</summary>
    static abstract Vector<T> Apply<T>(Vector<T> x) where T : INumber<T>;
}

/// <summary>A scalar function of two arguments: its name and its partial derivatives.</summary>
public interface IBinary
{
    /// <summary>The name in printed graphs.</summary>
    static abstract string Name { get; }

    /// <summary>t · ∂f/∂x, where z = f(x, y); null where it is zero everywhere.</summary>
    static abstract Expr? ChainLeft(Expr t, Expr x, Expr y, Expr z);

    /// <summary>t · ∂f/∂y, where z = f(x, y); null where it is zero everywhere.</summary>
    static abstract Expr? ChainRight(Expr t, Expr x, Expr y, Expr z);
}

/// <summary>A function of two floating-point numbers.</summary>
public interface IFloatBinary : IBinary
{
    /// <summary>f(x, y).</summary>
    static abstract T Apply<T>(T x, T y) where T : IFloatingPointIeee754<T>;
}

/// <summary>A function of two numbers, integer or floating-point.</summary>
public interface INumberBinary : IBinary
{
    /// <summary>f(x, y).</summary>
    static abstract T Apply<T>(T x, T y) where T : INumber<T>;

    /// <summary>f of each pair of lanes.</summary>
    static abstract Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : INumber<T>;
}

/// <summary>A function of the bits of two integers, or of two truth values (as the bytes 0 and 1).</summary>
public interface IBitwise
{
    /// <summary>The name in printed graphs.</summary>
    static abstract string Name { get; }

    /// <summary>Whether it makes sense of truth values.</summary>
    static abstract bool AcceptsBool { get; }

    /// <summary>f(x, y).</summary>
    static abstract T Apply<T>(T x, T y) where T : IBinaryInteger<T>;
}

/// <summary>A predicate of two numbers or truth values.</summary>
public interface IComparison
{
    /// <summary>The name in printed graphs.</summary>
    static abstract string Name { get; }

    /// <summary>Whether x stands in the relation to y.</summary>
    static abstract bool Apply<T>(T x, T y) where T : INumber<T>;
}

/// <summary>What an interpreter does with an elementwise function: one case for each family, each with the function as a type.</summary>
public interface IElementwiseVisitor<out TResult>
{
    /// <summary>A function of one floating-point number.</summary>
    TResult FloatUnary<F>(Expr x) where F : struct, IFloatUnary;

    /// <summary>A function of one number.</summary>
    TResult NumberUnary<F>(Expr x) where F : struct, INumberUnary;

    /// <summary>A function of two floating-point numbers.</summary>
    TResult FloatBinary<F>(Expr x, Expr y) where F : struct, IFloatBinary;

    /// <summary>A function of two numbers.</summary>
    TResult NumberBinary<F>(Expr x, Expr y) where F : struct, INumberBinary;

    /// <summary>A function of bits.</summary>
    TResult Bitwise<F>(Expr x, Expr y) where F : struct, IBitwise;

    /// <summary>A predicate of two numbers.</summary>
    TResult Comparison<F>(Expr x, Expr y) where F : struct, IComparison;
}

/// <summary>An elementwise function made of a struct, which a visitor takes as a type.</summary>
public abstract record Pointwise : Elementwise
{
    /// <summary>Hands the function to the visitor.</summary>
    public abstract TResult Accept<TResult>(IElementwiseVisitor<TResult> visitor);
}

/// <summary>An elementwise function of one argument.</summary>
public abstract record Unary(Expr X) : Pointwise
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<Expr> Inputs => [X];
}

/// <summary>An elementwise function of two arguments of one type.</summary>
public abstract record Binary(Expr X, Expr Y) : Pointwise
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<Expr> Inputs => [X, Y];

    private protected TensorType Same() =>
        X.DType != Y.DType ? throw Error($"element types {X.DType.Text} and {Y.DType.Text} differ: convert one of them")
        : X.Shape != Y.Shape ? throw Error($"shapes {X.Shape} and {Y.Shape} differ")
        : X.Type;
}
