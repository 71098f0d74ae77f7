using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// A law by which a graph is rewritten: its name is the law. It speaks of nodes whose op is of one type (or derived from it), takes such a
/// node, and whether a node has no other user, and gives the node's replacement, or null where the law says nothing.
/// </summary>
public sealed record Rule(string Law, Type Of, Func<Expr, Func<Expr, bool>, Expr?> Apply);

/// <summary>All rewrites, by law. Those that speak of x and y hold for every element type.</summary>
public static class Rules
{
    /// <summary>The laws that hold bit for bit in IEEE arithmetic, NaN payloads aside.</summary>
    public static ImmutableArray<Rule> Exact { get; } =
    [
        Law<NumberBinary<Functions.Add>>("x + (−0) = x", a => Is(a.Y, -0.0) ? a.X : Is(a.X, -0.0) ? a.Y : null),
        Law<NumberBinary<Functions.Sub>>("x − 0 = x", s => Is(s.Y, 0.0) ? s.X : null),
        Law<NumberBinary<Functions.Mul>>("x · 1 = x", m => Is(m.Y, 1) ? m.X : Is(m.X, 1) ? m.Y : null),
        Law<NumberBinary<Functions.Div>>("x / 1 = x", d => Is(d.Y, 1) ? d.X : null),
        Law<NumberBinary<Functions.Mul>>("x · (−1) = −x", m => Is(m.Y, -1) ? -m.X : Is(m.X, -1) ? -m.Y : null),
        Law<NumberUnary<Functions.Neg>>("−(−x) = x", n => Negated(n.X)),
        Law<NumberBinary<Functions.Add>>("x + (−y) = x − y", a => Negated(a.Y) is { } y ? a.X - y : Negated(a.X) is { } x ? a.Y - x : null),
        Law<NumberBinary<Functions.Sub>>("x − (−y) = x + y", s => Negated(s.Y) is { } y ? s.X + y : null),
        Law<NumberBinary<Functions.Mul>>("(−x) · (−y) = x · y", m => Negated(m.X) is { } x && Negated(m.Y) is { } y ? x * y : null),
        Law<NumberBinary<Functions.Mul>>("(−x) · y = −(x · y)", m => Negated(m.X) is { } x ? -(x * m.Y) : Negated(m.Y) is { } y ? -(m.X * y) : null),
        Law<NumberBinary<Functions.Div>>("(−x) / y = −(x / y), floating-point", d => d.X.DType.IsFloat && Negated(d.X) is { } x ? -(x / d.Y) : null),
        Law<Select>("where(p, x, x) = x", s => s.X == s.Y ? s.X : null),
        Law<Select>("where(true, x, y) = x, where(false, x, y) = y", s => Uniform(s.Predicate) is { } p ? p != 0 ? s.X : s.Y : null),
        new("f(constants) = constant", typeof(Op), (e, _) => ConstantFolding.Of(e)),
        new("f(broadcast x, …) = broadcast f(x, …)", typeof(Elementwise), Unbroadcast),
        Law<Reshape>("reshape of reshape = reshape", r => r.X.Op is Reshape inner ? reshape(inner.X, r.Shape) : null),
        Law<Reshape>("reshape to the same shape = x", r => r.Shape == r.X.Shape ? r.X : null),
        Law<Permute>("permute of permute = permute", p => p.X.Op is Permute inner ? permute(inner.X, p.Order.Map(a => inner.Order[a])) : null),
        Law<Broadcast>("broadcast of broadcast = broadcast", b => b.X.Op is Broadcast inner ? broadcast(inner.X, b.Shape, inner.Mapping.Map(a => b.Mapping[a])) : null),
        Law<Reverse>("reverse of reverse = x", r => r.X.Op is Reverse inner && r.Axes == inner.Axes ? inner.X : null),
        Law<Permute>("permute that swaps the free axes of dot = dot with operands exchanged", p => p.X.Op is Dot d ? Exchanged(p, d) : null),
        Law<NumberUnary<Functions.StopGradient>>("stopGradient of stopGradient = stopGradient", s => s.X.Op is NumberUnary<Functions.StopGradient> ? s.X : null),
    ];

    /// <summary>Laws of real arithmetic that floating-point arithmetic keeps only up to rounding, signed zeros, NaN or infinity.</summary>
    public static ImmutableArray<Rule> Approximate { get; } =
    [
        Law<NumberBinary<Functions.Add>>("x + 0 = x (but for −0)", a => IsZero(a.Y) ? a.X : IsZero(a.X) ? a.Y : null),
        Law<NumberBinary<Functions.Mul>>("x · 0 = 0 (but for NaN, ∞ and signs)", m => IsZero(m.Y) ? m.Y : IsZero(m.X) ? m.X : null),
        Law<NumberBinary<Functions.Sub>>("0 − x = −x (but for 0)", s => IsZero(s.X) ? -s.Y : null),
        new("x · z + y · z = (x + y) · z (but for rounding and overflow)", typeof(NumberBinary<Functions.Add>), (e, once) => Factored(e, once) is (var x, var y, var z) ? (x + y) * z : null),
        new("x · z − y · z = (x − y) · z (but for rounding and overflow)", typeof(NumberBinary<Functions.Sub>), (e, once) => Factored(e, once) is (var x, var y, var z) ? (x - y) * z : null),
        Law<Sum>("sum of sum = sum (but for rounding)", s => s.X.Op is Sum inner ? sum(inner.X, inner.Axes.Concat(s.Axes.Map(a => inner.Axes.Rest(inner.X.Rank)[a])).Sorted()) : null),
        Law<FloatUnary<Functions.Exp>>("exp(log x) = x (but for rounding and domain)", e => e.X.Op is FloatUnary<Functions.Log> inner ? inner.X : null),
        Law<FloatUnary<Functions.Log>>("log(exp x) = x (but for rounding and overflow)", l => l.X.Op is FloatUnary<Functions.Exp> inner ? inner.X : null),
    ];

    private static Rule Law<TOp>(string law, Func<TOp, Expr?> apply) where TOp : Op => new(law, typeof(TOp), (e, _) => e.Op is TOp op ? apply(op) : null);

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
        if (e.Op is not Elementwise or Tap || e.Inputs[0].Op is not Broadcast first) return null;
        foreach (var input in e.Inputs)
            if (input.Op is not Broadcast b || b.Mapping != first.Mapping || !once(input)) return null;
        return broadcast(Expr.Of(e.Op.With([.. e.Inputs.Select(x => ((Broadcast)x.Op).X)])), first.Shape, first.Mapping);
    }

    /// <summary>x, y and the common factor z of two products that nothing else reads.</summary>
    private static (Expr X, Expr Y, Expr Z)? Factored(Expr e, Func<Expr, bool> once)
    {
        if (e.Inputs[0].Op is not NumberBinary<Functions.Mul> left || e.Inputs[1].Op is not NumberBinary<Functions.Mul> right) return null;
        if (!e.DType.IsFloat || !once(e.Inputs[0]) || !once(e.Inputs[1])) return null;
        return left.Y == right.Y ? (left.X, right.X, left.Y) : left.Y == right.X ? (left.X, right.Y, left.Y)
            : left.X == right.Y ? (left.Y, right.X, left.X) : left.X == right.X ? (left.Y, right.Y, left.X) : null;
    }

    private static Expr? Exchanged(Permute p, Dot d)
    {
        var (batch, x, y) = (d.BatchX.Count, d.FreeX.Count, d.FreeY.Count);
        var swap = Axes.Range(0, batch).Concat(Axes.Range(batch + x, batch + x + y)).Concat(Axes.Range(batch, batch + x));
        return p.Order == swap ? dot(d.Y, d.X, d.BatchY, d.BatchX, d.ContractY, d.ContractX, d.Precision) : null;
    }
}
