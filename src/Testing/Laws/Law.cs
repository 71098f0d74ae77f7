using System.Collections.Immutable;

namespace Functional.Testing;

/// <summary>
/// What holds of every function, as a value: a name, and what it compares of a function at a point. <c>Law.Forward.On(f, at).OrThrow()</c>.
/// </summary>
/// <param name="Name">The law in words.</param>
/// <param name="Findings">What it compares; nothing where it has nothing to say, as of a function of integers.</param>
public sealed record Law(string Name, Func<Trial, IEnumerable<Finding>> Findings)
{
    /// <summary>The tangent of each result is the derivative of its value along the direction, by extrapolated central differences.</summary>
    public static Law Forward { get; } = new(ForwardLaw.Name, ForwardLaw.Of);

    /// <summary>⟨u, Jv⟩ = ⟨Jᵀu, v⟩ for random u and v.</summary>
    public static Law Adjoint { get; } = new(ReverseLaw.Name, ReverseLaw.Of);

    /// <summary>vmap of the function, over a stack of points, is the stack of its values at each.</summary>
    public static Law Batching { get; } = new(BatchLaw.Name, BatchLaw.Of);

    /// <summary>Forward and reverse mode compute the function's value as well, with the same bits.</summary>
    public static Law Value { get; } = new("differentiating keeps the value", ProgramLaw.DifferentiatingKeepsTheValue);

    /// <summary>Simplifying keeps every bit, adds no node, and is idempotent.</summary>
    public static Law Simplifying { get; } = new("simplifying keeps every bit and never grows a program", ProgramLaw.Simplifying);

    /// <summary>Making equal nodes one keeps every bit and the hash, and adds no node.</summary>
    public static Law Sharing { get; } = new("sharing keeps every bit and the hash, and never grows a program", ProgramLaw.Sharing);

    /// <summary>A call of the function, and its body at the arguments, are the function.</summary>
    public static Law Calling { get; } = new("a call is its body", ProgramLaw.Calling);

    /// <summary>The structural hash does not depend on the parameters' names.</summary>
    public static Law Renaming { get; } = new("renaming keeps the hash", ProgramLaw.Renaming);

    /// <summary>All of them.</summary>
    public static ImmutableArray<Law> All => [Forward, Adjoint, Batching, Value, Simplifying, Sharing, Calling, Renaming];

    /// <summary>What the law finds of a function at a point.</summary>
    /// <param name="f">A function of an expression, a tuple or parameters.</param>
    /// <param name="at">The point: expressions that read no variable.</param>
    /// <param name="seed">What directions are drawn from.</param>
    public Report On<TIn, TOut>(Func<TIn, TOut> f, TIn at, int seed = 0) => On(Trial.Of(f, at, seed));

    /// <summary>What the law finds of a trial.</summary>
    public Report On(Trial trial) => new(Findings(trial));

    /// <summary>The law in words.</summary>
    public override string ToString() => Name;
}
