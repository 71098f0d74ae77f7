using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>What a program computes, as a black box.</summary>
internal delegate ImmutableArray<Tensor> Numeric(ImmutableArray<Tensor> inputs);

/// <summary>
/// A transformation of closed functions, and what it must compute, said without it: by differences, by a loop over the examples, or by the program
/// itself. An element that the definition leaves out is NaN.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Of">The transformed function.</param>
/// <param name="Inputs">Inputs of the transformed function, from those of the function.</param>
/// <param name="Expected">The transformed function's results at its inputs.</param>
internal sealed record Transformation(
    string Name,
    Func<Function, Function> Of,
    Func<Function, ImmutableArray<Tensor>, ImmutableArray<Tensor>> Inputs,
    Func<Function, Numeric, ImmutableArray<Tensor>, ImmutableArray<double[]>> Expected)
{
    /// <summary>How many examples a batch has.</summary>
    private const int Examples = 2;

    public static ImmutableArray<Transformation> All { get; } =
    [
        Same("simplify", f => Simplify.Of(f)),
        Same("share", f => new(f.Parameters, Share.Of(f.Results))),
        Same("call", f => Wrapped(f, args => call(f, args.AsSpan()))),
        Same("inline", f => Wrapped(f, f.Inline)),
        Same("composite", f => Wrapped(f, args => results(Expr.Of(new Composite("whole", f, args))))),
        Same("checkpoint, nothing saved", f => Checkpointed(f, CheckpointPolicy.NothingSaveable)),
        Same("checkpoint, everything saved", f => Checkpointed(f, CheckpointPolicy.EverythingSaveable)),
        Same("checkpoint, dots saved", f => Checkpointed(f, CheckpointPolicy.DotsSaveable)),
        Same("checkpoint, names saved", f => Checkpointed(f, CheckpointPolicy.SaveOnlyTheseNames("named"))),
        new("jvp", Derivatives.Forward, (f, x) => [.. x, .. Like(Derivatives.Moving(f), 3)], Tangents),
        new("vjp", Derivatives.Reverse, (f, x) => [.. x, .. Like([.. f.Results.Where(r => r.DType.IsFloat)], 4)], (f, g, at) =>
        {
            var (x, cts) = (at[..f.Parameters.Length], at[f.Parameters.Length..]);
            return [.. Floating(g(x)).Select(Values.Elements), .. Gradients(f, g, x, cts)];
        }),
        new("grad", Gradient, (_, x) => x, (f, g, x) => Gradients(f, g, x, [.. f.Results.Where(r => r.DType.IsFloat).Select(r => Tensor.Full(r.Type, 1))])),
        new("linearize", Linearized, (f, x) => [.. x, .. Like(Derivatives.Moving(f), 3)], Tangents),
        new("jacfwd", f => Jacobian(f, jacfwd), (_, x) => x, Jacobians),
        new("jacrev", f => Jacobian(f, jacrev), (_, x) => x, Jacobians),
        new("hessian", f => Second(f, (loss, x) => hessian(loss)(x)), (_, x) => x, Hessians),
        new("hvp", f => Second(f, (loss, x) => hvp(loss, x, Direction(x.Type))), (_, x) => x, Products),
        new("taylor", f => OnALine(f, (line, h) => taylor(line, 2)(h, onesLike(h))), (_, x) => x, Coefficients),
        new("nth", f => OnALine(f, (line, h) => [nth(s => sum(line(s)), 2)(h)]), (_, x) => x, (f, g, x) => [[2 * Coefficients(f, g, x)[2].Sum()]]),
        new("vmap", f => Derivatives.Batched(f, Examples), Stacked, Looped),
        new("scan", Scanned, Stacked, Looped),
        Same("cond", f => Wrapped(f, args => [.. cond(less(constant(0), 1), _ => Derivatives.Named(f.Inline(args)), _ => Derivatives.Named([.. f.Results.Select(r => zeros(r.Type))]), args[0]).Values])),
        Same("while", f => Wrapped(f, args => [.. whileLoop<(Expr N, Params<Expr> Y)>(
            c => less(c.N, 1), c => (c.N + 1, Derivatives.Named(f.Inline(args))), (constant(0, DType.I32), Derivatives.Named([.. f.Results.Select(r => zeros(r.Type))])), 3).Y.Values])),
    ];

    /// <summary>x ↦ ∇ of the sum of all floating-point results.</summary>
    private static Function Gradient(Function f)
    {
        var gradient = grad<Params<Expr>>(x => Derivatives.Of(f)(x).Values.Select(y => sum(y)).Aggregate((a, b) => a + b))(Derivatives.Named(Derivatives.Moving(f)));
        return new(f.Parameters, [.. gradient.Values]);
    }

    /// <summary>(x…, t…) ↦ (the floating-point results, their tangents), the tangents by a linear function made at x.</summary>
    private static Function Linearized(Function f)
    {
        var moving = Derivatives.Moving(f);
        ImmutableArray<Expr> ts = [.. moving.Select((x, i) => variable($"t{i}", x.Type))];
        var (value, tangent) = linearize(Derivatives.Of(f), Derivatives.Named(moving));
        return new([.. f.Parameters, .. ts], [.. value.Values, .. tangent(Derivatives.Named(ts)).Values]);
    }

    /// <summary>x ↦ the Jacobians of the first floating-point result by each argument that moves.</summary>
    private static Function Jacobian(Function f, Func<Func<Params<Expr>, Expr>, Func<Params<Expr>, Params<Expr>>> by) =>
        new(f.Parameters, [.. by(x => Derivatives.Of(f)(x).Values.First())(Derivatives.Named(Derivatives.Moving(f))).Values]);

    /// <summary>Some columns of each, by differences.</summary>
    private static ImmutableArray<double[]> Jacobians(Function f, Numeric g, ImmutableArray<Tensor> x)
    {
        var rows = (int)f.Results.First(r => r.DType.IsFloat).Shape.Size;
        return [.. Derivatives.Moving(f).Select((p, argument) =>
        {
            var columns = (int)p.Shape.Size;
            var jacobian = Enumerable.Repeat(double.NaN, rows * columns).ToArray();
            foreach (var element in Probes(columns))
            {
                var column = Differences.Central(h => Values.Elements(Floating(g(Moved(f, x, Unit(f, argument, element), h))).First()), Step);
                for (var row = 0; row < rows; row++) jacobian[row * columns + element] = column[row];
            }
            return jacobian;
        })];
    }

    /// <summary>Something of the sum of the sines of all floating-point results, as a function of the first argument that moves.</summary>
    private static Function Second(Function f, Func<Func<Expr, Expr>, Expr, Expr> of)
    {
        var moving = Derivatives.Moving(f);
        return new(f.Parameters, [of(x => Derivatives.Of(f)(Derivatives.Named(moving.SetItem(0, x))).Values.Select(y => sum(sin(y))).Aggregate((a, b) => a + b), moving[0])]);
    }

    /// <summary>Numbers that differ from element to element.</summary>
    private static Expr Direction(TensorType type) => reshape(cos(arange((int)type.Shape.Size, type.DType)), type.Shape);

    /// <summary>Something of the first floating-point result along the line on which every argument that moves is x + h · cos x, at h = 0.</summary>
    private static Function OnALine(Function f, Func<Func<Expr, Expr>, Expr, ImmutableArray<Expr>> of)
    {
        Expr Line(Expr h) => Derivatives.Of(f)(Derivatives.Named([.. Derivatives.Moving(f).Select(x => x + convert(h, x.DType) * cos(x))])).Values.First();
        return new(f.Parameters, of(Line, constant(0, DType.F64)));
    }

    /// <summary>The coefficients 0, 1 and 2 along that line, by differences.</summary>
    private static ImmutableArray<double[]> Coefficients(Function f, Numeric g, ImmutableArray<Tensor> x)
    {
        ImmutableArray<Tensor> along = [.. x.Where(v => v.DType.IsFloat).Select(v => Values.Of(v.Type, [.. Values.Elements(v).Select(Math.Cos)]))];
        double[] At(double h) => Values.Elements(Floating(g(Moved(f, x, along, h))).First());
        return [At(0), Differences.Central(At, Step), [.. Curvature(At).Select(c => c / 2)]];
    }

    /// <summary>The second derivative at 0: the symmetric second difference is h² times a central difference of it over h.</summary>
    private static double[] Curvature(Func<double, double[]> at)
    {
        var middle = at(0);
        return Differences.Central(h => [.. at(h).Zip(at(-h), (u, d) => u + d).Zip(middle, (s, m) => (s - 2 * m) / h)], Step);
    }

    /// <summary>uᵀ·H·v of the sum of the sines of all results, for directions of the first argument that moves, by the curvatures along u + v and u − v.</summary>
    private static double Bent(Function f, Numeric g, ImmutableArray<Tensor> x, double[] u, double[] v)
    {
        double Along(Func<double, double, double> of)
        {
            ImmutableArray<Tensor> direction = [.. Derivatives.Moving(f).Select((p, i) => i == 0 ? Values.Of(p.Type, [.. u.Zip(v, of)]) : Values.Of(p.Type, new double[p.Shape.Size]))];
            return Curvature(h => [Values.Flat(Floating(g(Moved(f, x, direction, h)))).Sum(Math.Sin)])[0];
        }
        return (Along((a, b) => a + b) - Along((a, b) => a - b)) / 4;
    }

    /// <summary>A corner and an edge of it.</summary>
    private static ImmutableArray<double[]> Hessians(Function f, Numeric g, ImmutableArray<Tensor> x)
    {
        var n = (int)Derivatives.Moving(f)[0].Shape.Size;
        var hessian = Enumerable.Repeat(double.NaN, n * n).ToArray();
        foreach (var column in Probes(n).Take(2)) hessian[column] = Bent(f, g, x, One(n, 0), One(n, column));
        return [hessian];
    }

    /// <summary>The middle element.</summary>
    private static ImmutableArray<double[]> Products(Function f, Numeric g, ImmutableArray<Tensor> x)
    {
        var n = (int)Derivatives.Moving(f)[0].Shape.Size;
        var product = Enumerable.Repeat(double.NaN, n).ToArray();
        product[n / 2] = Bent(f, g, x, One(n, n / 2), [.. Enumerable.Range(0, n).Select(i => Math.Cos(i))]);
        return [product];
    }

    private static double[] One(int n, int element) => [.. Enumerable.Range(0, n).Select(e => e == element ? 1.0 : 0)];

    private static Transformation Same(string name, Func<Function, Function> of) => new(name, of, (_, x) => x, (_, g, x) => [.. g(x).Select(Values.Elements)]);

    private static Function Wrapped(Function f, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> of)
    {
        ImmutableArray<Expr> args = [.. f.Parameters.Select(p => variable(p.Label, p.Type))];
        return new(args, of(args));
    }

    /// <summary>The function in a checkpoint, with a name on each result.</summary>
    public static Function Checkpointed(Function f, CheckpointPolicy policy) => Wrapped(f, args =>
        [.. checkpoint<Params<Expr>, Params<Expr>>(x => Derivatives.Named([.. f.Inline([.. x.Values]).Select(y => checkpointName(y, "named"))]), policy)(Derivatives.Named(args)).Values]);

    private static ImmutableArray<double[]> Tangents(Function f, Numeric g, ImmutableArray<Tensor> at)
    {
        var (x, ts) = (at[..f.Parameters.Length], at[f.Parameters.Length..]);
        var y = Floating(g(x));
        var slopes = Differences.Central(h => Values.Flat(Floating(g(Moved(f, x, ts, h)))), Step);
        var from = 0;
        return [.. y.Select(Values.Elements), .. y.Select(r => slopes[from..(from += (int)r.Shape.Size)])];
    }

    private const double Step = 1.0 / 64;

    /// <summary>The derivatives of ⟨cts, g⟩ by the first, the middle and the last element of each argument that moves.</summary>
    private static ImmutableArray<double[]> Gradients(Function f, Numeric g, ImmutableArray<Tensor> x, ImmutableArray<Tensor> cts)
    {
        var moving = Derivatives.Moving(f);
        return [.. moving.Select((p, argument) =>
        {
            var slopes = Enumerable.Repeat(double.NaN, (int)p.Shape.Size).ToArray();
            foreach (var element in Probes(slopes.Length))
                slopes[element] = Differences.Central(h => [Values.Inner(Floating(g(Moved(f, x, Unit(f, argument, element), h))), cts).Sum], Step)[0];
            return slopes;
        })];
    }

    /// <summary>The first, the middle and the last of some elements.</summary>
    private static IEnumerable<int> Probes(int elements) => new[] { 0, elements / 2, elements - 1 }.Where(e => e < elements && e >= 0).Distinct();

    /// <summary>The direction of one element of one argument.</summary>
    private static ImmutableArray<Tensor> Unit(Function f, int argument, int element) =>
        [.. Derivatives.Moving(f).Select((q, i) => Values.Of(q.Type, [.. Enumerable.Range(0, (int)q.Shape.Size).Select(e => i == argument && e == element ? 1.0 : 0)]))];

    private static ImmutableArray<Tensor> Moved(Function f, ImmutableArray<Tensor> x, ImmutableArray<Tensor> ts, double h)
    {
        var next = 0;
        return [.. x.Select((v, i) => f.Parameters[i].DType.IsFloat ? Along(v, ts[next++], h) : v)];
    }

    private static Tensor Along(Tensor x, Tensor t, double h) => Values.Of(x.Type, [.. Values.Elements(x).Zip(Values.Elements(t), (a, b) => a + h * b)]);

    /// <summary>The function over stacked arguments, one after the other, as a loop.</summary>
    private static Function Scanned(Function f)
    {
        ImmutableArray<Expr> stacks = [.. f.Parameters.Select(p => variable(p.Label, p.Type with { Shape = p.Shape.Insert(0, Examples) }))];
        var ys = scan<ValueTuple, Params<Expr>, Params<Expr>>((_, x) => (default, Derivatives.Named(f.Inline([.. x.Values]))), default, Derivatives.Named(stacks)).Ys;
        return new(stacks, [.. ys.Values]);
    }

    /// <summary>The inputs, and inputs near them, along a new axis 0.</summary>
    private static ImmutableArray<Tensor> Stacked(Function f, ImmutableArray<Tensor> x)
    {
        var near = Moved(f, x, Like(Derivatives.Moving(f), 5), 1.0 / 16);
        return [.. x.Zip(near, (a, b) => Values.Stack([a, b]))];
    }

    private static ImmutableArray<double[]> Looped(Function f, Numeric g, ImmutableArray<Tensor> at)
    {
        var one = Enumerable.Range(0, Examples).Select(e => g([.. at.Select(x => Values.At(x, e))])).ToList();
        return [.. f.Results.Select((_, k) => Values.Elements(Values.Stack([.. one.Select(results => results[k])])))];
    }

    private static IEnumerable<Tensor> Floating(ImmutableArray<Tensor> results) => results.Where(r => r.DType.IsFloat);

    private static ImmutableArray<Tensor> Like(ImmutableArray<Expr> xs, int seed) => Values.Drawn([.. xs.Select(x => x.Type)], Numbers.Smooth, seed);

    public override string ToString() => Name;
}
