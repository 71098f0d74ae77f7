using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Lays a lowered program out: which nodes are kernels, and where each keeps its result, by liveness, in place where the last use allows.</summary>
public sealed class Planner
{
    private const int LargestGroup = 16;
    private const int Alignment = 64;

    private readonly Function program;
    private readonly ImmutableArray<int> donated;
    private readonly HashSet<Expr> virtuals = [];
    private readonly List<Buffer> buffers = [];
    private readonly Dictionary<Expr, int> bufferOf = [];
    private readonly List<Literal> constants = [];
    private readonly List<int> outputDonors = [];
    private readonly Arena arena = new();

    private Planner(Function program, ValueArray<int> donated) => (this.program, this.donated) = (program, donated.Items);

    /// <summary>The plan of a lowered program.</summary>
    /// <param name="program">A function without control nodes.</param>
    /// <param name="donated">The inputs whose memory results may take over.</param>
    public static Plan Of(Function program, ValueArray<int> donated = default) => new Planner(program, donated).Make();

    private Plan Make()
    {
        ChooseVirtuals();
        ImmutableArray<Expr> kernels = [.. program.Nodes.Where(n => n.Op is not Variable && !IsView(n) && !virtuals.Contains(n))];
        var lastUse = LastUses(kernels);
        var results = program.Results.Select(Root).ToHashSet();
        for (var i = 0; i < program.Parameters.Length; i++) Add(program.Parameters[i], new(BufferKind.Input, i, 0, program.Parameters[i].Type.Bytes));
        var free = donated.Where(i => !results.Contains(program.Parameters[i])).ToList();
        var steps = ImmutableArray.CreateBuilder<Step>();
        for (var t = 0; t < kernels.Length; t++)
        {
            var node = kernels[t];
            if (node.Op is Constant c)
            {
                Add(node, new(BufferKind.Constant, constants.Count, 0, node.Type.Bytes));
                constants.Add(c.Value);
                continue;
            }
            var reads = Reads(node).ToHashSet();
            if (results.Contains(node)) Add(node, Output(node, t, reads, lastUse, free));
            else Add(node, InArena(node, t, reads, lastUse));
            steps.Add(new(node, bufferOf[node]));
            foreach (var read in reads.Append(node))
                if (lastUse.GetValueOrDefault(read, t) <= t && buffers[bufferOf[read]] is { Kind: BufferKind.Arena } dead && !reused.Contains(read))
                    arena.Free(dead.Offset, Rounded(dead.Bytes));
        }
        foreach (var node in program.Nodes)
            if (IsView(node) && bufferOf.TryGetValue(Root(node), out var of)) bufferOf[node] = of;
        return new(program, steps.ToImmutable(), [.. buffers], bufferOf, virtuals, [.. constants], [.. outputDonors], arena.Peak);
    }

    private readonly HashSet<Expr> reused = [];

    private void Add(Expr node, Buffer buffer)
    {
        bufferOf[node] = buffers.Count;
        buffers.Add(buffer);
    }

    private static bool IsView(Expr node) => node.Op is Reshape or Barrier or AllReduce;

    /// <summary>The node whose buffer a view looks at.</summary>
    private static Expr Root(Expr node)
    {
        while (IsView(node)) node = node.Inputs[0];
        return node;
    }

    /// <summary>Whether a kernel computes this node for each element.</summary>
    private static bool IsMap(Expr node) => node.Op is Elementwise or Convert;

    private void ChooseVirtuals()
    {
        var users = new Dictionary<Expr, List<Expr>>();
        foreach (var node in program.Nodes)
            foreach (var x in node.Inputs)
            {
                if (!users.TryGetValue(x, out var list)) users[x] = list = [];
                list.Add(node);
            }
        var results = program.Results.ToHashSet();
        var sizes = new Dictionary<Expr, int>();
        foreach (var node in program.Nodes)
        {
            var of = users.GetValueOrDefault(node, []);
            if (IsMap(node)) sizes[node] = 1 + node.Inputs.Sum(x => virtuals.Contains(x) ? sizes.GetValueOrDefault(x, 1) : 1);
            if (results.Contains(node) || of.Count == 0) continue;
            var isVirtual = node.Op switch
            {
                Broadcast b => OneRun(b) && of.All(IsMap),
                Permute => of.All(u => u.Op is Dot or Conv),
                _ => IsMap(node) && of.Count == 1 && IsMap(of[0]) && sizes[node] < LargestGroup,
            };
            if (isVirtual) virtuals.Add(node);
        }
    }

    /// <summary>Whether a broadcast's operand takes adjacent axes of the result, so that its elements repeat in one simple pattern.</summary>
    private static bool OneRun(Broadcast b) => b.Mapping.Count == 0 || b.Mapping[^1] - b.Mapping[0] == b.Mapping.Count - 1;

    /// <summary>The buffered nodes that a kernel reads, through virtual nodes and views.</summary>
    private IEnumerable<Expr> Reads(Expr node)
    {
        var stack = new Stack<Expr>(node.Inputs);
        while (stack.TryPop(out var x))
        {
            if (virtuals.Contains(x)) foreach (var y in x.Inputs) stack.Push(y);
            else yield return Root(x) is var root && virtuals.Contains(root) ? throw new InvalidOperationException($"a view of the virtual {root}") : root;
        }
    }

    private Dictionary<Expr, int> LastUses(ImmutableArray<Expr> kernels)
    {
        var last = new Dictionary<Expr, int>();
        for (var t = 0; t < kernels.Length; t++)
            foreach (var read in Reads(kernels[t])) last[read] = t;
        foreach (var result in program.Results) last[Root(result)] = int.MaxValue;
        return last;
    }

    private static long Rounded(long bytes) => (Math.Max(1, bytes) + Alignment - 1) / Alignment * Alignment;

    private Buffer InArena(Expr node, int t, HashSet<Expr> reads, Dictionary<Expr, int> lastUse)
    {
        if (IsMap(node))
            foreach (var x in reads)
                if (lastUse[x] == t && x.Type.Bytes == node.Type.Bytes && x.DType.Size == node.DType.Size
                    && buffers[bufferOf[x]] is { Kind: BufferKind.Arena } dying && !ReadBroadcast(node, x) && reused.Add(x))
                    return dying;
        return new(BufferKind.Arena, 0, arena.Take(Rounded(node.Type.Bytes)), node.Type.Bytes);
    }

    private Buffer Output(Expr node, int t, HashSet<Expr> reads, Dictionary<Expr, int> lastUse, List<int> free)
    {
        var donor = free.FindIndex(i => program.Parameters[i] is var p && p.Type.Bytes == node.Type.Bytes && p.DType.Size == node.DType.Size
            && (lastUse.GetValueOrDefault(p, -1) < t || (lastUse[p] == t && IsMap(node) && reads.Contains(p) && !ReadBroadcast(node, p))));
        outputDonors.Add(donor < 0 ? -1 : free[donor]);
        if (donor >= 0) free.RemoveAt(donor);
        return new(BufferKind.Output, outputDonors.Count - 1, 0, node.Type.Bytes);
    }

    /// <summary>Whether an elementwise kernel reads a buffer otherwise than at the element it writes.</summary>
    private bool ReadBroadcast(Expr node, Expr x)
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
}
