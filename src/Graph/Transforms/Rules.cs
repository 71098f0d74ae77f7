using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// A law by which a graph is rewritten: its name is the law. It takes a node, and whether a node has no other user, and gives the node's
/// replacement, or null where the law says nothing.
/// </summary>
public sealed record Rule(string Law, Func<Expr, Func<Expr, bool>, Expr?> Apply);

/// <summary>All rewrites, by law. Those that speak of x and y hold for every element type.</summary>
public static class Rules
{
    /// <summary>The laws that hold bit for bit in IEEE arithmetic, NaN payloads aside.</summary>
    public static ImmutableArray<Rule> Exact { get; } =
    [
        new("x + (−0) = x", (e, _) => e.Op is NumberBinary<Functions.Add> a ? Is(a.Y, -0.0) ? a.X : Is(a.X, -0.0) ? a.Y : null : null),
        new("x − 0 = x", (e, _) => e.Op is NumberBinary<Functions.Sub> s && Is(s.Y, 0.0) ? s.X : null),
        new("x · 1 = x", (e, _) => e.Op is NumberBinary<Functions.Mul> m ? Is(m.Y, 1) ? m.X : Is(m.X, 1) ? m.Y : null : null),
        new("x / 1 = x", (e, _) => e.Op is NumberBinary<Functions.Div> d && Is(d.Y, 1) ? d.X : null),
        new("x · (−1) = −x", (e, _) => e.Op is NumberBinary<Functions.Mul> m ? Is(m.Y, -1) ? -m.X : Is(m.X, -1) ? -m.Y : null : null),
        new("−(−x) = x", (e, _) => Negated(e) is { } x ? Negated(x) : null),
        new("x + (−y) = x − y", (e, _) => e.Op is NumberBinary<Functions.Add> a ? Negated(a.Y) is { } y ? a.X - y : Negated(a.X) is { } x ? a.Y - x : null : null),
        new("x − (−y) = x + y", (e, _) => e.Op is NumberBinary<Functions.Sub> s && Negated(s.Y) is { } y ? s.X + y : null),
        new("(−x) · (−y) = x · y", (e, _) => e.Op is NumberBinary<Functions.Mul> m && Negated(m.X) is { } x && Negated(m.Y) is { } y ? x * y : null),
        new("where(p, x, x) = x", (e, _) => e.Op is Select s && s.X == s.Y ? s.X : null),
        new("where(true, x, y) = x, where(false, x, y) = y", (e, _) => e.Op is Select s && Uniform(s.Predicate) is { } p ? p != 0 ? s.X : s.Y : null),
        new("f(constants) = constant", (e, _) => ConstantFolding.Of(e)),
        new("f(broadcast x, …) = broadcast f(x, …)", (e, once) => Unbroadcast(e, once)),
        new("reshape of reshape = reshape", (e, _) => e.Op is Reshape { X.Op: Reshape inner } r ? reshape(inner.X, r.Shape) : null),
        new("reshape to the same shape = x", (e, _) => e.Op is Reshape r && r.Shape == r.X.Shape ? r.X : null),
        new("permute of permute = permute", (e, _) => e.Op is Permute { X.Op: Permute inner } p ? permute(inner.X, p.Order.Map(a => inner.Order[a])) : null),
        new("broadcast of broadcast = broadcast", (e, _) => e.Op is Broadcast { X.Op: Broadcast inner } b ? broadcast(inner.X, b.Shape, inner.Mapping.Map(a => b.Mapping[a])) : null),
        new("reverse of reverse = x", (e, _) => e.Op is Reverse { X.Op: Reverse inner } r && r.Axes == inner.Axes ? inner.X : null),
        new("permute that swaps the free axes of dot = dot with operands exchanged", (e, _) => e.Op is Permute { X.Op: Dot d } p ? Exchanged(p, d) : null),
        new("stopGradient of stopGradient = stopGradient", (e, _) => e.Op is NumberUnary<Functions.StopGradient> { X.Op: NumberUnary<Functions.StopGradient> } s ? s.X : null),
    ];

    /// <summary>Laws of real arithmetic that floating-point arithmetic keeps only up to rounding, signed zeros, NaN or infinity.</summary>
    public static ImmutableArray<Rule> Approximate { get; } =
    [
        new("x + 0 = x (but for −0)", (e, _) => e.Op is NumberBinary<Functions.Add> a ? IsZero(a.Y) ? a.X : IsZero(a.X) ? a.Y : null : null),
        new("x · 0 = 0 (but for NaN, ∞ and signs)", (e, _) => e.Op is NumberBinary<Functions.Mul> m ? IsZero(m.Y) ? m.Y : IsZero(m.X) ? m.X : null : null),
        new("0 − x = −x (but for 0)", (e, _) => e.Op is NumberBinary<Functions.Sub> s && IsZero(s.X) ? -s.Y : null),
        new("sum of sum = sum (but for rounding)", (e, _) => e.Op is Sum { X.Op: Sum inner } s ? sum(inner.X, inner.Axes.Concat(s.Axes.Map(a => inner.Axes.Rest(inner.X.Rank)[a])).Sorted()) : null),
        new("exp(log x) = x, log(exp x) = x (but for rounding and domain)", (e, _) => e.Op switch
        {
            FloatUnary<Functions.Exp> { X.Op: FloatUnary<Functions.Log> inner } => inner.X,
            FloatUnary<Functions.Log> { X.Op: FloatUnary<Functions.Exp> inner } => inner.X,
            _ => null,
        }),
    ];

    private static Expr? Negated(Expr e) => e.Op is NumberUnary<Functions.Neg> n ? n.X : null;

    /// <summary>The one value of a constant, or of a broadcast of one.</summary>
    private static double? Uniform(Expr e) => e.Op switch
    {
        Constant c => c.Value.Uniform,
        Broadcast { X.Op: Constant c } => c.Value.Uniform,
        _ => null,
    };

    private static bool Is(Expr e, double value) =>
        Uniform(e) is { } u && (e.DType.IsFloat ? BitConverter.DoubleToInt64Bits(u) == BitConverter.DoubleToInt64Bits(value) : u == value);

    private static bool IsZero(Expr e) => Uniform(e) == 0;

    private static Expr? Unbroadcast(Expr e, Func<Expr, bool> once)
    {
        if (e.Op is not Elementwise || e.Inputs[0].Op is not Broadcast first) return null;
        foreach (var input in e.Inputs)
            if (input.Op is not Broadcast b || b.Mapping != first.Mapping || !once(input)) return null;
        return broadcast(Expr.Of(e.Op.With([.. e.Inputs.Select(x => ((Broadcast)x.Op).X)])), first.Shape, first.Mapping);
    }

    private static Expr? Exchanged(Permute p, Dot d)
    {
        var (batch, x, y) = (d.BatchX.Count, d.FreeX.Count, d.FreeY.Count);
        var swap = Axes.Range(0, batch).Concat(Axes.Range(batch + x, batch + x + y)).Concat(Axes.Range(batch, batch + x));
        return p.Order == swap ? dot(d.Y, d.X, d.BatchY, d.BatchX, d.ContractY, d.ContractX) : null;
    }
}
