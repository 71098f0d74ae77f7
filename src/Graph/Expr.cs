using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A node of an immutable expression graph: an <see cref="Functional.Op"/> whose inputs fit, and the type that follows. Equality is identity:
/// two nodes that compute the same are two nodes until <c>share</c> makes them one. To trace a function is to apply it to a variable.
/// </summary>
public sealed partial class Expr
{
    [ThreadStatic]
    private static int count;

    private readonly ImmutableArray<TensorType> types;
    private readonly int number = count++;

    private Expr(Op op)
    {
        Op = op;
        Inputs = op.Inputs;
        types = Shared(op.Infer(), Inputs);
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

    /// <summary>
    /// A hash of the node's identity: its number among those that its thread built, eight after each other side by side and the eights spread,
    /// so that tables of a graph's nodes lie in memory about as the nodes do. Nothing that a graph computes depends on it.
    /// </summary>
    public override int GetHashCode() => unchecked((int)((uint)(number >> 3) * 0x9E3779B1u << 3) | (number & 7));

    /// <summary>The types, in an input's array where that has the same one.</summary>
    private static ImmutableArray<TensorType> Shared(ImmutableArray<TensorType> types, ImmutableArray<Expr> inputs)
    {
        if (types.Length != 1) return types;
        foreach (var x in inputs)
            if (x.types == types || (x.types.Length == 1 && x.types[0] == types[0])) return x.types;
        return types;
    }

    /// <summary>Label and type.</summary>
    public override string ToString() => $"{Label}: {string.Join(", ", types)}";
}
