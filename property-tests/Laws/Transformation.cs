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
    /// <summary>How many elements of each argument are moved to find its gradient by differences.</summary>
    private const int Probed = 3;

    /// <summary>How many examples a batch has.</summary>
    private const int Examples = 2;

    public static ImmutableArray<Transformation> All { get; } =
    [
        Same("simplify", f => Simplify.Of(f)),
        Same("share", f => new(f.Parameters, Share.Of(f.Results))),
        Same("call", f => Wrapped(f, args => call(f, args.AsSpan()))),
        Same("inline", f => Wrapped(f, f.Inline)),
        Same("composite", f => Wrapped(f, args => results(Expr.Of(new Composite("whole", f, args))))),
        new("jvp", Derivatives.Forward, (f, x) => [.. x, .. Like(Derivatives.Moving(f), 3)], Tangents),
        new("vjp", Derivatives.Reverse, (f, x) => [.. x, .. Like([.. f.Results.Where(r => r.DType.IsFloat)], 4)], (f, g, at) =>
        {
            var (x, cts) = (at[..f.Parameters.Length], at[f.Parameters.Length..]);
            return [.. Floating(g(x)).Select(Values.Elements), .. Gradients(f, g, x, cts)];
        }),
        new("grad", Gradient, (_, x) => x, (f, g, x) => Gradients(f, g, x, [.. f.Results.Where(r => r.DType.IsFloat).Select(r => Tensor.Full(r.Type, 1))])),
        new("vmap", f => Derivatives.Batched(f, Examples), Stacked, Looped),
    ];

    /// <summary>x ↦ ∇ of the sum of all floating-point results.</summary>
    private static Function Gradient(Function f)
    {
        var gradient = grad<Params<Expr>>(x => Derivatives.Of(f)(x).Values.Select(y => sum(y)).Aggregate((a, b) => a + b))(Derivatives.Named(Derivatives.Moving(f)));
        return new(f.Parameters, [.. gradient.Values]);
    }

    private static Transformation Same(string name, Func<Function, Function> of) => new(name, of, (_, x) => x, (_, g, x) => [.. g(x).Select(Values.Elements)]);

    private static Function Wrapped(Function f, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> of)
    {
        ImmutableArray<Expr> args = [.. f.Parameters.Select(p => variable(p.Label, p.Type))];
        return new(args, of(args));
    }

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
            for (var probe = 0; probe < Math.Min(Probed, slopes.Length); probe++)
            {
                var element = probe * Math.Max(1, (slopes.Length - 1) / (Probed - 1)) % slopes.Length;
                ImmutableArray<Tensor> direction = [.. moving.Select((q, i) => Values.Of(q.Type, [.. Enumerable.Range(0, (int)q.Shape.Size).Select(e => i == argument && e == element ? 1.0 : 0)]))];
                slopes[element] = Differences.Central(h => [Values.Inner(Floating(g(Moved(f, x, direction, h))), cts).Sum], Step)[0];
            }
            return slopes;
        })];
    }

    private static ImmutableArray<Tensor> Moved(Function f, ImmutableArray<Tensor> x, ImmutableArray<Tensor> ts, double h)
    {
        var next = 0;
        return [.. x.Select((v, i) => f.Parameters[i].DType.IsFloat ? Along(v, ts[next++], h) : v)];
    }

    private static Tensor Along(Tensor x, Tensor t, double h) => Values.Of(x.Type, [.. Values.Elements(x).Zip(Values.Elements(t), (a, b) => a + h * b)]);

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
