using System.Collections.Immutable;

namespace Functional;

public static partial class Prelude
{
    /// <summary>The gradient of a scalar function, as a function: x ↦ ∂f/∂x, of the structure of x.</summary>
    /// <exception cref="ShapeError">f's value is no floating-point scalar, or x has a leaf that is not floating-point.</exception>
    public static Func<T, T> grad<T>(Func<T, Expr> f) => x => valueAndGrad(f)(x).Gradient;

    /// <inheritdoc cref="grad{T}(Func{T, Expr})"/>
    public static Func<Expr, Expr> grad(Func<Expr, Expr> f) => grad<Expr>(f);

    /// <summary>The gradient of a scalar function of two arguments, with respect to both.</summary>
    public static Func<A, B, (A, B)> grad<A, B>(Func<A, B, Expr> f) => (a, b) => grad<(A, B)>(x => f(x.Item1, x.Item2))((a, b));

    /// <inheritdoc cref="grad{A, B}(Func{A, B, Expr})"/>
    public static Func<Expr, Expr, (Expr, Expr)> grad(Func<Expr, Expr, Expr> f) => grad<Expr, Expr>(f);

    /// <summary>The gradient of a scalar function of three arguments, with respect to all.</summary>
    public static Func<A, B, C, (A, B, C)> grad<A, B, C>(Func<A, B, C, Expr> f) =>
        (a, b, c) => grad<(A, B, C)>(x => f(x.Item1, x.Item2, x.Item3))((a, b, c));

    /// <inheritdoc cref="grad{A, B, C}(Func{A, B, C, Expr})"/>
    public static Func<Expr, Expr, Expr, (Expr, Expr, Expr)> grad(Func<Expr, Expr, Expr, Expr> f) => grad<Expr, Expr, Expr>(f);

    /// <summary>The gradient of a scalar function of four arguments, with respect to all.</summary>
    public static Func<A, B, C, D, (A, B, C, D)> grad<A, B, C, D>(Func<A, B, C, D, Expr> f) =>
        (a, b, c, d) => grad<(A, B, C, D)>(x => f(x.Item1, x.Item2, x.Item3, x.Item4))((a, b, c, d));

    /// <inheritdoc cref="grad{A, B, C, D}(Func{A, B, C, D, Expr})"/>
    public static Func<Expr, Expr, Expr, Expr, (Expr, Expr, Expr, Expr)> grad(Func<Expr, Expr, Expr, Expr, Expr> f) => grad<Expr, Expr, Expr, Expr>(f);

    /// <summary>A scalar function's value and gradient, which share the forward pass.</summary>
    /// <exception cref="ShapeError">f's value is no floating-point scalar, or x has a leaf that is not floating-point.</exception>
    public static Func<T, (Expr Value, T Gradient)> valueAndGrad<T>(Func<T, Expr> f) => x =>
    {
        var ((value, _), gradient) = valueAndGrad<T, ValueTuple>(v => (f(v), default))(x);
        return (value, gradient);
    };

    /// <summary>
    /// A scalar function's value and gradient, and what else it computes on the way, undifferentiated (JAX's <c>has_aux</c>): new layer state, metrics.
    /// </summary>
    /// <exception cref="ShapeError">f's value is no floating-point scalar, or x has a leaf that is not floating-point.</exception>
    public static Func<T, ((Expr Value, A Aux) Value, T Gradient)> valueAndGrad<T, A>(Func<T, (Expr Value, A Aux)> f) => x =>
    {
        foreach (var leaf in Tree.Leaves(x))
            if (!leaf.DType.IsFloat)
                throw new ShapeError("grad", [new(leaf.Label, leaf.Type)], ["only floating-point arguments have a gradient: close over this one, or convert it"]);
        var (value, pullback) = vjp(v => Scalar(f(v)), x, differentiated: v => [v.Value]);
        return (value, pullback([Seed(value.Value)]));
    };

    /// <summary>The cotangent of a scalar by itself.</summary>
    private static Expr Seed(Expr value) => Provenance.Made("grad", value, [constant(1, value.DType)], "a value's derivative by itself is 1")[0];

    private static Expr Zero(string transformation, Expr x) => Provenance.Made(transformation, x, [zerosLike(x)], "zero where there is no path")[0];

    private static (Expr Value, A Aux) Scalar<A>((Expr Value, A Aux) y) => y.Value.Rank == 0 && y.Value.DType.IsFloat ? y
        : throw new ShapeError("grad", [new(y.Value.Label, y.Value.Type)],
            [y.Value.DType.IsFloat ? "only a scalar has a gradient: sum or mean it, or use vjp with a cotangent" : "only a floating-point value has a gradient: convert it"]);

    /// <summary>
    /// Reverse mode: f(x), and the map from a cotangent of it to the cotangent of x. It is differentiated at a fresh variable, for which x is
    /// then substituted, so that a function that closes over expressions of x is not confused.
    /// </summary>
    public static (TOut Value, Func<TOut, TIn> Pullback) vjp<TIn, TOut>(Func<TIn, TOut> f, TIn x)
    {
        var (value, pullback) = vjp(f, x, Tree.Leaves);
        return (value, ct => pullback(Tree.Leaves(ct)));
    }

    private static (TOut Value, Func<ImmutableArray<Expr>, TIn> Pullback) vjp<TIn, TOut>(Func<TIn, TOut> f, TIn x, Func<TOut, ImmutableArray<Expr>> differentiated)
    {
        var point = Tree.Fresh(x);
        var (at, inputs) = (Tree.Leaves(x), Tree.Leaves(point));
        var traced = f(point);
        var walk = Exposed.Walk(Tree.Leaves(traced), inputs, reverse: true);
        var y = Tree.With(traced, walk.Roots);
        var (roots, images) = (differentiated(y), walk.Substitute(inputs, at));

        TIn Pullback(ImmutableArray<Expr> cts)
        {
            Match("vjp", "cotangent", cts, roots);
            return Tree.With(x, [.. Vjp.Of(walk, images, roots, [.. cts], inputs).Select((ct, i) => ct ?? Zero("vjp", at[i]))]);
        }

        return (Tree.With(y, walk.AtRoots(images)), Pullback);
    }

    /// <summary>Forward mode: f(x), and its tangent J·t for a tangent t of x.</summary>
    public static (TOut Value, TOut Tangent) jvp<TIn, TOut>(Func<TIn, TOut> f, TIn x, TIn t)
    {
        var point = Tree.Fresh(x);
        var (at, ts, inputs) = (Tree.Leaves(x), Tree.Leaves(t), Tree.Leaves(point));
        Match("jvp", "tangent", ts, at);
        var traced = f(point);
        var (outputs, tangents) = Jvp.Of(Exposed.Walk(Tree.Leaves(traced), inputs, reverse: false), inputs, at, ts);
        return (Tree.With(traced, outputs), Tree.With(traced, [.. tangents.Select((s, i) => s ?? Zero("jvp", outputs[i]))]));
    }

    /// <summary>
    /// The transpose of a linear function: the map Lᵀ with ⟨ct, L x⟩ = ⟨Lᵀ ct, x⟩.
    /// </summary>
    /// <param name="f">A linear function.</param>
    /// <param name="like">Something of the structure and types of its argument; the value does not matter.</param>
    /// <exception cref="ShapeError">f is not linear: its transpose would depend on where it is taken.</exception>
    public static Func<TOut, TIn> linearTranspose<TIn, TOut>(Func<TIn, TOut> f, TIn like) => ct =>
    {
        var point = Tree.Fresh(like);
        var inputs = Tree.Leaves(point);
        var traced = f(point);
        var roots = Exposed.Of(Tree.Leaves(traced), inputs, reverse: true);
        Match("linearTranspose", "cotangent", Tree.Leaves(ct), roots);
        ImmutableArray<Expr> pulled = [.. Vjp.Of(roots, [.. Tree.Leaves(ct)], inputs).Select((c, i) => c ?? Zero("vjp", inputs[i]))];
        var known = inputs.ToHashSet();
        foreach (var node in Fold.PostOrder(pulled))
            if (known.Contains(node))
                throw new ShapeError("linearTranspose", [new(node.Label, node.Type)], ["the function is not linear in this argument: use vjp, which transposes its derivative at a point"]);
        return Tree.With(like, pulled);
    };

    private static void Match(string verb, string what, ImmutableArray<Expr> given, ImmutableArray<Expr> expected)
    {
        if (given.Length != expected.Length) throw new ShapeError(verb, $"{given.Length} {what}s are given for {expected.Length} values");
        for (var i = 0; i < given.Length; i++)
            if (given[i].Type != expected[i].Type)
                throw new ShapeError(verb, [new(given[i].Label, given[i].Type)], [$"{what} {i} must have the type of its value, {expected[i].Type}"]);
    }
}
