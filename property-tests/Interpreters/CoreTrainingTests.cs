using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Nn;
using Functional.Testing;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>
/// Gradients of whole networks on tensor cores: those that the processor computes of factors that are rounded alike. Where sums are in another order, a
/// factor is now and then rounded to the number beside it; in networks of relus and maxima, another of two equal elements is taken.
/// </summary>
[Collection(OpenDevices.Name)]
public sealed class CoreTrainingTests
{
    private static readonly (string Name, Layer Model, TensorType Input)[] Networks =
    [
        ("LeNet", Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10), TensorType.F32(32, 1, 28, 28)),
        ("residual", Conv2d(16, 7, 2, 3, bias: false) >> BatchNorm() >> Gelu >> AvgPool(3, 2, 1) >> Block(16, 1) >> Block(32, 2) >> GlobalAvgPool >> Dense(10), TensorType.F32(8, 3, 64, 64)),
        ("attention", Residual(LayerNorm() >> Attention(4)) >> Residual(LayerNorm() >> Mlp(128)) >> Flatten >> Dense(10), TensorType.F32(4, 32, 64)),
    ];

    [Theory]
    [On(DeviceKind.Cuda)]
    public void Gradients_are_those_of_rounded_factors_up_to_what_rounding_takes_from_one(DeviceKind kind)
    {
        foreach (var (network, model, input) in Networks)
            foreach (var precision in Enum.GetValues<Precision>())
            {
                using var gpu = Gpu.Open(kind, precision: precision == Precision.Full ? MatmulPrecision.TF32 : MatmulPrecision.Highest).IfFail(e => throw e);
                var (step, arguments) = Step(model, input);
                var reduced = mixedPrecision(step, new(precision));
                var here = new Cpu(winograd: false).Compile(precision == Precision.Full ? OfRounded(step) : reduced);
                foreach (var (expected, actual) in here.Run(arguments).Zip(gpu.Compile(reduced).Run(arguments)))
                {
                    var apart = Distance(actual, expected);
                    Assert.True(apart <= 4 * Unit(precision), $"{network}, {precision}: a result of {expected.Type} is {apart} of its size off");
                }
                Assert.Contains(gpu.KernelCodes, c => c.Body.All().OfType<MatrixMultiplyAccumulate>().Any());
            }
    }

    /// <summary>How much of a number rounding takes at most: of numbers of 8 bits, and of 11 bits, which are those of f16 and TF32.</summary>
    private static double Unit(Precision precision) => precision == Precision.BF16 ? Math.ScaleB(1, -8) : Math.ScaleB(1, -11);

    /// <summary>‖x − y‖ / ‖y‖.</summary>
    private static double Distance(Tensor x, Tensor y)
    {
        var (apart, all) = (0.0, 0.0);
        foreach (var (a, b) in x.ToArray<float>().Zip(y.ToArray<float>())) (apart, all) = (apart + Math.Pow(a - (double)b, 2), all + Math.Pow(b, 2));
        return Math.Sqrt(apart / all);
    }

    /// <summary>The loss and its gradients, of weights, a batch and its labels.</summary>
    private static (Function Step, ImmutableArray<Tensor> Arguments) Step(Layer model, TensorType input)
    {
        var (weights, state) = model.Init(1, input);
        var (classes, labels) = (10, TensorType.I32(input.Shape[0]));
        var types = weights.Map(w => w.Type);
        var f = Function.Trace(
            p =>
            {
                var ((loss, _), gradient) = valueAndGrad<Params<Expr>, Params<Expr>>(w =>
                {
                    var (y, next) = model.Apply(w, state, p[^2], key(1));
                    return (crossEntropy(y, p[^1]), next);
                })(types.Like(p[..types.Count]));
                return [loss, .. gradient.Values];
            },
            [.. types.Select(t => (t.Key, t.Value)), ("x", input), ("labels", labels)]);
        var random = new Random(1);
        ImmutableArray<Tensor> held = new Cpu().Compile(Function.Trace(_ => [.. weights.Values])).Run();
        return (f, [.. held, Values.Drawn([input], Numbers.Smooth, 1)[0], Tensor.Of<int>([.. Enumerable.Range(0, input.Shape[0]).Select(_ => random.Next(classes))])]);
    }

    /// <summary>The function whose products read their factors as numbers of TF32.</summary>
    private static Function OfRounded(Function f)
    {
        var images = new Expr[f.Walk.Count];
        for (var place = 0; place < images.Length; place++)
        {
            var node = f.Walk.Rebuild(place, images);
            images[place] = node.Op is Bilinear { X.DType: DType.F32 } product ? Expr.Of(product with { X = Rounded(product.X), Y = Rounded(product.Y) }) : node;
        }
        return new(f.Parameters, f.Walk.AtRoots(images));
    }

    /// <summary>x to 11 bits: Veltkamp's splitting (Dekker 1971, "A floating-point technique for extending the available precision").</summary>
    private static Expr Rounded(Expr x)
    {
        var far = x * 8193f;
        return far - (far - x);
    }

    private static Layer Block(int channels, int stride) => Residual(
        Conv2d(channels, 3, stride, 1, bias: false) >> BatchNorm() >> Gelu >> Conv2d(channels, 3, 1, 1, bias: false) >> BatchNorm(),
        stride == 1 ? null : Conv2d(channels, 1, stride, bias: false) >> BatchNorm()) >> Gelu;

    private static Layer Attention(int heads) => new("attention", (scope, x) =>
    {
        var (n, tokens, width, d) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[2] / heads);
        Expr Heads(string name) => permute(reshape(matmul(x, Weight(scope, name, width, width)), n, tokens, heads, d), [0, 2, 1, 3]);
        var attended = matmul(softmax(matmul(Heads("query"), transpose(Heads("key"))) * (1 / Math.Sqrt(d))), Heads("value"));
        return matmul(reshape(permute(attended, [0, 2, 1, 3]), n, tokens, width), Weight(scope, "output", width, width));
    });

    private static Layer Mlp(int hidden) => new("mlp", (scope, x) =>
        matmul(gelu(matmul(x, Weight(scope, "up", x.Shape[2], hidden))), Weight(scope, "down", hidden, x.Shape[2])));

    private static Expr Weight(Scope scope, string name, int from, int to) => scope.Parameter(name, TensorType.F32(from, to), Initializers.Glorot);
}
