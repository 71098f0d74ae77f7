using System.Collections.Immutable;
using System.Diagnostics;
using Benchmarks.Measuring;
using Benchmarks.Models;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using TorchSharp;
using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace Benchmarks.Peers;

/// <summary>Training steps: forward, backward, and gradient descent on all weights, which are overwritten.</summary>
public static class Networks
{
    private const int Classes = 1000;

    /// <summary>The networks.</summary>
    public static ImmutableArray<Row> Rows() =>
    [
        Step(TrainingStep.Mlp, 2, TorchNetworks.Mlp),
        Step(TrainingStep.LeNet, 2, TorchNetworks.LeNet),
        Step(TrainingStep.AlexNet, 1.3, () => TorchNetworks.AlexNet(Classes)),
        Step(TrainingStep.ResNet18, 1.3, () => TorchNetworks.ResNet18(Classes)),
        Step(TrainingStep.Vgg16, 1.5, () => TorchNetworks.Vgg16(Classes)),
        Step(TrainingStep.Transformer, 1.3, () => TorchNetworks.TransformerBlock(512, 8)),
        Step(TrainingStep.Lstm, 1.5, () => TorchNetworks.Lstm(256, 256)),
    ];

    private static Row Step(TrainingStep graph, double target, Func<Module> module) =>
        new(graph.Name, cpu => Side(cpu, graph), () => Theirs(module(), graph))
        {
            Flops = Fold.PostOrder(Simplify.Of(graph.Function().Results)).Where(n => n.Op is Bilinear or Control).Sum(n => (double)n.Op.Flops),
            Target = target,
            Tolerance = 2e-2,
            Costs = (cpu, libtorch) => Costs(cpu.Threads, graph, libtorch ? module : null),
            Profiled = cpu => Profiled(cpu, graph),
        };

    private static Side Side(Cpu cpu, TrainingStep graph)
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

    private static Profiled Profiled(Cpu cpu, TrainingStep graph)
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

    private static Side Theirs(Module module, TrainingStep graph)
    {
        var start = graph.Weights();
        TorchLayers.Load(module, start);
        module.train();
        var x = torch.tensor(graph.Input.ToArray<float>(), [.. graph.Input.Shape.Select(d => (long)d)]);
        var labels = torch.tensor(graph.Labels.ToArray<int>().Select(l => (long)l).ToArray());
        var optimizer = torch.optim.SGD(module.parameters(), TrainingStep.Rate);
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
    private static ImmutableArray<float[]> Changes(TrainingStep graph, Params<float[]> after, float loss) =>
        [[loss], .. graph.Weights().Zip(after, (before, now) => now.Zip(Numbers.Values(before), (a, b) => a - b).ToArray()).Values];

    private static StepCosts Costs(int threads, TrainingStep graph, Func<Module>? module)
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
        return new(step.Plan.PeakBytes, Resident.PeakOf(Side(cpu, graph).Run), theirs, build, compile, again);
    }
}
