using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>The ops that own functions. A custom rule is the function's true derivative, so that all laws hold of it.</summary>
internal static class Bodies
{
    public static IEnumerable<Expr> Call(Draft d)
    {
        var x = d.Real();
        return call(Body(d, x.Type), x, d.Like(x.Type));
    }

    public static IEnumerable<Expr> Composite(Draft d)
    {
        var x = d.Real();
        return results(Expr.Of(new Composite("body", Body(d, x.Type), [x, d.Like(x.Type)])));
    }

    public static IEnumerable<Expr> Checkpoint(Draft d)
    {
        var x = d.Real();
        var policy = d.Flip() ? CheckpointPolicy.EverythingSaveable : CheckpointPolicy.NothingSaveable;
        return results(Expr.Of(new Checkpoint(Body(d, x.Type), policy, [x, d.Like(x.Type)])));
    }

    public static IEnumerable<Expr> CustomVjp(Draft d)
    {
        var x = d.Real();
        return customVjp(a => [a[0] * a[1], a[0] + a[0]], (a, _, ct) => [ct[0] * a[1] + ct[1] * 2, ct[0] * a[0]], x, d.Like(x.Type));
    }

    public static IEnumerable<Expr> CustomJvp(Draft d)
    {
        var x = d.Real();
        return customJvp(a => [a[0] * a[1], -a[1]], (a, t) => [t[0] * a[1] + a[0] * t[1], -t[1]], x, d.Like(x.Type));
    }

    /// <summary>A loop over a few slices of a node, in a drawn direction, that keeps what is drawn.</summary>
    public static IEnumerable<Expr> Scan(Draft d)
    {
        var x = d.Real(1);
        var init = d.Like(x.Type with { Shape = x.Shape[1..] });
        var outside = d.Real();
        var (carry, ys) = scan<Expr, Expr, (Expr, Expr)>(
            (c, v) => (c * sum(outside) - v, (c + v, v)), init, x, reverse: d.Flip(), keep: (Residuals)d.Next(3));
        return [carry, ys.Item1, ys.Item2];
    }

    /// <summary>A loop whose number of steps depends on an integer that is computed.</summary>
    public static IEnumerable<Expr> While(Draft d)
    {
        var x = d.Real();
        var n = sum(d.Integers([2], -1, 3));
        var (y, count) = whileLoop<(Expr Y, Expr N)>(c => greater(c.N, 0), c => (c.Y * 2 - x, c.N - 1), (d.Like(x.Type), n), d.Next(3));
        return [y, count];
    }

    /// <summary>A choice between functions of two arguments of one type, by an integer that may be out of range.</summary>
    public static IEnumerable<Expr> Switch(Draft d)
    {
        var x = d.Real();
        var outside = d.Like(x.Type);
        return [switchCase<(Expr X, Expr Y), Expr>(sum(d.Integers([1], -1, 4)), (x, d.Like(x.Type)), a => a.X * a.Y, a => a.Y - outside, a => a.X)];
    }

    /// <summary>A function of two arguments of the type, with several results, one of which reads another function's.</summary>
    private static Function Body(Draft d, TensorType type)
    {
        ImmutableArray<Expr> Plain(ImmutableArray<Expr> a) => [a[0] * a[1], a[0] - a[1], a[1]];
        var inner = Function.Trace(Plain, ("u", type), ("v", type));
        return d.Flip() ? inner : Function.Trace(a => [call(inner, a[1], a[0])[1] + a[0], call(inner, a[0], a[0])[0]], ("p", type), ("q", type));
    }
}
