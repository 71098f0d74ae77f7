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

    /// <summary>A function of two arguments of the type, with several results, one of which reads another function's.</summary>
    private static Function Body(Draft d, TensorType type)
    {
        ImmutableArray<Expr> Plain(ImmutableArray<Expr> a) => [a[0] * a[1], a[0] - a[1], a[1]];
        var inner = Function.Trace(Plain, ("u", type), ("v", type));
        return d.Flip() ? inner : Function.Trace(a => [call(inner, a[1], a[0])[1] + a[0], call(inner, a[0], a[0])[0]], ("p", type), ("q", type));
    }
}
