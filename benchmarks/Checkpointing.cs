using System.Collections.Immutable;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using static Functional.Prelude;

namespace Benchmarks;

/// <summary>Memory for arithmetic: a deep network's training step in full, with √n checkpoints, and fitted to budgets.</summary>
public static class Checkpointing
{
    private const int Layers = 256;
    private const int PerBlock = 16;
    private const int Batch = 512;
    private const int Width = 256;

    private static readonly string Method =
        $"A training step (gradient descent, weights overwritten) of {Layers} dense layers of {Width} features in residual pairs, x + relu(x u) v, on a batch of {Batch}. "
        + $"Checkpoints every {PerBlock} layers; fitted programs choose themselves what to compute twice. Peak is all that a run allocates, as planned and as measured: "
        + "activations, cotangents, one gradient and the kernels' scratch.";

    private static readonly TensorType Weight = TensorType.F32(Width, Width);

    /// <summary>The table.</summary>
    public static Report Measure(Options options)
    {
        var cpu = new Cpu();
        ValueArray<int> donated = ImmutableArray.CreateRange(Enumerable.Range(0, Layers));
        var (plain, checkpointed) = (Step(null), Step(CheckpointPolicy.NothingSaveable));
        var most = ((IPlanned)cpu.Compile(plain, donated)).Plan.PeakBytes;
        List<(string Name, Function Program)> programs = [("plain", plain), ($"checkpoint every {PerBlock} layers", checkpointed)];
        foreach (var percent in new[] { 50, 25, 15 })
            programs.Add(($"fit({percent} % of the peak)", cpu.Fit(plain, most * percent / 100, donated).Program));
        var runs = programs.Where(p => options.Wants(p.Name)).Select(p => new Variant(p.Name, (IPlanned)cpu.Compile(p.Program, donated))).ToImmutableArray();
        var times = Clock.Of([.. runs.Select(r => new Case(r.Name, r.Run))], options.Rounds);
        const double MiB = 1024 * 1024;
        return new("checkpoint", Method,
        [
            new("a training step", ["", "peak, MiB", "measured, MiB", "of plain, %", "GFLOP", "milliseconds", "time / plain"],
            [
                .. runs.Select((r, i) => ImmutableArray.Create<object>(
                    r.Name, r.Peak / MiB, r.Measured / MiB, 100.0 * r.Peak / runs[0].Peak, r.Flops / 1e9,
                    times[i].Seconds * 1e3, times[i].Seconds / times[0].Seconds)),
            ]),
        ]);
    }

    private static Function Step(CheckpointPolicy? policy)
    {
        var x = variable("x", TensorType.F32(Batch, Width));
        ImmutableArray<Expr> weights = [.. Enumerable.Range(0, Layers).Select(i => variable($"w{i:000}", Weight))];
        Expr Loss(Params<Expr> p)
        {
            var h = x;
            foreach (var block in p.Values.Chunk(PerBlock))
            {
                Expr Block(Expr y) => block.Chunk(2).Aggregate(y, (a, w) => a + matmul(relu(matmul(a, w[0])), w[1]));
                h = policy is null ? Block(h) : checkpoint(Block, policy)(h);
            }
            return mean(h * h);
        }
        var (loss, gradient) = valueAndGrad<Params<Expr>>(Loss)(Params<Expr>.Of(weights.Select((w, i) => KeyValuePair.Create($"{i:000}", w))));
        return new([.. weights, x], [.. weights.Zip(gradient.Values, (w, g) => w - 1e-3f * g), loss]);
    }

    /// <summary>A compiled step with its weights, which each run replaces.</summary>
    private sealed class Variant
    {
        private readonly IPlanned step;
        private readonly Tensor input;
        private ImmutableArray<Tensor> weights;

        public Variant(string name, IPlanned step)
        {
            (Name, this.step) = (name, step);
            var random = new Random(1);
            Tensor Draw(TensorType type, double scale) => Tensor.Of<float>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => (float)((random.NextDouble() - 0.5) * scale))]);
            weights = [.. Enumerable.Range(0, Layers).Select(_ => Draw(Weight, 0.02))];
            input = Draw(TensorType.F32(Batch, Width), 2);
            var (results, memory) = step.Measure([.. weights, input]);
            (weights, Measured) = (results[..Layers], memory.Bytes);
        }

        public string Name { get; }

        public long Peak => step.Plan.PeakBytes;

        public long Measured { get; }

        public double Flops => step.Plan.Flops;

        public void Run() => weights = step.Run([.. weights, input])[..Layers];
    }
}
