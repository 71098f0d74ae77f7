using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>One kernel of a lowered program.</summary>
/// <param name="Node">The node it computes, with the virtual nodes above it.</param>
/// <param name="Values">What it fills: the node, or the <see cref="Result"/> nodes of a node of several, null where nothing reads that one.</param>
/// <param name="Reads">What it reads, each once: values of kernels, parameters, constants.</param>
/// <param name="Waits">What must be computed before, without being read: the <see cref="Barrier.After"/> of barriers that it reads through.</param>
internal sealed record KernelNode(Expr Node, ImmutableArray<Expr?> Values, ImmutableArray<Expr> Reads, ImmutableArray<Expr> Waits);

/// <summary>
/// Which nodes of a lowered program are kernels. Views (reshapes, barriers) are other names of the same memory, and virtual nodes have none:
/// the kernel that reads them computes them on the way (elementwise trees, broadcasts) or reads through them (permutations).
/// </summary>
internal sealed class Kernels
{
    private const int LargestGroup = 16;

    private readonly HashSet<Expr> virtuals = [];

    public Kernels(Function program)
    {
        Program = program;
        Results = program.Results.Select(Root).ToHashSet();
        ImmutableArray<Expr> live = Live(program);
        ChooseVirtuals(live);
        var picked = live.Where(n => n.Op is Result && !IsView(n)).ToLookup(n => ((Result)n.Op).Of);
        All = [.. live.Where(n => n.Op is not (Variable or Constant or Result) && !IsView(n) && !virtuals.Contains(n)).Select(n => Of(n, picked[n]))];
        Constants = [.. live.Where(n => n.Op is Constant && !virtuals.Contains(n))];
        Views = [.. live.Where(IsView)];
    }

    /// <summary>The program.</summary>
    public Function Program { get; }

    /// <summary>The kernels, inputs first.</summary>
    public ImmutableArray<KernelNode> All { get; }

    /// <summary>The values that the results look at.</summary>
    public IReadOnlySet<Expr> Results { get; }

    /// <summary>The constants that kernels read or results are.</summary>
    public ImmutableArray<Expr> Constants { get; }

    /// <summary>The views, inputs first.</summary>
    public ImmutableArray<Expr> Views { get; }

    /// <summary>The nodes without memory.</summary>
    public HashSet<Expr> Virtuals => virtuals;

    /// <summary>Whether a node is another name of its first input's memory.</summary>
    public static bool IsView(Expr node) => node.Op is Reshape or Barrier or AllReduce or Result { Of.Results.Length: 1 };

    /// <summary>The value whose memory a view looks at.</summary>
    public static Expr Root(Expr node)
    {
        while (IsView(node)) node = node.Inputs[0];
        return node;
    }

    /// <summary>Whether a kernel computes this node for each element.</summary>
    public static bool IsMap(Expr node) => node.Op is Elementwise or Convert;

    /// <summary>The inputs whose values a node reads.</summary>
    private static ReadOnlySpan<Expr> Read(Expr node) => node.Op is Barrier ? node.Inputs.AsSpan()[..1] : node.Inputs.AsSpan();

    /// <summary>The nodes whose values the results need, inputs first.</summary>
    private static ImmutableArray<Expr> Live(Function program)
    {
        var live = program.Results.ToHashSet();
        foreach (var node in program.Nodes.Reverse())
            if (live.Contains(node))
                foreach (var x in Read(node)) live.Add(x);
        return [.. program.Nodes.Where(live.Contains)];
    }

    private void ChooseVirtuals(ImmutableArray<Expr> live)
    {
        var (users, onlyMaps, onlyProducts) = (new Dictionary<Expr, int>(), new Dictionary<Expr, bool>(), new Dictionary<Expr, bool>());
        foreach (var node in live)
            foreach (var x in Read(node))
            {
                users[x] = users.GetValueOrDefault(x) + 1;
                onlyMaps[x] = onlyMaps.GetValueOrDefault(x, true) && IsMap(node);
                onlyProducts[x] = onlyProducts.GetValueOrDefault(x, true) && node.Op is Dot or Conv;
            }
        var results = Program.Results.ToHashSet();
        var sizes = new Dictionary<Expr, int>();
        foreach (var node in live)
        {
            if (IsMap(node)) sizes[node] = 1 + node.Inputs.Sum(x => virtuals.Contains(x) ? sizes.GetValueOrDefault(x, 1) : 1);
            if (results.Contains(node) || users.GetValueOrDefault(node) == 0) continue;
            var isVirtual = node.Op switch
            {
                Broadcast b => OneRun(b) && onlyMaps[node],
                Permute => onlyProducts[node],
                _ => IsMap(node) && users[node] == 1 && onlyMaps[node] && sizes[node] < LargestGroup,
            };
            if (isVirtual) virtuals.Add(node);
        }
    }

    /// <summary>Whether a broadcast's operand takes adjacent axes of the result, so that its elements repeat in one simple pattern.</summary>
    private static bool OneRun(Broadcast b) => b.Mapping.Count == 0 || b.Mapping[^1] - b.Mapping[0] == b.Mapping.Count - 1;

    private KernelNode Of(Expr node, IEnumerable<Expr> picked)
    {
        var (reads, waits) = (new List<Expr>(), new List<Expr>());
        Collect(node.Inputs, reads, waits);
        var values = new Expr?[node.Results.Length];
        if (values.Length == 1) values[0] = node;
        foreach (var r in picked) values[((Result)r.Op).Index] = r;
        return new(node, [.. values], [.. reads.Distinct()], [.. waits.Distinct()]);
    }

    /// <summary>The values under some nodes, through virtual nodes and views, and those that barriers on the way wait for.</summary>
    private void Collect(ImmutableArray<Expr> from, List<Expr> reads, List<Expr> waits)
    {
        var stack = new Stack<(Expr Node, bool Read)>(from.Select(x => (x, true)));
        while (stack.TryPop(out var top))
        {
            var (x, read) = top;
            if (x.Op is Barrier b)
                foreach (var after in b.After) stack.Push((after, false));
            if (IsView(x)) stack.Push((x.Inputs[0], read));
            else if (!virtuals.Contains(x)) (read ? reads : waits).Add(x);
            else
                foreach (var y in x.Inputs) stack.Push((y, read));
        }
    }

    /// <summary>Whether an elementwise kernel reads a value otherwise than at the element it writes.</summary>
    public bool ReadsSpread(Expr node, Expr x)
    {
        var stack = new Stack<Expr>(node.Inputs);
        while (stack.TryPop(out var y))
        {
            if (!virtuals.Contains(y)) continue;
            if (y.Op is Broadcast && Root(y.Inputs[0]) == x) return true;
            foreach (var z in y.Inputs) stack.Push(z);
        }
        return false;
    }

    /// <summary>The arithmetic of a kernel: its node's and that of the virtual nodes above it.</summary>
    public long Flops(Expr node)
    {
        var flops = node.Op.Flops;
        var stack = new Stack<Expr>(node.Inputs);
        while (stack.TryPop(out var x))
        {
            if (!virtuals.Contains(x)) continue;
            flops += x.Op.Flops;
            foreach (var y in x.Inputs) stack.Push(y);
        }
        return flops;
    }
}
