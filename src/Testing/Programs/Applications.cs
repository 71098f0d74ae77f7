using System.Reflection;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>Elementwise functions, found by reflection, on operands that they are exact or smooth at.</summary>
internal static class Applications
{
    private static readonly Type[] functions = [.. typeof(Functions).GetNestedTypes().OrderBy(t => t.Name, StringComparer.Ordinal)];

    /// <summary>A drawn function of drawn operands.</summary>
    public static Expr? Of(Draft d)
    {
        var f = functions[d.Next(functions.Length)];
        return Is(typeof(IBitwise), f) ? Bits(d, f)
            : Is(typeof(IComparison), f) ? OfTwo(d.Exact(), d, typeof(Functional.Comparison<>), f)
            : d.Numbers == Numbers.Integers ? OnIntegers(d, f)
            : OnSmooth(d, f);
    }

    /// <summary>A function of two floating-point nodes that broadcast.</summary>
    public static Expr? Pair(Draft d, Func<Expr, Expr, Expr> f)
    {
        var x = d.Real();
        var y = d.Pick(y => y.DType == d.Float && Enumerable.Range(1, Math.Min(x.Rank, y.Rank)).All(i => x.Shape[^i] == y.Shape[^i] || x.Shape[^i] == 1 || y.Shape[^i] == 1))!;
        return f(x, y);
    }

    private static bool Is(Type family, Type f) => family.IsAssignableFrom(f);

    private static Expr Apply(Type family, Type f, params Expr[] args) => Expr.Of((Op)Activator.CreateInstance(family.MakeGenericType(f), [.. args])!);

    private static Expr OfTwo(Expr x, Draft d, Type family, Type f) => Apply(family, f, x, d.Like(x.Type));

    private static Expr? Bits(Draft d, Type f)
    {
        var bools = (bool)f.GetProperty(nameof(IBitwise.AcceptsBool), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        return d.Pick(x => x.DType.IsInteger || (bools && x.DType == DType.Bool)) is { } x ? OfTwo(x, d, typeof(Bitwise<>), f) : null;
    }

    private static Expr? OnIntegers(Draft d, Type f)
    {
        if (Is(typeof(INumberUnary), f)) return Apply(typeof(NumberUnary<>), f, d.Exact());
        if (f == typeof(Functions.Ceil) || f == typeof(Functions.Floor) || f == typeof(Functions.Round)) return Apply(typeof(FloatUnary<>), f, d.Real());
        if (!Is(typeof(INumberBinary), f)) return null;
        var x = d.Exact();
        var y = d.Like(x.Type);
        if (x.DType.IsFloat && f == typeof(Functions.Div)) y = where(less(y, 0), constant(-1, d.Float), onesLike(y));
        if (x.DType.IsFloat && f == typeof(Functions.Rem)) y = abs(y) + 1;
        return x.Type == y.Type ? Apply(typeof(NumberBinary<>), f, x, y) : null;
    }

    private static Expr? OnSmooth(Draft d, Type f)
    {
        var x = d.Real();
        if (f == typeof(Functions.StopGradient)) return stopGradient(x);
        if (Domains.Unary.TryGetValue(f.Name, out var unary))
            return Apply(Is(typeof(IFloatUnary), f) ? typeof(FloatUnary<>) : typeof(NumberUnary<>), f, Into(x, unary[d.Next(unary.Length)]));
        var binary = Domains.Binary[f.Name];
        var (left, right) = binary[d.Next(binary.Length)];
        return Apply(Is(typeof(IFloatBinary), f) ? typeof(FloatBinary<>) : typeof(NumberBinary<>), f, Into(x, left), Into(d.Like(x.Type), right));
    }

    /// <summary>Any numbers, moved into an interval.</summary>
    private static Expr Into(Expr x, Interval domain) => tanh(x) * ((domain.To - domain.From) / 2) + (domain.To + domain.From) / 2;
}
