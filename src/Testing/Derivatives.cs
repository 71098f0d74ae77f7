using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>
/// Transformations as maps from closed functions to closed functions. What is floating-point among the parameters moves; what is floating-point
/// among the results is differentiated.
/// </summary>
internal static class Derivatives
{
    /// <summary>(x…, t…) ↦ (the floating-point results, their tangents).</summary>
    public static Function Forward(Function f)
    {
        var moving = Moving(f);
        var ts = Fresh("t", moving);
        var (value, tangent) = jvp(Of(f), Named(moving), Named(ts));
        return new([.. f.Parameters, .. ts], [.. value.Values, .. tangent.Values]);
    }

    /// <summary>(x…, ct…) ↦ (the floating-point results, the cotangents of the parameters that move).</summary>
    public static Function Reverse(Function f)
    {
        var (value, pullback) = vjp(Of(f), Named(Moving(f)));
        var cts = Fresh("ct", [.. value.Values]);
        return new([.. f.Parameters, .. cts], [.. value.Values, .. pullback(Named(cts)).Values]);
    }

    /// <summary>(x…, t…, h) ↦ the floating-point results at x + h·t, for an f64 scalar h.</summary>
    public static Function Line(Function f)
    {
        var moving = Moving(f);
        var (ts, h) = (Fresh("t", moving), variable("h", DType.F64));
        var at = Of(f)(Named([.. moving.Zip(ts, (x, t) => x + convert(h, x.DType) * t)]));
        return new([.. f.Parameters, .. ts, h], [.. at.Values]);
    }

    /// <summary>The function over a new axis 0 of every parameter and every result.</summary>
    public static Function Batched(Function f, int examples)
    {
        ImmutableArray<Expr> stacks = [.. f.Parameters.Select(p => variable(p.Label, p.Type with { Shape = p.Shape.Insert(0, examples) }))];
        return new(stacks, [.. vmap<Params<Expr>, Params<Expr>>(x => Named(f.Inline([.. x.Values])))(Named(stacks)).Values]);
    }

    /// <summary>The parameters that move.</summary>
    public static ImmutableArray<Expr> Moving(Function f) => [.. f.Parameters.Where(p => p.DType.IsFloat)];

    /// <summary>The floating-point results as a function of the parameters that move, the others where they are.</summary>
    public static Func<Params<Expr>, Params<Expr>> Of(Function f)
    {
        var (moving, outputs) = (Moving(f), f.Results.Where(r => r.DType.IsFloat).ToImmutableArray());
        return x => Named(Fold.Substitute(outputs, moving.Zip(x.Values, KeyValuePair.Create).ToDictionary()));
    }

    /// <summary>Expressions as parameters whose paths keep their order.</summary>
    public static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:0000}", x)));

    private static ImmutableArray<Expr> Fresh(string stem, ImmutableArray<Expr> like) => [.. like.Select((x, i) => variable($"{stem}{i}", x.Type))];
}
