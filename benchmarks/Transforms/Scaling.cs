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
        + "grad traces the function again, differentiates it with respect to all weights, and settles it at the point. vmap traces it again for one of four examples. compile lowers, plans and makes the CPU's kernels; the function's hash is known.";

    private static readonly ImmutableArray<(string Name, Action<RandomNetwork> Run)> Verbs =
    [
        ("build", n => n.Loss(n.Weights, n.Input)),
        ("grad", n => grad<Params<Expr>>(w => n.Loss(w, n.Input))(n.Weights)),
        ("vmap", n => vmap(x => n.Loss(n.Weights, x))(n.Batch)),
        ("simplify", n => simplify(n.Function.Results[0])),
        ("hash", n => StructuralHash.Of(n.Function.Results[0])),
        ("compile", n => new Cpu(1).Compile(n.Function)),
    ];

    /// <summary>The table. One size is measured after the other, so that only one graph is in memory.</summary>
    public static Report Measure(Options options)
    {
        var verbs = Verbs.Where(v => options.Wants(v.Name)).ToList();
        var sizes = new[] { 100, 1_000, 10_000, 100_000, 1_000_000 }.Where(n => n <= options.Largest)
            .Select(n => new RandomNetwork(n))
            .Select(n => (n.Nodes, Costs: Clock.Of([.. verbs.Select(v => new Case(v.Name, () => v.Run(n)))], options.Rounds)))
            .ToList();
        Figures Of(string title, Func<Cost, double> figure) => new(
            title,
            ["", .. sizes.Select(s => $"{s.Nodes:N0}"), "last / first"],
            [.. verbs.Select((v, row) =>
            {
                double[] perNode = [.. sizes.Select(s => figure(s.Costs[row]) / s.Nodes)];
                return ImmutableArray.Create<object>([v.Name, .. perNode.Cast<object>(), perNode[0] > 0 ? perNode[^1] / perNode[0] : "–"]);
            })]);
        return new("transforms", Method,
            [Of("nanoseconds per node", c => c.Seconds * 1e9), Of("of which garbage collection", c => c.Pause * 1e9), Of("bytes allocated per node", c => c.Bytes)]);
    }
}
