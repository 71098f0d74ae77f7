using System.Collections.Immutable;

namespace Functional;

public static partial class Prelude
{
    /// <summary>
    /// A loop over the leading axis: (carry, yₜ) ← step(carry, xₜ) for each slice xₜ; the last carry, and the yₜ stacked. What a step computes
    /// from values of outside alone is computed once, outside. See <see cref="Scan"/>. JAX's <c>scan</c>.
    /// </summary>
    /// <param name="step">From carry and slice to carry and output, each an Expr, a Params or a tuple of these; <c>default(ValueTuple)</c> is nothing.</param>
    /// <param name="init">The first carry.</param>
    /// <param name="xs">The inputs, all of one extent at axis 0.</param>
    /// <param name="length">The number of steps; needed only where there are no inputs.</param>
    /// <param name="reverse">Whether from the last slice to the first.</param>
    /// <param name="keep">What is kept for reverse mode.</param>
    /// <exception cref="ShapeError">The inputs' leading extents differ, or a step changes the carry's types.</exception>
    public static (TCarry Carry, TOut Ys) scan<TCarry, TIn, TOut>(
        Func<TCarry, TIn, (TCarry Carry, TOut Y)> step, TCarry init, TIn xs, int? length = null, bool reverse = false, Residuals keep = Residuals.Store)
    {
        var (carries, inputs) = (Tree.Leaves(init), Tree.Leaves(xs));
        foreach (var x in inputs)
            if (x.Rank == 0) throw new ShapeError("scan", [new(x.Label, x.Type)], ["a scalar has no axis to scan over: close over it instead"]);
        var lengths = inputs.Select(x => x.Shape[0]).Concat(length is { } n ? [n] : []).Distinct().ToList();
        if (lengths.Count != 1)
            throw new ShapeError("scan", [.. inputs.Select(x => new Operand(x.Label, x.Type))],
                [lengths.Count == 0 ? "there are no inputs: say how many steps with length" : $"the leading extents {string.Join(", ", lengths)} differ"]);
        var (carry, slice) = (Tree.Fresh(init), Tree.With(xs, [.. inputs.Select((x, i) => variable($"x{i}", x.Type with { Shape = x.Shape[1..] }))]));
        var (next, y) = step(carry, slice);
        var (body, captured) = Closure.Of([.. Tree.Leaves(next), .. Tree.Leaves(y)], [.. Tree.Leaves(carry), .. Tree.Leaves(slice)]);
        if (Tree.Leaves(next).Length != carries.Length) throw new ShapeError("scan", $"a step makes {Tree.Leaves(next).Length} carries of {carries.Length}");
        var results = Results(new Scan(body, captured.Length, carries.Length, lengths[0], reverse, keep, [.. captured, .. carries, .. inputs]));
        return (Tree.With(init, results[..carries.Length]), Tree.With(y, results[carries.Length..]));
    }

    /// <summary>step(i, …) for i = from, …, until − 1, each on what the one before gave: a <see cref="Scan"/>. JAX's <c>fori_loop</c>.</summary>
    /// <param name="from">The first i.</param>
    /// <param name="until">The i before which it ends.</param>
    /// <param name="step">From i, an i32 scalar, and a carry to the next carry.</param>
    /// <param name="init">The first carry.</param>
    /// <param name="keep">What is kept for reverse mode.</param>
    public static T foriLoop<T>(int from, int until, Func<Expr, T, T> step, T init, Residuals keep = Residuals.Store) =>
        scan<T, Expr, ValueTuple>((carry, i) => (step(i, carry), default), init, arange(Math.Max(0, until - from)) + from, keep: keep).Carry;

    /// <summary>
    /// step(…) while the condition holds, at most <paramref name="limit"/> times. A bound must be given: it is what makes the loop differentiable in
    /// reverse. See <see cref="While"/>. JAX's <c>while_loop</c>.
    /// </summary>
    /// <exception cref="ShapeError">There is no bound, the condition is no bool scalar, or a step changes the carry's types.</exception>
    public static T whileLoop<T>(Func<T, Expr> condition, Func<T, T> step, T init, int? limit = null)
    {
        if (limit is not >= 0) throw new ShapeError("whileLoop", "the loop needs a bound: give limit, the most steps that it may take");
        var carry = Tree.Fresh(init);
        var (test, next) = (condition(carry), Tree.Leaves(step(carry)));
        var parameters = Tree.Leaves(carry);
        var (both, captured) = Closure.Of([test, .. next], parameters);
        return Tree.With(init, Results(new While(
            new(both.Parameters, both.Results[..1]), new(both.Parameters, both.Results[1..]), captured.Length, limit.Value, [.. captured, .. Tree.Leaves(init)])));
    }

    private static ImmutableArray<Expr> Results(Op op) => results(Expr.Of(op));
}
