using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>One kernel of a lowered program.</summary>
/// <param name="Node">The node it computes, the last of several.</param>
/// <param name="Values">What it fills: the nodes of a loop that have memory, or of another kernel its node or the <see cref="Result"/> nodes of a node of several, null where nothing reads that one.</param>
/// <param name="Reads">What it reads, each once: values of kernels, parameters, constants.</param>
/// <param name="Waits">What must be computed before, without being read: the <see cref="Barrier.After"/> of barriers that it reads through.</param>
/// <param name="Loop">How it computes a group of nodes together, where it does.</param>
/// <param name="Members">All nodes that it computes, inputs first.</param>
/// <param name="Into">Of a product that a loop goes on with: the value of the loop in whose memory the product's elements are put for it; null where they stay in registers.</param>
/// <param name="Pooling">Of a convolution: what it goes on with after that loop, and fills the values instead.</param>
/// <param name="Permuted">Of a product: the permutation of it that is made instead, which that loop goes on with.</param>
internal sealed record KernelNode(
    Expr Node, ImmutableArray<Expr?> Values, ImmutableArray<Expr> Reads, ImmutableArray<Expr> Waits, FusedLoop? Loop, ImmutableArray<Expr> Members, Expr? Into = null, Pooling? Pooling = null, Expr? Permuted = null)
{
    /// <summary>Of a product that a loop goes on with: the values under its factors, which its kernel reads to the end.</summary>
    public ImmutableArray<Expr> Factors { get; init; } = [];

    /// <summary>All its arithmetic.</summary>
    public long Flops => Members.Sum(m => m.Op.Flops);

    /// <summary>The bytes it reads: an operand of a loop counts once, however often it is read.</summary>
    public long BytesRead => Loop is null && Pooling is null && Members.Length > 1 ? Reads.Sum(x => x.Type.Bytes) : (Loop is null || Node.Op is Dot or Conv ? Node.Op.BytesRead : 0) + (Loop is null ? 0 : Loop.Reads.Distinct().Where(x => x != (Permuted ?? Node)).Sum(Loop.BytesOf));

    /// <summary>The bytes it writes.</summary>
    public long BytesWritten => Loop is null && Members.Length == 1 ? Node.Results.Sum(r => r.Bytes) : Values.Sum(v => v!.Type.Bytes);

    /// <summary>What one of its values takes: the arithmetic, and the values from which it is computed, others of this kernel among them.</summary>
    public (long Flops, IReadOnlySet<Expr> From) For(Expr value)
    {
        if (Loop is null || Values.Length == 1) return (Flops, Reads.ToHashSet());
        var (flops, from, seen, stack) = (0L, new HashSet<Expr>(), new HashSet<Expr>(), new Stack<Expr>([value]));
        while (stack.TryPop(out var x))
        {
            if (!seen.Add(x)) continue;
            if (x != value && Values.Contains(x)) from.Add(x);
            else if (x.Op is Dot or Conv && x == Node) (flops, _) = (flops + x.Op.Flops, from = [.. from, .. Reads]);
            else if (Members.Contains(x))
            {
                flops += x.Op.Flops;
                foreach (var y in x.Inputs) stack.Push(y);
            }
            else if (x.Op is Reshape r) stack.Push(r.X);
            else if (Reads.Contains(Kernels.Root(x))) from.Add(Kernels.Root(x));
        }
        return (flops, from);
    }

    /// <summary>Whether a value that it fills may lie where one that it reads does.</summary>
    public bool MayOverwrite(Expr read, Expr written) => Loop is not null && Into is null && !Factors.Contains(read) && Loop.MayOverwrite(read, written);
}

/// <summary>
/// Which nodes of a lowered program are kernels. Views (reshapes, barriers) are other names of the same memory, and virtual nodes have none:
/// the kernel that reads them computes them on the way (what <see cref="Fusing"/> puts together) or reads through them (permutations).
/// </summary>
internal sealed class Kernels
{
    private readonly HashSet<Expr> readThrough;
    private readonly Fusing fusing;
    private readonly Dictionary<int, (Expr Product, Expr? Into)> epilogues;
    private readonly HashSet<Expr> absorbed;
    private readonly Dictionary<Expr, Expr> maxima = [];
    private readonly Dictionary<Expr, Pooling> poolings = [];
    private readonly Dictionary<Expr, Expr> permuted = []; // products by the permutations that are made of them

    /// <param name="program">The lowered program.</param>
    /// <param name="traits">What the interpreter's kernels do beyond a node each.</param>
    public Kernels(Function program, KernelTraits traits)
    {
        Program = program;
        Results = program.Results.Select(Root).ToHashSet();
        var live = Live(program);
        readThrough = Strided.ReadByProducts(live, Program.Results, traits.ConvolutionsConvert);
        fusing = new(live, Results, readThrough);
        if (traits.ProductsEndInRegisters) permuted = Permuted(live);
        epilogues = fusing.Epilogues(permuted, traits.ProductsEndInRegisters);
        absorbed = [.. epilogues.Values.Select(e => e.Product), .. permuted.Values];
        foreach (var node in live)
            if (WindowMaximum.Places(node) is { } places) maxima.TryAdd(places, node);
        var readers = live.SelectMany(n => Read(n).ToArray()).Where(maxima.ContainsKey).GroupBy(x => x).ToDictionary(x => x.Key, x => x.Count());
        foreach (var places in maxima.Keys)
            if (readers[places] == 1 && !Results.Contains(places)) absorbed.Add(places);
        if (traits.Pools is { } pools)
            foreach (var pooling in Pooling.Of(live, maxima))
                if (!Results.Contains(pooling.From) && Convolution(pooling.From) is { } convolution && pools(convolution, pooling, IsVirtual) && absorbed.Add(pooling.From)) poolings[pooling.Node] = pooling;
        var picked = live.Where(n => n.Op is Result && !IsView(n)).ToLookup(n => ((Result)n.Op).Of);
        All = [.. live.Where(n => n.Op is not (Variable or Constant or Result) && !IsView(n) && !IsVirtual(n)).Select(n => Of(n, picked[n])).OfType<KernelNode>()];
        var read = All.SelectMany(k => k.Reads).ToHashSet();
        Constants = [.. live.Where(n => n.Op is Constant && (read.Contains(n) || Results.Contains(n)))];
        Views = [.. live.Where(IsView)];
    }

    /// <summary>The program.</summary>
    public Function Program { get; }

    /// <summary>The kernels.</summary>
    public ImmutableArray<KernelNode> All { get; }

    /// <summary>The values that the results look at.</summary>
    public IReadOnlySet<Expr> Results { get; }

    /// <summary>The constants that kernels read or results are.</summary>
    public ImmutableArray<Expr> Constants { get; }

    /// <summary>The views, inputs first.</summary>
    public ImmutableArray<Expr> Views { get; }

    /// <summary>Whether a node has no memory.</summary>
    public bool IsVirtual(Expr node) => readThrough.Contains(node) || absorbed.Contains(node) || fusing.IsVirtual(node);

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
    public static ReadOnlySpan<Expr> Read(Expr node) => node.Op is Barrier ? node.Inputs.AsSpan()[..1] : node.Inputs.AsSpan();

    /// <summary>The nodes whose values the results need, inputs first.</summary>
    private static ImmutableArray<Expr> Live(Function program)
    {
        var live = program.Results.ToHashSet();
        foreach (var node in program.Nodes.Reverse())
            if (live.Contains(node))
                foreach (var x in Read(node)) live.Add(x);
        return [.. program.Nodes.Where(live.Contains)];
    }

    /// <summary>The products of which nothing is read but a permutation, which no other product reads through, by those permutations.</summary>
    private Dictionary<Expr, Expr> Permuted(ImmutableArray<Expr> live)
    {
        var readers = live.SelectMany(n => n.Inputs.Distinct()).CountBy(x => x).ToDictionary();
        return live.Where(n => n is { Op: Permute { X: { Op: Dot or Conv } x } } && readers[x] == 1 && !readThrough.Contains(n) && !Program.Results.Contains(x)).ToDictionary(n => n, n => n.Inputs[0]);
    }

    /// <summary>The convolution whose kernel fills this value and no other; null where there is none.</summary>
    private Expr? Convolution(Expr value) => value.Op is Conv ? value
        : fusing.StoredIn(value) is var group and >= 0 && epilogues.TryGetValue(group, out var epilogue) && epilogue is ({ Op: Conv } product, var into) && into == value && fusing.Groups[group].Stored.Count == 1 ? product : null;

    /// <summary>The kernel of a node; null where that of a later node fills it, too.</summary>
    private KernelNode? Of(Expr node, IEnumerable<Expr> picked) => Alone(node, picked) is not { } kernel ? null
        : poolings.TryGetValue(node, out var pooling) && Alone(pooling.From, []) is { } first ? first with { Values = kernel.Values, Members = [.. first.Members, .. kernel.Members], Pooling = pooling }
        : kernel;

    private KernelNode? Alone(Expr node, IEnumerable<Expr> picked)
    {
        if (fusing.StoredIn(node) is var group and >= 0)
        {
            var fused = fusing.Groups[group];
            if (fused.Values[^1] != node) return null;
            var (loop, members) = LoopBuilder.Of(fused, x => fusing.IsIn(x, group));
            return !epilogues.TryGetValue(group, out var epilogue) ? Of(node, [.. fused.Values], members, loop)
                : permuted.TryGetValue(epilogue.Product, out var product) ? Of(product, [.. fused.Values], [product, epilogue.Product, .. members], loop) with { Permuted = epilogue.Product }
                : Of(epilogue.Product, [.. fused.Values], [epilogue.Product, .. members], loop) with { Into = epilogue.Into };
        }
        if (permuted.TryGetValue(node, out var alone)) return Of(alone, [node], [alone, node], null) with { Permuted = node };
        if (maxima.ContainsKey(node)) return null;
        if (WindowMaximum.Places(node) is { } places && maxima[places] == node) return Of(node, absorbed.Contains(places) ? [node] : [places, node], [places, node], null);
        var values = new Expr?[node.Results.Length];
        if (values.Length == 1) values[0] = node;
        foreach (var r in picked) values[((Result)r.Op).Index] = r;
        return Of(node, [.. values], [node], null);
    }

    private KernelNode Of(Expr node, ImmutableArray<Expr?> values, ImmutableArray<Expr> members, FusedLoop? loop)
    {
        var (reads, waits) = (new List<Expr>(), new List<Expr>());
        Collect(members, reads, waits);
        var (isProduct, factors) = (node.Op is Dot or Conv, new List<Expr>());
        if (loop is not null && isProduct) Collect([node], factors, []);
        else if (loop is not null) reads = [.. loop.Reads];
        return new(node, values, [.. reads.Distinct()], [.. waits.Distinct()], loop, members) { Factors = [.. factors] };
    }

    /// <summary>The values under some nodes, through virtual nodes and views, and those that barriers on the way wait for.</summary>
    private void Collect(ImmutableArray<Expr> members, List<Expr> reads, List<Expr> waits)
    {
        var inside = members.ToHashSet();
        var stack = new Stack<(Expr Node, bool Read)>(members.SelectMany(m => m.Inputs).Select(x => (x, true)));
        while (stack.TryPop(out var top))
        {
            var (x, read) = top;
            if (x.Op is Barrier b)
                foreach (var after in b.After) stack.Push((after, false));
            if (inside.Contains(x)) continue;
            if (IsView(x)) stack.Push((x.Inputs[0], read));
            else if (!IsVirtual(x)) (read ? reads : waits).Add(x);
            else
                foreach (var y in x.Inputs) stack.Push((y, read));
        }
    }
}
