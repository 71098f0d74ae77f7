using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// The power series of a graph along a line, x(s) = x + s·v: each node's coefficients, computed when asked for, and once. Order 0 is the node
/// itself. The ring operations and every linear and bilinear op act on series as such: bilinear ones by Cauchy's product, division by its
/// recurrence; a selection goes by its predicate at order 0. For every other function y = f(x), y′ = f′(x)·x′ says that k·yₖ is coefficient k − 1
/// of the tangent that forward mode gives, in which a variable stands for x′: no function needs a rule of its own. What these tangents have in
/// common with the graph and with each other is shared (sin needs cos, and cos that same sin), so that order k takes a number of nodes
/// polynomial in k, where nested differentiation takes 2ᵏ. A loop, a branch or a checkpoint (<see cref="IExpands"/>) is one of coefficients 0 to
/// the highest, made once. Griewank and Walther, "Evaluating derivatives", 2008, chapter 13.
/// </summary>
internal sealed class Series
{
    private readonly Dictionary<(Expr Node, int Order), Expr?> known = [];
    private readonly List<(Expr Node, int Order)> missing = [];
    private readonly Dictionary<Op, Expr> shared = [];
    private readonly Dictionary<Expr, ImmutableArray<Expr?>> slopes = [];

    /// <summary>For what varies with s, the variable that stands for its derivative; and for such a variable, of what it is the derivative.</summary>
    private readonly Dictionary<Expr, Expr> rates = [];
    private readonly Dictionary<Expr, Expr> rateOf = [];

    /// <summary>The nodes that vary with s; and those that read a variable standing for a derivative, or an op that expands, whose order 0 is not the node itself.</summary>
    private readonly HashSet<Expr> moving = [];
    private readonly HashSet<Expr> open = [];

    /// <summary>What ops that expand made of their arguments' coefficients, and how many of these are asked for at once.</summary>
    private readonly Dictionary<Expr, ImmutableArray<ImmutableArray<Expr?>>> expanded = [];
    private readonly int most;

    /// <summary>The series of a graph in which each input is itself at order 0, and has the coefficients of order 1, 2, … that are given, null where zero.</summary>
    public Series(ImmutableArray<Expr> roots, ImmutableArray<Expr> inputs, ImmutableArray<ImmutableArray<Expr?>> coefficients)
    {
        most = coefficients.Select(c => c.Length - 1).Append(0).Max();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (coefficients[i].Skip(1).Any(c => c is not null)) moving.Add(inputs[i]);
            for (var k = 1; k < coefficients[i].Length; k++) known[(inputs[i], k)] = inputs[i].DType.IsFloat ? coefficients[i][k] : null;
        }
        foreach (var node in Fold.PostOrder(roots)) Enter(node);
    }

    /// <summary>The coefficient of a node at an order, null where zero.</summary>
    public Expr? Of(Expr node, int order)
    {
        var stack = new Stack<(Expr Node, int Order)>([(node, order)]);
        while (stack.TryPeek(out var top))
        {
            missing.Clear();
            At(top.Node, top.Order);
            if (missing.Count > 0)
            {
                missing.Clear();
                var value = Compute(top.Node, top.Order);
                if (missing.Count == 0) known[top] = value;
            }
            if (missing.Count == 0) stack.Pop();
            else foreach (var first in missing) stack.Push(first);
        }
        return At(node, order);
    }

    /// <summary>A coefficient that is known; what is not is asked for first, and null meanwhile.</summary>
    private Expr? At(Expr y, int k)
    {
        if (!open.Contains(y) && (k == 0 || !moving.Contains(y))) return k == 0 ? y : null;
        if (known.TryGetValue((y, k), out var coefficient)) return coefficient;
        missing.Add((y, k));
        return null;
    }

    private Expr? Compute(Expr y, int k) => y.Op switch
    {
        Variable => rateOf.TryGetValue(y, out var x) && At(x, k + 1) is { } next ? (k == 0 ? next : next * (k + 1)) : null,
        _ when k > 0 && y.Results.All(t => !t.DType.IsFloat) => null,
        IExpands => Expanded(y, 0, k),
        Result { Of.Op: IExpands } r => Expanded(r.Of, r.Index, k),
        NumberUnary<Functions.Neg> op => At(op.X, k) is { } x ? -x : null,
        NumberBinary<Functions.Add> op => Plus(At(op.X, k), At(op.Y, k)),
        NumberBinary<Functions.Sub> op => Minus(At(op.X, k), At(op.Y, k)),
        NumberBinary<Functions.Mul> op => Cauchy(op.X, op.Y, 0, k, (a, b) => a * b),
        NumberBinary<Functions.Div> op => Minus(At(op.X, k), Cauchy(op.Y, y, 1, k, (a, b) => a * b)) is { } rest && At(op.Y, 0) is { } by ? rest / by : null,
        Bilinear op => Cauchy(op.X, op.Y, 0, k, (a, b) => Expr.Of(op.With([a, b]))),
        Select op => At(op.Predicate, 0) is { } p && (At(op.X, k) ?? At(op.Y, k)) is not null ? where(p, Filled(op.X, k), Filled(op.Y, k)) : null,
        Linear op => y.Inputs.Take(op.LinearInputs).All(x => At(x, k) is null) ? null
            : Expr.Of(op.With([.. y.Inputs.Select((x, i) => Filled(x, i < op.LinearInputs ? k : 0))])),
        _ when k == 0 => Expr.Of(y.Op.With([.. y.Inputs.Select(x => Filled(x, 0))])),
        Result r => Integrated(Slopes(r.Of)[r.Index], k),
        _ => Integrated(Slopes(y)[0], k),
    };

    /// <summary>A coefficient of a result of an op that expands, all of which are made together.</summary>
    private Expr? Expanded(Expr y, int result, int k)
    {
        if (expanded.TryGetValue(y, out var there) && k < there[0].Length) return there[result][k];
        var order = Math.Max(k, most);
        ImmutableArray<ImmutableArray<Expr?>> args = [.. y.Inputs.Select(x => Enumerable.Range(0, order + 1).Select(j => j == 0 ? Filled(x, 0) : At(x, j)).ToImmutableArray())];
        if (missing.Count > 0) return null;
        expanded[y] = there = ((IExpands)y.Op).Expand(args);
        return there[result][k];
    }

    private Expr Filled(Expr x, int k) => At(x, k) ?? (x.Results.Length == 1 ? zerosLike(x) : x);

    private static Expr? Plus(Expr? x, Expr? y) => x is null ? y : y is null ? x : x + y;

    private static Expr? Minus(Expr? x, Expr? y) => y is null ? x : x is null ? -y : x - y;

    /// <summary>Σ xᵢ · y₍ₖ₋ᵢ₎ over i from <paramref name="first"/> to k.</summary>
    private Expr? Cauchy(Expr x, Expr y, int first, int k, Func<Expr, Expr, Expr> product)
    {
        Expr? sum = null;
        for (var i = first; i <= k; i++)
            if (At(x, i) is { } a && At(y, k - i) is { } b) sum = Plus(sum, product(a, b));
        return sum;
    }

    /// <summary>Coefficient k of what has the given derivative.</summary>
    private Expr? Integrated(Expr? slope, int k) => slope is not null && At(slope, k - 1) is { } c ? (k == 1 ? c : c / k) : null;

    /// <summary>
    /// The derivatives of a node's results by s, as forward mode gives them of the op on variables that stand for its inputs; what is put in the
    /// variables' place are the inputs, the node itself, and the variables for the inputs' derivatives.
    /// </summary>
    private ImmutableArray<Expr?> Slopes(Expr y)
    {
        if (slopes.TryGetValue(y, out var there)) return there;
        ImmutableArray<Expr> inputs = [.. y.Inputs.Select(x => variable(x.Label, x.Type))];
        ImmutableArray<int> live = [.. Enumerable.Range(0, inputs.Length).Where(i => moving.Contains(y.Inputs[i]) && inputs[i].DType.IsFloat)];
        ImmutableArray<Expr> seeds = [.. live.Select(i => variable("rate", inputs[i].Type))];
        var node = Expr.Of(y.Op.With(inputs));
        var images = new Dictionary<Expr, Expr> { [node] = y };
        for (var i = 0; i < inputs.Length; i++) images[inputs[i]] = y.Inputs[i];
        for (var i = 0; i < live.Length; i++) images[seeds[i]] = Rate(y.Inputs[live[i]]);
        var tangents = Jvp.Of(results(node), [.. live.Select(i => inputs[i])], seeds).Tangents;
        foreach (var n in Fold.PostOrder(tangents.OfType<Expr>().ToImmutableArray()))
            if (!images.ContainsKey(n)) images[n] = Enter(Fold.Rebuild(n, images));
        return slopes[y] = [.. tangents.Select(t => t is null ? null : images[t])];
    }

    private Expr Rate(Expr x)
    {
        if (rates.TryGetValue(x, out var there)) return there;
        var rate = variable("rate", x.Type);
        (rates[x], rateOf[rate]) = (rate, x);
        moving.Add(rate);
        open.Add(rate);
        return rate;
    }

    /// <summary>The node, or the one there is that computes the same.</summary>
    private Expr Enter(Expr node)
    {
        var same = Share.One(node, shared);
        foreach (var one in new[] { node, same })
        {
            if (one.Inputs.Any(moving.Contains)) moving.Add(one);
            if (one.Inputs.Any(open.Contains) || (one.Op is IExpands && moving.Contains(one))) open.Add(one);
        }
        return same;
    }
}

public static partial class Prelude
{
    /// <summary>
    /// The Taylor coefficients c₀, …, c_order of f at x along v: f(x + s·v) = Σ cₖ sᵏ + o(s^order), so that k!·cₖ is the k-th directional derivative.
    /// The graph has a number of nodes polynomial in the order: quadratic for most functions, cubic for <c>pow</c>; so have the bodies of loops and
    /// branches, which stay loops and branches. JAX's <c>jet</c>.
    /// </summary>
    /// <param name="f">Any function.</param>
    /// <param name="order">The highest power, 0 or more.</param>
    /// <returns>The function of x and v, of one structure and types, to the coefficients, of the structure of f(x).</returns>
    /// <exception cref="ShapeError">The order is negative, or a leaf of v is not of the type of its in x.</exception>
    public static Func<TIn, TIn, ImmutableArray<TOut>> taylor<TIn, TOut>(Func<TIn, TOut> f, int order) => (x, v) =>
    {
        if (order < 0) throw new ShapeError("taylor", $"there is no coefficient of order {order}: write 0 or more");
        var point = Tree.Fresh(x);
        var (at, vs, inputs) = (Tree.Leaves(x), Tree.Leaves(v), Tree.Leaves(point));
        Match("taylor", "direction", vs, at);
        ImmutableArray<Expr> directions = [.. vs.Select((d, i) => variable($"v{i}", d.Type))];
        var traced = f(point);
        var outputs = Exposed.Inlined(Tree.Leaves(traced), inputs);
        var series = new Series(outputs, inputs, [.. inputs.Zip(directions, (_, d) => Enumerable.Range(0, order + 1).Select(k => k == 1 ? d : null).ToImmutableArray())]);
        ImmutableArray<Expr> coefficients = [.. Enumerable.Range(0, order + 1).SelectMany(k => outputs.Select(y => series.Of(y, k) ?? zerosLike(y)))];
        var settled = Fold.Substitute(coefficients, inputs.Concat(directions).Zip(at.Concat(vs), KeyValuePair.Create).ToDictionary());
        return [.. Enumerable.Range(0, order + 1).Select(k => Tree.With(traced, settled[(k * outputs.Length)..((k + 1) * outputs.Length)]))];
    };

    /// <inheritdoc cref="taylor{TIn, TOut}(Func{TIn, TOut}, int)"/>
    public static Func<Expr, Expr, ImmutableArray<Expr>> taylor(Func<Expr, Expr> f, int order) => taylor<Expr, Expr>(f, order);

    /// <summary>
    /// The k-th derivative of a scalar function of a scalar, as a function: k! times its Taylor coefficient, so that its graph has a number of nodes
    /// polynomial in k (k-fold <c>grad</c> has 2ᵏ). See <see cref="taylor(Func{Expr, Expr}, int)"/>.
    /// </summary>
    /// <exception cref="ShapeError">k is negative, or the argument or the value is no floating-point scalar.</exception>
    public static Func<Expr, Expr> nth(Func<Expr, Expr> f, int k) => x =>
    {
        Expr Scalar(Expr e, string what) => e.Rank == 0 && e.DType.IsFloat ? e
            : throw new ShapeError("nth", [new(e.Label, e.Type)], [$"the {what} must be a floating-point scalar: use taylor for derivatives along a direction, or vmap nth over the elements"]);
        if (k < 0) throw new ShapeError("nth", $"there is no derivative of order {k}: write 0 or more");
        var coefficient = taylor(v => Scalar(f(v), "value"), k)(Scalar(x, "argument"), onesLike(x))[^1];
        return k < 2 ? coefficient : coefficient * Enumerable.Range(2, k - 1).Aggregate(1.0, (product, i) => product * i);
    };
}
