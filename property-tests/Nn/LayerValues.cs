using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Layers against their definitions written out.</summary>
public sealed class LayerValues
{
    private static readonly Reference Reference = new();

    private static Expr Numbers(int seed, params int[] dims)
    {
        var random = new Random(seed);
        return constant(Literal.Of<double>(Shape.Of(dims), [.. Enumerable.Range(0, dims.Aggregate(1, (a, b) => a * b)).Select(_ => (double)random.Next(-9, 10))]));
    }

    private static double[] Values(Layer layer, Expr x) => Reference.Eval(layer.Apply(layer.Init(1, x.Type).Weights, x)).ToArray<double>();

    public static TheoryData<int, int, int, int> Windows => new()
    {
        { 7, 3, 1, 1 }, { 8, 3, 2, 1 }, { 7, 2, 2, 1 }, { 9, 3, 1, 2 }, { 10, 3, 3, 2 }, { 5, 5, 1, 1 }, { 6, 1, 2, 1 }, { 4, 4, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void Padding_is_same_valid_or_as_wide_as_it_says(int extent, int kernel, int stride, int dilation)
    {
        var (x, w, reach) = (Numbers(1, 2, 4, extent, extent), Numbers(2, 6, 2, kernel, kernel), (kernel - 1) * dilation + 1);
        Shape Of(Padding padding) => conv2d(x, w, stride, padding, dilation, groups: 2).Shape;
        int Positions(int padded) => padded < reach ? 0 : (padded - reach) / stride + 1;
        var (same, valid, wide) = ((extent + stride - 1) / stride, Positions(extent), Positions(extent + 4));
        Assert.Equal(Shape.Of([2, 6, same, same]), Of(Padding.Same));
        Assert.Equal(Shape.Of([2, 6, valid, valid]), Of(Padding.Valid));
        Assert.Equal(Shape.Of([2, 6, wide, wide]), Of(2));
        var total = Math.Max(0, (same - 1) * stride + reach - extent);
        var padded = pad(x, [new(0, 0, 0), new(0, 0, 0), new(total / 2, total - total / 2, 0), new(total / 2, total - total / 2, 0)]);
        Assert.Equal(Reference.Eval(conv2d(padded, w, stride, Padding.Valid, dilation, 2)), Reference.Eval(conv2d(x, w, stride, Padding.Same, dilation, 2)));
    }

    [Fact]
    public void Conv2d_has_filters_of_its_groups_and_a_bias_for_each_channel()
    {
        var layer = Conv2d(6, kernel: 3, stride: 2, padding: Padding.Same, groups: 2);
        var x = Numbers(3, 1, 4, 5, 5);
        var weights = layer.Init(1, x.Type).Weights;
        Assert.Equal(["f64[6]", "f64[6,2,3,3]"], weights.Values.Select(w => w.Type.ToString()));
        weights = weights.With("conv2d_0/bias", Numbers(4, 6));
        var expected = conv2d(x, weights["conv2d_0/weight"], 2, Padding.Same, 1, 2) + reshape(weights["conv2d_0/bias"], 6, 1, 1);
        Assert.Equal(Reference.Eval(expected), Reference.Eval(layer.Apply(weights, x)));
        Assert.Contains("whose channels divide into 3 groups", Assert.Throws<ShapeError>(() => Conv2d(6, 3, groups: 3).Init(1, x.Type)).Message);
    }

    [Fact]
    public void Pools_are_the_greatest_and_the_mean_of_each_window()
    {
        var x = Numbers(5, 2, 3, 4, 6);
        var pixels = Reference.Eval(x);
        double[] Window(int n, int c, int i, int j) => [.. from di in Enumerable.Range(0, 2) from dj in Enumerable.Range(0, 2) select pixels[((n * 3 + c) * 4 + 2 * i + di) * 6 + 2 * j + dj]];
        var windows = (from n in Enumerable.Range(0, 2) from c in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) select Window(n, c, i, j)).ToArray();
        Assert.Equal(windows.Select(w => w.Max()), Values(MaxPool(2), x));
        Assert.Equal(windows.Select(w => w.Sum() / 4), Values(AvgPool(2), x));
        Assert.Equal(pixels.ToArray<double>().Chunk(24).Select(channel => channel.Sum() / 24), Values(GlobalAvgPool, x));
    }

    [Fact]
    public void LayerNorm_standardises_each_row_and_then_scales_and_shifts()
    {
        var (layer, x) = (LayerNorm(epsilon: 0.5), Numbers(6, 3, 5));
        var weights = layer.Init(1, x.Type).Weights.With("layerNorm_0/scale", Numbers(7, 5)).With("layerNorm_0/shift", Numbers(8, 5));
        var (scale, shift) = (Reference.Eval(weights["layerNorm_0/scale"]), Reference.Eval(weights["layerNorm_0/shift"]));
        var expected = Reference.Eval(x).ToArray<double>().Chunk(5).SelectMany(row =>
        {
            var (mean, variance) = (row.Average(), row.Average(v => (v - row.Average()) * (v - row.Average())));
            return row.Select((v, i) => (v - mean) / Math.Sqrt(variance + 0.5) * scale[i] + shift[i]);
        }).ToArray();
        var actual = Reference.Eval(layer.Apply(weights, x)).ToArray<double>();
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-13);
    }

    [Fact]
    public void Embedding_gives_each_integer_its_row()
    {
        var layer = Embedding(7, 3, DType.F64);
        var x = constant<int>([2, 2], 6, 0, 3, 6);
        var weights = layer.Init(1, x.Type).Weights;
        var table = Reference.Eval(weights["embedding_0/table"]).ToArray<double>().Chunk(3).ToArray();
        Assert.Equal(new[] { 6, 0, 3, 6 }.SelectMany(i => table[i]), Reference.Eval(layer.Apply(weights, x)).ToArray<double>());
    }

    public static TheoryData<string> Activations => [.. ActivationOf.Keys];

    private static readonly Dictionary<string, (Layer Layer, Func<double, double> Formula)> ActivationOf = new()
    {
        ["relu"] = (Relu, x => Math.Max(x, 0)),
        ["leaky relu"] = (LeakyRelu(0.25), x => x > 0 ? x : 0.25 * x),
        ["silu"] = (Silu, x => x / (1 + Math.Exp(-x))),
        ["tanh"] = (Layers.Tanh, Math.Tanh),
        ["sigmoid"] = (Sigmoid, x => 1 / (1 + Math.Exp(-x))),
        ["elu"] = (Lambda("elu", x => elu(x, 2)), x => x > 0 ? x : 2 * (Math.Exp(x) - 1)),
    };

    [Theory]
    [MemberData(nameof(Activations))]
    public void An_activation_is_its_formula(string name)
    {
        var (layer, formula) = ActivationOf[name];
        double[] at = [-9, -1.5, -0.1, 0, 0.1, 2, 11];
        var actual = Values(layer, vector<double>(at));
        for (var i = 0; i < at.Length; i++) Assert.Equal(formula(at[i]), actual[i], 1e-14);
    }

    [Fact]
    public void Softmax_rows_are_shares()
    {
        var shares = Values(Softmax, Numbers(9, 4, 6)).Chunk(6).ToArray();
        Assert.All(shares, row => Assert.Equal(1, row.Sum(), 1e-14));
        Assert.All(shares, row => Assert.All(row, p => Assert.InRange(p, 0, 1)));
    }

    /// <summary>Within four standard errors of the rate; what is kept is scaled so that the mean stays.</summary>
    [Fact]
    public void Dropout_drops_its_rate_in_training_only()
    {
        var (layer, x) = (Dropout(0.25), full(TensorType.F64(10_000), 3));
        var dropped = Reference.Eval(layer.Apply(Params<Expr>.Empty, x, key(1))).ToArray<double>();
        Assert.Equal([0, 4], dropped.Distinct().Order());
        Assert.InRange(dropped.Count(v => v == 0), 2500 - 4 * Math.Sqrt(1875), 2500 + 4 * Math.Sqrt(1875));
        Assert.Equal(dropped, Reference.Eval(layer.Apply(Params<Expr>.Empty, x, key(1))).ToArray<double>());
        Assert.NotEqual(dropped, Reference.Eval(layer.Apply(Params<Expr>.Empty, x, key(2))).ToArray<double>());
        Assert.Same(x, layer.Apply(Params<Expr>.Empty, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout(1));
    }
}
