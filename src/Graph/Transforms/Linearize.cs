using System.Collections.Immutable;

namespace Functional;

public static partial class Prelude
{
    /// <summary>
    /// f(x), and its derivative there as a linear function of tangents, t ↦ J·t. What is known at x is computed once, with f(x): each use of the
    /// function adds only nodes that depend on the tangent, which read the rest (the residuals) where it stands: a scan keeps what the tangents of its
    /// steps read. A while loop and a branch alone compute their own values again beside their tangents. JAX's <c>linearize</c>.
    /// </summary>
    /// <exception cref="ShapeError">A tangent is not of the type of its value (raised by the function of tangents).</exception>
    public static (TOut Value, Func<TIn, TOut> Tangent) linearize<TIn, TOut>(Func<TIn, TOut> f, TIn x)
    {
        var point = Tree.Fresh(x);
        var (at, inputs) = (Tree.Leaves(x), Tree.Leaves(point));
        ImmutableArray<Expr> seeds = [.. inputs.Select((v, i) => variable($"t{i}", v.Type))];
        var traced = f(point);
        var outputs = Exposed.Inlined(Tree.Leaves(traced), inputs);
        ImmutableArray<int> real = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i].DType.IsFloat)];
        var (values, pushed) = Jvp.Of(new Walk(outputs), inputs.Pick(real), inputs.Pick(real), seeds.Pick(real), apart: true);
        var tangents = Exposed.Inlined([.. pushed.Select((t, i) => t ?? zerosLike(outputs[i]))], seeds);
        var settled = Fold.Substitute([.. values, .. tangents], inputs.Zip(at, KeyValuePair.Create).ToDictionary());
        var (linear, residuals) = Closure.Of(settled[outputs.Length..], seeds);

        TOut Tangent(TIn t)
        {
            var ts = Tree.Leaves(t);
            Match("linearize", "tangent", ts, at);
            return Tree.With(traced, linear.Inline([.. residuals, .. ts]));
        }

        return (Tree.With(traced, settled[..outputs.Length]), Tangent);
    }
}
