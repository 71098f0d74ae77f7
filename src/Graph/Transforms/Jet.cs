using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>Functions whose values at power series are functions of the series' coefficients of the same kind of op: a loop's series is a loop over coefficients.</summary>
internal interface IExpands
{
    /// <summary>For each result its coefficients, as many as each argument has, null where zero.</summary>
    /// <param name="args">For each argument its coefficients of order 0, 1, …; null where zero, but for order 0.</param>
    ImmutableArray<ImmutableArray<Expr?>> Expand(ImmutableArray<ImmutableArray<Expr?>> args);
}

/// <summary>A coefficient of one of several parameters or results.</summary>
internal readonly record struct Term(int Place, int Order);

/// <summary>
/// A function that an op owns, of power series: given which of its parameters' coefficients there are, its results' coefficients in terms of these,
/// by <see cref="Series"/> of its graph.
/// </summary>
internal sealed class Jet
{
    private readonly ImmutableArray<Expr> results;
    private readonly ImmutableArray<Expr> parameters;
    private readonly Series series;

    /// <summary>The function, where the terms say which coefficients of the parameters are not zero, order 0 of each among them.</summary>
    public Jet(Function f, ImmutableArray<Term> terms, int order)
    {
        parameters = [.. terms.Select(t => f.Parameters[t.Place] is var p && t.Order == 0 ? p : variable($"{p.Label}{t.Order}", p.Type))];
        var given = terms.Zip(parameters, KeyValuePair.Create).ToDictionary();
        results = Exposed.Inlined(f.Results, f.Parameters);
        series = new(results, f.Parameters, [.. f.Parameters.Select((_, i) => Enumerable.Range(0, order + 1).Select(k => given.GetValueOrDefault(new(i, k))).ToImmutableArray())]);
    }

    /// <summary>Whether a coefficient of a result is not zero.</summary>
    public bool Has(Term t) => series.Of(results[t.Place], t.Order) is not null;

    /// <summary>The function from the parameters' coefficients to some of the results'.</summary>
    public Function To(ImmutableArray<Term> of) => new(parameters, [.. of.Select(t => series.Of(results[t.Place], t.Order) ?? zerosLike(results[t.Place]))]);

    /// <summary>The terms of which there is something, in order of their places: order 0 of each, and those higher ones that there are.</summary>
    public static ImmutableArray<Term> Terms(int places, int order, Func<Term, bool> has) =>
        [.. Enumerable.Range(0, places).SelectMany(i => Enumerable.Range(0, order + 1).Select(k => new Term(i, k))).Where(t => t.Order == 0 || has(t))];

    /// <summary>The coefficients that the terms name, zeros where there is none.</summary>
    public static ImmutableArray<Expr> Pick(ImmutableArray<ImmutableArray<Expr?>> from, ImmutableArray<Term> terms) =>
        [.. terms.Select(t => from[t.Place][t.Order] ?? zerosLike(from[t.Place][0]!))];

    /// <summary>The results of an op, which are some terms, by place and order.</summary>
    public static ImmutableArray<ImmutableArray<Expr?>> Spread(Op op, ImmutableArray<Term> terms, int places, int order)
    {
        var of = terms.Zip(Prelude.results(Expr.Of(op)), KeyValuePair.Create).ToDictionary();
        return [.. Enumerable.Range(0, places).Select(i => Enumerable.Range(0, order + 1).Select(k => of.GetValueOrDefault(new(i, k))).ToImmutableArray())];
    }

    /// <summary>The results' coefficients of one of several functions of the same types, by an op that owns the functions of coefficients.</summary>
    public static ImmutableArray<ImmutableArray<Expr?>> Chosen(
        ImmutableArray<Function> functions, ImmutableArray<ImmutableArray<Expr?>> args, int order, Func<ImmutableArray<Function>, ImmutableArray<Expr>, Op> by)
    {
        var terms = Terms(args.Length, order, t => args[t.Place][t.Order] is not null);
        ImmutableArray<Jet> jets = [.. functions.Select(f => new Jet(f, terms, order))];
        var n = functions[0].Results.Length;
        var live = Terms(n, order, t => jets.Any(j => j.Has(t)));
        return Spread(by([.. jets.Select(j => j.To(live))], Pick(args, terms)), live, n, order);
    }
}
