namespace Functional;

public static partial class Prelude
{
    /// <summary>
    /// The Jacobian by forward mode: J[i…, j…] = ∂f(x)[i…]/∂x[j…], of the result's shape followed by that of x. The columns, J·e for each unit
    /// tangent e, are one batch (<see cref="vmap(Func{Expr, Expr}, BatchAxes, BatchAxes)"/>), for which f(x) is computed once. Cheaper than
    /// <see cref="jacrev(Func{Expr, Expr})"/> where x has fewer elements than f(x).
    /// </summary>
    /// <exception cref="ShapeError">x or f(x) is not floating-point.</exception>
    public static Func<Expr, Expr> jacfwd(Func<Expr, Expr> f) => x =>
    {
        Differentiable("jacfwd", x, "argument");
        var columns = vmap(t => Differentiable("jacfwd", jvp(f, x, t).Tangent, "value"), outAxes: -1)(UnitTensors(x.Type));
        return reshape(columns, columns.Shape[..^1].Concat(x.Shape));
    };

    /// <summary>The Jacobians by each leaf of the argument, as a tree of its structure: each of the result's shape followed by the leaf's.</summary>
    /// <inheritdoc cref="jacfwd(Func{Expr, Expr})"/>
    public static Func<T, T> jacfwd<T>(Func<T, Expr> f) => x =>
    {
        var leaves = Tree.Leaves(x);
        return Tree.With(x, [.. leaves.Select((leaf, i) => jacfwd(v => f(Tree.With(x, leaves.SetItem(i, v))))(leaf))]);
    };

    /// <summary>
    /// The Jacobian by reverse mode: J[i…, j…] = ∂f(x)[i…]/∂x[j…], of the result's shape followed by that of x. The rows, eᵀ·J for each unit
    /// cotangent e, are one batch (<see cref="vmap(Func{Expr, Expr}, BatchAxes, BatchAxes)"/>), for which f(x) is computed once. Cheaper than
    /// <see cref="jacfwd(Func{Expr, Expr})"/> where f(x) has fewer elements than x.
    /// </summary>
    /// <exception cref="ShapeError">x or f(x) is not floating-point.</exception>
    public static Func<Expr, Expr> jacrev(Func<Expr, Expr> f) => jacrev<Expr>(f);

    /// <summary>The Jacobians by each leaf of the argument, as a tree of its structure: each of the result's shape followed by the leaf's.</summary>
    /// <inheritdoc cref="jacrev(Func{Expr, Expr})"/>
    public static Func<T, T> jacrev<T>(Func<T, Expr> f) => x =>
    {
        foreach (var leaf in Tree.Leaves(x)) Differentiable("jacrev", leaf, "argument");
        var (y, pullback) = vjp(f, x);
        var rows = vmap(pullback)(UnitTensors(Differentiable("jacrev", y, "value").Type));
        return Tree.With(x, [.. Tree.Leaves(rows).Select(r => reshape(r, y.Shape.Concat(r.Shape[1..])))]);
    };

    /// <summary>
    /// The Hessian of a scalar function: H[i…, j…] = ∂²f/∂x[i…]∂x[j…], of x's shape twice, forward over reverse mode. Symmetric where the second
    /// derivatives are continuous. A product with it costs a few evaluations of f only: <see cref="hvp(Func{Expr, Expr}, Expr, Expr)"/>. Of parameters
    /// it is <see cref="hessian(Func{Params{Expr}, Expr})"/>. The blocks of a tuple have no type of their own: a block ∂²f/∂a∂b is
    /// <c>jacfwd(v => grad(u => f(u, v))(a))(b)</c>.
    /// </summary>
    /// <exception cref="ShapeError">f's value is no floating-point scalar, or x is not floating-point.</exception>
    public static Func<Expr, Expr> hessian(Func<Expr, Expr> f) => jacfwd(grad(f));

    /// <summary>
    /// The Hessian of a scalar function of parameters, in blocks: H[p][q] holds ∂²f/∂x[p]∂x[q], of the shape of x[p] followed by that of x[q]. JAX's
    /// <c>hessian</c> of a dictionary.
    /// </summary>
    /// <inheritdoc cref="hessian(Func{Expr, Expr})" path="/exception"/>
    public static Func<Params<Expr>, Params<Params<Expr>>> hessian(Func<Params<Expr>, Expr> f) => x =>
    {
        var columns = x.Map((q, leaf) => vmap<Expr, Params<Expr>>(t => jvp(v => grad<Params<Expr>>(f)(x.With(q, v)), leaf, t).Tangent, outAxes: -1)(UnitTensors(leaf.Type)));
        return x.Map((p, row) => x.Map((q, column) => reshape(columns[q][p], row.Shape.Concat(column.Shape))));
    };

    /// <summary>The product H·v of the Hessian of a scalar function at x with v, by forward over reverse mode: the Hessian is never formed (Pearlmutter, 1994).</summary>
    /// <param name="f">A scalar function.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">Of the structure and types of x, as the result is.</param>
    /// <exception cref="ShapeError">f's value is no floating-point scalar, x has a leaf that is not floating-point, or a leaf of v is not of the type of its in x.</exception>
    public static T hvp<T>(Func<T, Expr> f, T x, T v) => jvp(grad(f), x, v).Tangent;

    /// <inheritdoc cref="hvp{T}(Func{T, Expr}, T, T)"/>
    public static Expr hvp(Func<Expr, Expr> f, Expr x, Expr v) => hvp<Expr>(f, x, v);

    private static Expr Differentiable(string verb, Expr x, string what) => x.DType.IsFloat ? x
        : throw new ShapeError(verb, [new(x.Label, x.Type)], [$"only a floating-point {what} has a Jacobian: {(what == "value" ? "convert it" : "close over this one, or convert it")}"]);

    /// <summary>For each element of a tensor type the tensor that is 1 there and 0 elsewhere, along a new first axis.</summary>
    private static Expr UnitTensors(TensorType type)
    {
        var n = checked((int)type.Shape.Size);
        var index = new TensorType(DType.I32, [n, n]);
        return reshape(convert(equal(iota(index, 0), iota(index, 1)), type.DType), type.Shape.Insert(0, n));
    }
}
