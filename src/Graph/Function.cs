using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A closed piece of graph: results in terms of parameters, which are variables. Two functions are equal when they are so up to the
/// renaming of parameters. What an interpreter compiles, and what a <see cref="Control"/> op owns.
/// </summary>
public sealed class Function : IEquatable<Function>
{
    private readonly Lazy<UInt128> hash;

    /// <summary>A function of the given parameters.</summary>
    /// <exception cref="ShapeError">A parameter is no variable or stands twice, or a result reads a variable that is no parameter.</exception>
    public Function(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results)
    {
        (Parameters, Results) = (parameters, results);
        var known = new HashSet<Expr>();
        foreach (var p in parameters)
        {
            if (p.Op is not Variable) throw new ShapeError("function", $"the parameter {p} is not a variable");
            if (!known.Add(p)) throw new ShapeError("function", $"the parameter {p} stands twice");
        }
        Walk = new(results);
        foreach (var node in Nodes)
            if (node.Op is Variable && !known.Contains(node))
                throw new ShapeError("function", $"the variable {node} is free: make it a parameter, or substitute a value for it");
        hash = new(() => StructuralHash.Of(this));
    }

    /// <summary>The function that <paramref name="f"/> is on arguments of the given types.</summary>
    public static Function Trace(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f, params ImmutableArray<(string Name, TensorType Type)> parameters)
    {
        ImmutableArray<Expr> variables = [.. parameters.Select(p => Prelude.variable(p.Name, p.Type))];
        return new(variables, f(variables));
    }

    /// <summary>The variables that stand for the arguments.</summary>
    public ImmutableArray<Expr> Parameters { get; }

    /// <summary>The values.</summary>
    public ImmutableArray<Expr> Results { get; }

    /// <summary>The walk over every node that the results need.</summary>
    public Walk Walk { get; }

    /// <summary>Every node that the results need, once, inputs first.</summary>
    public ImmutableArray<Expr> Nodes => Walk.Nodes;

    /// <summary>The structural hash, equal for functions equal up to renaming, in every process and on every machine.</summary>
    public UInt128 Hash => hash.Value;

    /// <summary>The results with arguments in the parameters' place.</summary>
    /// <exception cref="ShapeError">An argument's type is not its parameter's.</exception>
    public ImmutableArray<Expr> Inline(ImmutableArray<Expr> args)
    {
        if (args.Length != Parameters.Length)
            throw new ShapeError("function", $"{args.Length} arguments are given to a function of {Parameters.Length} parameters");
        for (var i = 0; i < args.Length; i++)
            if (args[i].Type != Parameters[i].Type)
                throw new ShapeError("function", $"argument {i} has type {args[i].Type}, but parameter {Parameters[i].Label} has {Parameters[i].Type}");
        return Walk.AtRoots(Walk.Substitute(Parameters, args));
    }

    /// <inheritdoc/>
    public bool Equals(Function? other) => ReferenceEquals(this, other) || (other is not null && Hash == other.Hash);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Function);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>The hash, which stands for the function where it is an attribute.</summary>
    public override string ToString() => $"fn_{Hash:x32}";
}
