using System.Collections.Immutable;
using Benchmarks.Measuring;
using Benchmarks.Models;
using Functional;
using Functional.Nn;
using PropertyTests.Transforms;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace Benchmarks;

/// <summary>What a gradient costs beside its function: arithmetic of known models, and sizes beside programs derived by hand. Counted, not timed.</summary>
public static class Adjoint
{
    private const string Method =
        "Forward and backward over forward, multiply-adds of dots and convolutions counted as two; products with padding and with the gaps of dilation are not counted. "
        + "Training mode; gradients with respect to all weights, and of the transformer's block, which stands among others, to its input too. "
        + "Sizes are numbers of nodes after simplify, without variables and constants.";

    private static readonly Layer Mlp = Dense(512) >> Relu >> Dense(256) >> Relu >> Dense(10);
    private static readonly Layer LeNet =
        Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);

    private static readonly ImmutableArray<(string Name, Layer Model, TensorType Input, bool IsClassifier)> Models =
    [
        ("MLP 784-512-256-10, batch 64", Mlp, TensorType.F32(64, 784), true),
        ("LeNet, batch 64", LeNet, TensorType.F32(64, 1, 28, 28), true),
        ("ResNet-18, batch 8", ResNet.Eighteen(1000), TensorType.F32(8, 3, 224, 224), true),
        ("transformer block, d 512, 8 heads, 128 tokens, batch 8", Transformer.Block(8), TensorType.F32(8, 128, 512), false),
    ];

    /// <summary>The table.</summary>
    public static Report Measure(Options options) => new("adjoint", Method,
    [
        new("floating-point operations, millions", ["", "f", "f and its gradient", "ratio"], [.. Models.Where(m => options.Wants(m.Name)).Select(m => Row(m.Name, m.Model, m.Input, m.IsClassifier))]),
        new("nodes of the gradient", ["", "grad", "simplified", "also by approximate laws", "by hand"], [.. HandDerived.All.Where(h => options.Wants(h.Name)).Select(Row)]),
    ]);

    private static ImmutableArray<object> Row(string name, Layer model, TensorType input, bool isClassifier)
    {
        var (weights, state) = model.Init(1, input);
        var (x, w) = (variable("x", input), weights.Map((path, value) => variable(path, value.Type)));
        Expr Loss(Params<Expr> w, Expr x)
        {
            var y = model.Apply(w, state, x, key(1)).Output;
            return isClassifier ? crossEntropy(y, variable("labels", TensorType.I32(input.Shape[0]))) : mean(y * y);
        }
        ImmutableArray<Expr> both = isClassifier
            ? valueAndGrad<Params<Expr>>(w => Loss(w, x))(w) is var (loss, dw) ? [loss, .. dw.Values] : []
            : valueAndGrad<(Params<Expr>, Expr)>(p => Loss(p.Item1, p.Item2))((w, x)) is var (value, (dp, dx)) ? [value, .. dp.Values, dx] : [];
        var (forward, all) = (Flops(Simplify.Of([both[0]])), Flops(Simplify.Of(both)));
        return [name, forward / 1e6, all / 1e6, all / forward];
    }

    private static double Flops(ImmutableArray<Expr> roots) => Fold.PostOrder(roots).Where(n => n.Op is Bilinear).Sum(n => (double)n.Op.Flops);

    private static ImmutableArray<object> Row(HandDerived h) =>
        [h.Name, HandDerived.Size(h.Gradient), HandDerived.Size(Simplify.Of(h.Gradient)), HandDerived.Size(Simplify.Of(h.Gradient, approximate: true)), HandDerived.Size(Simplify.Of(h.ByHand, approximate: true))];
}
