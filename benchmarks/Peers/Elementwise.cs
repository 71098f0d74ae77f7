using Benchmarks.Measuring;
using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using TorchSharp;
using static Functional.Prelude;

namespace Benchmarks.Peers;

/// <summary>Work that does little with each number, so that memory binds.</summary>
public static class Elementwise
{
    private const int Many = 10_000_000;
    private const double AtMemorySpeed = 0.8;

    /// <summary>Chains of functions, rows normalised, an optimiser's update.</summary>
    public static ImmutableArray<Row> Rows() => [TenOps, TenFunctions, Softmax, LayerNorm, Adam];

    private static Row TenOps => new(
        "ten elementwise ops on 10⁷ floats",
        cpu => Ours.Side(cpu, p => [abs(relu((p[0] * p[1] + p[0] - p[1]) * 0.5) + 1 - p[1] * p[0]) * p[1]], Numbers.Tensor(1, Many), Numbers.Tensor(2, Many)),
        () =>
        {
            var (x, y) = (Libtorch.Tensor(1, Many), Libtorch.Tensor(2, Many));
            return Libtorch.Side(() => [(((x * y + x - y) * 0.5f).relu() + 1f - y * x).abs() * y]);
        })
    { Bytes = 3.0 * 4 * Many, Target = 5, Share = AtMemorySpeed };

    private static Row TenFunctions => new(
        "ten elementwise ops on 10⁷ floats, four of them exp, tanh, sigmoid and log1p",
        cpu => Ours.Side(cpu, p => [log1p(exp(-abs(p[0])) * sigmoid(p[1])) + tanh(p[0] * p[1]) * 0.5], Numbers.Tensor(1, Many), Numbers.Tensor(2, Many)),
        () =>
        {
            var (x, y) = (Libtorch.Tensor(1, Many), Libtorch.Tensor(2, Many));
            return Libtorch.Side(() => [(x.abs().neg().exp() * y.sigmoid()).log1p() + (x * y).tanh() * 0.5f]);
        })
    { Bytes = 3.0 * 4 * Many };

    private static Row Softmax => new(
        "softmax 4096×1024",
        cpu => Ours.Side(cpu, p => [softmax(p[0])], Numbers.Tensor(1, 4096, 1024)),
        () =>
        {
            var x = Libtorch.Tensor(1, 4096, 1024);
            return Libtorch.Side(() => [x.softmax(1)]);
        })
    { Bytes = 2.0 * 4 * 4096 * 1024, Target = 1.5, Share = AtMemorySpeed };

    private static Row LayerNorm => new(
        "layer norm 4096×1024",
        cpu =>
        {
            var layer = Layers.LayerNorm();
            var paths = layer.Init(1, TensorType.F32(4096, 1024)).Weights;
            return Ours.Side(cpu, p => [layer.Apply(paths.Like([p[1], p[2]]), p[0])], Numbers.Tensor(1, 4096, 1024), Numbers.Tensor(2, 1024), Numbers.Tensor(3, 1024));
        },
        () =>
        {
            var (x, scale, shift) = (Libtorch.Tensor(1, 4096, 1024), Libtorch.Tensor(2, 1024), Libtorch.Tensor(3, 1024));
            return Libtorch.Side(() => [torch.nn.functional.layer_norm(x, [1024], scale, shift)]);
        })
    { Bytes = 2.0 * 4 * 4096 * 1024, Target = 1.5, Share = AtMemorySpeed };

    private static Row Adam => new(
        "Adam update of 10⁷ weights",
        OurAdam,
        () =>
        {
            var w = new TorchSharp.Modules.Parameter(Libtorch.Tensor(1, Many));
            w.grad = Libtorch.Tensor(2, Many);
            var adam = torch.optim.Adam([w], lr: 1e-3);
            return new(() => adam.step(), () =>
            {
                adam.step();
                return [Libtorch.Values(w)];
            });
        })
    { Bytes = 7.0 * 4 * Many, Target = 3, Share = AtMemorySpeed };

    /// <summary>The weights and the optimiser's state are donated: each run overwrites them.</summary>
    private static Side OurAdam(Cpu cpu)
    {
        var type = TensorType.F32(Many);
        var adam = Optimizers.Adam(Schedules.Constant(1e-3));
        var slots = adam.Init(Params<TensorType>.Empty.With("w", type));
        var update = cpu.Compile(
            Function.Trace(
                p =>
                {
                    var weights = Params<Expr>.Empty.With("w", p[0]);
                    var (deltas, next) = adam.Update(weights.Like([p[1]]), slots.Like(p[3..]), weights, p[2]);
                    return [p[0] + deltas["w"], .. next.Values];
                },
                [("w", type), ("g", type), ("t", TensorType.F32()), .. slots.Select(s => (s.Key, s.Value.Type))]),
            [0, 3, 4]);
        var (g, step) = (Numbers.Tensor(2, Many), 0);
        ImmutableArray<Tensor> state = [Numbers.Tensor(1, Many), Tensor.Zeros(type), Tensor.Zeros(type)];
        void Run() => state = update.Run(state[0], g, Tensor.Scalar((float)step++), state[1], state[2]);
        return new(Run, () =>
        {
            Run();
            return [Numbers.Values(state[0])];
        });
    }
}
