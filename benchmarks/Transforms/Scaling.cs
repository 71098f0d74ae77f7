using System.Collections.Immutable;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter.Cpu;
using static Functional.Prelude;

namespace Benchmarks.Transforms;

/// <summary>Whether building and transforming graphs is linear in their size: cost per node for graphs of 10² to 10⁶ nodes.</summary>
public static class Scaling
{
    private const string Method =
        "Cost per node of the program given, a random mixture of elementwise functions, matrix products, reductions and movements with one weight for about 50 nodes. "
        + "grad traces the function again, differentiates it with respect to all weights, and settles it at the point. vmap traces it again for one of four examples. compile lowers, plans and makes the CPU's kernels; the function's hash is known. "
        + "What is made of a small graph is dropped before the garbage collector comes; what is made of a large one lives through collections, which copy it. The table of what is kept makes as many graphs of a size as have the largest one's nodes, and keeps them all, so that only the size differs.";

    private static readonly ImmutableArray<(string Name, bool IsGraph, Func<RandomNetwork, object> Run)> Verbs =
    [
        ("build", true, n => n.Loss(n.Weights, n.Input)),
        ("grad", true, n => grad<Params<Expr>>(w => n.Loss(w, n.Input))(n.Weights)),
        ("vmap", true, n => vmap(x => n.Loss(n.Weights, x))(n.Batch)),
        ("simplify", true, n => simplify(n.Function.Results[0])),
        ("hash", false, n => StructuralHash.Of(n.Function.Results[0])),
        ("compile", false, n => new Cpu(1).Compile(n.Function)),
    ];

    /// <summary>The table. One size is measured after the other, so that only one graph is in memory.</summary>
    public static Report Measure(Options options)
    {
        var verbs = Verbs.Where(v => options.Wants(v.Name)).ToImmutableArray();
        var graphs = verbs.Where(v => v.IsGraph).ToImmutableArray();
        var sizes = new[] { 100, 1_000, 10_000, 100_000, 1_000_000 }.Where(n => n <= options.Largest).ToImmutableArray();
        var alone = sizes.Select(size => new RandomNetwork(size))
            .Select(n => (n.Nodes, Costs: Clock.Of([.. verbs.Select(v => new Case(v.Name, () => v.Run(n)))], options.Rounds))).ToImmutableArray();
        var together = sizes.Select(size => (Network: new RandomNetwork(size), Count: sizes[^1] / size))
            .Select(n => (Nodes: n.Network.Nodes * n.Count, Costs: Clock.Of([.. graphs.Select(v => new Case(v.Name, () => Keep(() => v.Run(n.Network), n.Count)))], options.Rounds))).ToImmutableArray();
        Figures Of(string title, IEnumerable<string> rows, ImmutableArray<(int Nodes, ImmutableArray<Cost> Costs)> costs, Func<Cost, double> figure) => new(
            title,
            ["", .. alone.Select(s => $"{s.Nodes:N0}"), "last / first"],
            [.. rows.Select((name, row) =>
            {
                double[] perNode = [.. costs.Select(s => figure(s.Costs[row]) / s.Nodes)];
                return ImmutableArray.Create<object>([name, .. perNode.Cast<object>(), perNode[0] > 0 ? perNode[^1] / perNode[0] : "–"]);
            })]);
        var (all, kept) = (verbs.Select(v => v.Name).ToList(), graphs.Select(v => v.Name).ToList());
        return new("transforms", Method,
        [
            Of("nanoseconds per node", all, alone, c => c.Seconds * 1e9), Of("of which garbage collection", all, alone, c => c.Pause * 1e9),
            Of("nanoseconds per node, all that is made being kept", kept, together, c => c.Seconds * 1e9), Of("of which garbage collection, all being kept", kept, together, c => c.Pause * 1e9),
            Of("bytes allocated per node", all, alone, c => c.Bytes),
        ]);
    }

    private static void Keep(Func<object> make, int count)
    {
        var kept = new object[count];
        for (var i = 0; i < count; i++) kept[i] = make();
        GC.KeepAlive(kept);
    }
}
