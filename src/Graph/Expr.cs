using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A node of an immutable expression graph: an <see cref="Functional.Op"/> whose inputs fit, and the type that follows. Equality is identity:
/// two nodes that compute the same are two nodes until <c>share</c> makes them one. To trace a function is to apply it to a variable.
/// </summary>
public sealed partial class Expr
{
    private readonly ImmutableArray<TensorType> types;

    private Expr(Op op)
    {
        Op = op;
        Inputs = op.Inputs;
        types = op.Infer();
    }

    /// <summary>The node of an op.</summary>
    /// <exception cref="ShapeError">The op's inputs do not fit.</exception>
    public static Expr Of(Op op) => new(op);

    /// <summary>What this node computes.</summary>
    public Op Op { get; }

    /// <summary>The nodes it reads.</summary>
    public ImmutableArray<Expr> Inputs { get; }

    /// <summary>The types of its results: one, but for a <see cref="Control"/> of several.</summary>
    public ImmutableArray<TensorType> Results => types;

    /// <summary>The type of its value.</summary>
    /// <exception cref="ShapeError">It has several results: pick one with <c>result</c>.</exception>
    public TensorType Type => types.Length == 1
        ? types[0]
        : throw new ShapeError(Op.Name, $"a node of {types.Length} results has no single type: pick one with result(node, i)");

    /// <summary>The element type.</summary>
    public DType DType => Type.DType;

    /// <summary>The dimensions.</summary>
    public Shape Shape => Type.Shape;

    /// <summary>The number of dimensions.</summary>
    public int Rank => Type.Rank;

    /// <summary>The node in a few words, for errors: a variable's name, a constant's value, or the op's name.</summary>
    public string Label => Op switch
    {
        Variable v => v.Symbol,
        Constant { Value.Type.Rank: 0 } c => c.Value.ToString(),
        _ => $"{Op.Name}(…)",
    };

    /// <summary>Label and type.</summary>
    public override string ToString() => $"{Label}: {string.Join(", ", types)}";
}
