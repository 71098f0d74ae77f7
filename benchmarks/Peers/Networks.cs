using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Benchmarks.Models;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using TorchSharp;
using static Functional.Nn.Layers;
using static Functional.Prelude;
using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace Benchmarks.Peers;

/// <summary>Training steps: forward, backward, and gradient descent on all weights, which are overwritten.</summary>
public static class Networks
{
    private const int Classes = 1000;
    private const double Rate = 1e-3;

    private static readonly Layer Mlp = Dense(512) >> Relu >> Dense(256) >> Relu >> Dense(10);
    private static readonly Layer LeNet =
        Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);

    /// <summary>The networks.</summary>
    public static ImmutableArray<Row> Rows() =>
    [
        Step("MLP 784-512-256-10, batch 64", 2, Mlp, TorchNetworks.Mlp, [64, 784], 10),
        Step("LeNet (32, 64, 512), batch 64", 2, LeNet, TorchNetworks.LeNet, [64, 1, 28, 28], 10),
        Step("AlexNet, batch 16", 1.3, AlexNet.Of(Classes), () => TorchNetworks.AlexNet(Classes), [16, 3, 224, 224], Classes),
        Step("ResNet-18, batch 8", 1.3, ResNet.Eighteen(Classes), () => TorchNetworks.ResNet18(Classes), [8, 3, 224, 224], Classes),
        Step("VGG-16, batch 4", 1.5, Vgg.Sixteen(Classes), () => TorchNetworks.Vgg16(Classes), [4, 3, 224, 224], Classes),
        Step("transformer block, d 512, 8 heads, 128 tokens, batch 8", 1.3, Transformer.Block(8), () => TorchNetworks.TransformerBlock(512, 8), [8, 128, 512], null),
        Step("LSTM, 128 steps, hidden 256, batch 32", 1.5, Recurrent.Lstm(256), () => TorchNetworks.Lstm(256, 256), [32, 128, 256], null),
    ];

    /// <summary>The loss is the cross entropy of so many classes, or the mean square of the output.</summary>
    private static Row Step(string name, double target, Layer model, Func<Module> module, int[] input, int? classes)
    {
        var graph = new Graph(model, TensorType.F32(input), classes);
        return new(name, cpu => Ours(cpu, graph), () => Theirs(module(), graph))
        {
            Flops = Fold.PostOrder(Simplify.Of(graph.Function().Results)).Where(n => n.Op is Bilinear or Control).Sum(n => (double)n.Op.Flops),
            Target = target,
            Tolerance = 2e-2,
            Costs = (cpu, libtorch) => Costs(cpu.Threads, graph, libtorch ? module : null),
            Profiled = cpu => Profiled(cpu, graph),
        };
    }

    /// <summary>A step as a graph: from weights, layers' state, batch and labels to new weights, new state and loss.</summary>
    private sealed class Graph(Layer model, TensorType input, int? classes)
    {
        private readonly (Params<Expr> Weights, Params<Expr> State) init = model.Init(1, input);

        public int Batch => input.Shape[0];

        public int? Classes => classes;

        public Params<TensorType> Types => init.Weights.Map(w => w.Type);

        public Params<TensorType> States => init.State.Map(s => s.Type);

        public Tensor Input => Numbers.Tensor(1, [.. input.Shape]);

        public Tensor Labels => classes is { } n ? Tensor.Of<int>(Numbers.Below(n, 2, Batch)) : Tensor.Of<int>(new int[Batch]);

        /// <summary>Numbers of He's scale for weights, ones for scales, zeros for the rest.</summary>
        public Params<Tensor> Weights()
        {
            var seed = 10;
            return Types.Map((path, type) =>
            {
                var values = Numbers.Normal(seed++, [.. type.Shape]);
                var fan = type.Rank == 2 ? type.Shape[0] : type.Rank > 2 ? type.Shape[1..].Size : 1;
                for (var i = 0; i < values.Length; i++)
                    values[i] = type.Rank > 1 ? values[i] * MathF.Sqrt(2f / fan) : path.EndsWith("scale", StringComparison.Ordinal) ? 1 : 0;
                return Tensor.Of<float>(type.Shape, values);
            });
        }

        public Function Function() => Functional.Function.Trace(
            p =>
            {
                var (weights, state) = (Types.Like(p[..Types.Count]), States.Like(p[Types.Count..^2]));
                var ((loss, next), gradient) = valueAndGrad<Params<Expr>, Params<Expr>>(w =>
                {
                    var (y, after) = model.Apply(w, state, p[^2], key(1));
                    return (classes is null ? mean(y * y) : crossEntropy(y, p[^1]), after);
                })(weights);
                return [.. weights.Zip(gradient, (w, g) => w - g * Rate).Values, .. next.Values, loss];
            },
            [.. Types.Concat(States).Select(t => (t.Key, t.Value)), ("x", input), ("labels", TensorType.I32(Batch))]);

        public ValueArray<int> Donated => ImmutableArray.CreateRange(Enumerable.Range(0, Types.Count + States.Count));
    }

    private static Side Ours(Cpu cpu, Graph graph)
    {
        var step = cpu.Compile(graph.Function(), graph.Donated);
        ImmutableArray<Tensor> held = [.. graph.Weights().Values, .. graph.States.Map(Tensor.Zeros).Values];
        var (x, labels) = (graph.Input, graph.Labels);
        var loss = float.NaN;
        void Run()
        {
            var results = step.Run([.. held, x, labels]);
            (held, loss) = (results[..^1], (float)results[^1].Value);
        }
        return new(Run, () =>
        {
            Run();
            return Changes(graph, graph.Types.Like(held[..graph.Types.Count]).Map(Numbers.Values), loss);
        });
    }

    private static Profiled Profiled(Cpu cpu, Graph graph)
    {
        var step = (IPlanned)cpu.Compile(graph.Function(), graph.Donated);
        ImmutableArray<Tensor> held = [.. graph.Weights().Values, .. graph.States.Map(Tensor.Zeros).Values];
        var (x, labels) = (graph.Input, graph.Labels);
        return new(step.Plan, () =>
        {
            var (results, times) = step.Profile([.. held, x, labels]);
            held = results[..^1];
            return times;
        });
    }

    private static Side Theirs(Module module, Graph graph)
    {
        var start = graph.Weights();
        TorchLayers.Load(module, start);
        module.train();
        var x = torch.tensor(graph.Input.ToArray<float>(), [.. graph.Input.Shape.Select(d => (long)d)]);
        var labels = torch.tensor(graph.Labels.ToArray<int>().Select(l => (long)l).ToArray());
        var optimizer = torch.optim.SGD(module.parameters(), Rate);
        var loss = float.NaN;
        void Run()
        {
            using var scope = torch.NewDisposeScope();
            optimizer.zero_grad();
            var y = module.forward(x);
            var value = graph.Classes is null ? (y * y).mean() : torch.nn.functional.cross_entropy(y, labels);
            value.backward();
            optimizer.step();
            loss = value.item<float>();
        }
        return new(Run, () =>
        {
            Run();
            return Changes(graph, TorchLayers.Read(module, start), loss);
        });
    }

    /// <summary>The loss, and what a step changed of each weight.</summary>
    private static ImmutableArray<float[]> Changes(Graph graph, Params<float[]> after, float loss) =>
        [[loss], .. graph.Weights().Zip(after, (before, now) => now.Zip(Numbers.Values(before), (a, b) => a - b).ToArray()).Values];

    private static StepCosts Costs(int threads, Graph graph, Func<Module>? module)
    {
        double? theirs = null;
        if (module is not null)
        {
            var side = Theirs(module(), graph);
            side.Run();
            theirs = Resident.PeakOf(side.Run);
        }
        var cpu = new Cpu(threads);
        var clock = Stopwatch.StartNew();
        var function = graph.Function();
        var build = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var step = (IPlanned)cpu.Compile(function, graph.Donated);
        var compile = clock.Elapsed.TotalSeconds;
        var anew = graph.Function();
        clock.Restart();
        cpu.Compile(anew, graph.Donated);
        var again = clock.Elapsed.TotalSeconds;
        return new(step.Plan.PeakBytes, Resident.PeakOf(Ours(cpu, graph).Run), theirs, build, compile, again);
    }
}
