namespace Functional;

/// <summary>Where a graph is being written: what stands for nodes and functions are their numbers.</summary>
internal sealed class GraphWriter
{
    public ByteWriter To { get; } = new();

    /// <summary>The functions written so far, by number.</summary>
    public Dictionary<Function, int> Functions { get; } = [];

    /// <summary>The nodes of the current function written so far, by number.</summary>
    public Dictionary<Expr, int> Nodes { get; } = [];

    /// <summary>How far back a node stands.</summary>
    public void Node(Expr node) => To.Count(Nodes.Count - Nodes[node]);

    public void Function(Function f) => To.Count(Functions[f]);
}

/// <summary>Where a graph is being read.</summary>
internal sealed class GraphReader(ByteReader from)
{
    public ByteReader From => from;

    public List<Function> Functions { get; } = [];

    public List<Expr> Nodes { get; } = [];

    public Expr Node() => From.Unsigned() is var back && back > 0 && back <= (ulong)Nodes.Count ? Nodes[^(int)back]
        : throw new InvalidDataException($"refers {back} nodes back from node {Nodes.Count}");

    public Function Function() => From.Unsigned() is var number && number < (ulong)Functions.Count ? Functions[(int)number]
        : throw new InvalidDataException($"refers to function {number}, but there are {Functions.Count} before it");
}
