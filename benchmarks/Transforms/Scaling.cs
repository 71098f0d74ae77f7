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
        + "grad traces the function again, differentiates it with respect to all weights, and settles it at the point. compile plans and makes the CPU's kernels.";

    private static readonly ImmutableArray<(string Name, Func<RandomNetwork, Action> Make)> Verbs =
    [
        ("build", n => () => n.Loss(n.Weights)),
        ("grad", n => () => grad<Params<Expr>>(n.Loss)(n.Weights)),
        ("simplify", n => n.Loss(n.Weights) is var loss ? () => simplify(loss) : throw new InvalidOperationException()),
        ("hash", n => n.Loss(n.Weights) is var loss ? () => StructuralHash.Of(loss) : throw new InvalidOperationException()),
        ("compile", n => n.Function is var f ? () => new Cpu(1).Compile(f) : throw new InvalidOperationException()),
    ];

    /// <summary>The table.</summary>
    public static Report Measure(Options options)
    {
        ImmutableArray<RandomNetwork> networks = [.. new[] { 100, 1_000, 10_000, 100_000, 1_000_000 }.Where(n => n <= options.Largest).Select(n => new RandomNetwork(n))];
        var verbs = Verbs.Where(v => options.Wants(v.Name)).ToList();
        var costs = Clock.Of([.. verbs.SelectMany(v => networks.Select(n => new Case($"{v.Name} {n.Nodes}", v.Make(n))))], options.Rounds);
        Figures Of(string title, Func<Cost, double> figure) => new(
            title,
            ["", .. networks.Select(n => $"{n.Nodes:N0}"), "last / first"],
            [.. verbs.Select((v, row) =>
            {
                double[] perNode = [.. networks.Select((n, i) => figure(costs[row * networks.Length + i]) / n.Nodes)];
                return ImmutableArray.Create<object>([v.Name, .. perNode.Cast<object>(), perNode[^1] / perNode[0]]);
            })]);
        return new("transforms", Method, [Of("nanoseconds per node", c => c.Seconds * 1e9), Of("of which garbage collection", c => c.Pause * 1e9), Of("bytes allocated per node", c => c.Bytes)]);
    }
}
