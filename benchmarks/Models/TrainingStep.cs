using System.Collections.Immutable;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using Functional.Nn;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace Benchmarks.Models;

/// <summary>A training step as a graph: from weights, layers' state, batch and labels to new weights by gradient descent, new state and loss.</summary>
/// <param name="name">The network and its batch.</param>
/// <param name="model">The network.</param>
/// <param name="input">A batch's type.</param>
/// <param name="classes">Of how many classes the loss is the cross entropy; where not given, it is the mean square of the output.</param>
public sealed class TrainingStep(string name, Layer model, TensorType input, int? classes)
{
    /// <summary>The learning rate.</summary>
    public const double Rate = 1e-3;

    private const int Many = 1000;

    private readonly Lazy<(Params<Expr> Weights, Params<Expr> State)> init = new(() => model.Init(1, input));

    public static TrainingStep Mlp { get; } = new("MLP 784-512-256-10, batch 64", Dense(512) >> Relu >> Dense(256) >> Relu >> Dense(10), TensorType.F32(64, 784), 10);

    public static TrainingStep LeNet { get; } = new("LeNet (32, 64, 512), batch 64",
        Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10), TensorType.F32(64, 1, 28, 28), 10);

    public static TrainingStep AlexNet { get; } = new("AlexNet, batch 16", Models.AlexNet.Of(Many), TensorType.F32(16, 3, 224, 224), Many);

    public static TrainingStep ResNet18 { get; } = new("ResNet-18, batch 8", ResNet.Eighteen(Many), TensorType.F32(8, 3, 224, 224), Many);

    public static TrainingStep ResNet50 { get; } = new("ResNet-50, batch 8", ResNet.Fifty(Many), TensorType.F32(8, 3, 224, 224), Many);

    public static TrainingStep Vgg16 { get; } = new("VGG-16, batch 4", Vgg.Sixteen(Many), TensorType.F32(4, 3, 224, 224), Many);

    public static TrainingStep Transformer { get; } = new("transformer block, d 512, 8 heads, 128 tokens, batch 8", Models.Transformer.Block(8), TensorType.F32(8, 128, 512), null);

    public static TrainingStep Lstm { get; } = new("LSTM, 128 steps, hidden 256, batch 32", Recurrent.Lstm(256), TensorType.F32(32, 128, 256), null);

    public string Name => name;

    public int Batch => input.Shape[0];

    public int? Classes => classes;

    public Params<TensorType> Types => init.Value.Weights.Map(w => w.Type);

    public Params<TensorType> States => init.Value.State.Map(s => s.Type);

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

    /// <summary>The graph in mixed precision.</summary>
    public Function Function(PrecisionPolicy policy) => mixedPrecision(Function(), policy);

    /// <summary>The graph.</summary>
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

    /// <summary>The arguments that a step overwrites.</summary>
    public ValueArray<int> Donated => ImmutableArray.CreateRange(Enumerable.Range(0, Types.Count + States.Count));

    /// <summary>The arguments of the first step, those that are overwritten first.</summary>
    public ImmutableArray<Tensor> Start() => [.. Weights().Values, .. States.Map(Tensor.Zeros).Values];
}
