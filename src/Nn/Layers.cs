using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>The layers: <c>using static Functional.Nn.Layers;</c>. Images are [N, C, H, W], features [N, F].</summary>
public static class Layers
{
    /// <summary>x W + b, [N, F] to [N, features]: parameters weight [F, features] and bias [features].</summary>
    public static Layer Dense(int features, Initializer? init = null, bool bias = true) => new("dense", (scope, x) =>
    {
        if (x.Rank != 2) throw new ShapeError("dense", [new("x", x.Type)], ["needs [N, F]: put Flatten before it"]);
        var y = matmul(x, scope.Parameter("weight", new(x.DType, [x.Shape[1], features]), init ?? Initializers.He));
        return bias ? y + scope.Parameter("bias", new(x.DType, [features]), Initializers.Zeros) : y;
    });

    /// <summary>A convolution of images: parameters weight [channels, C / groups, kernel, kernel] and bias [channels].</summary>
    public static Layer Conv2d(int channels, int kernel, int stride = 1, Padding padding = default, int dilation = 1, int groups = 1, Initializer? init = null, bool bias = true) =>
        new("conv2d", (scope, x) =>
        {
            if (x.Rank != 4 || x.Shape[1] % groups != 0) throw new ShapeError("conv2d", [new("x", x.Type)], [$"needs images [N, C, H, W] whose channels divide into {groups} groups"]);
            var y = conv2d(x, scope.Parameter("weight", new(x.DType, [channels, x.Shape[1] / groups, kernel, kernel]), init ?? Initializers.He), stride, padding, dilation, groups);
            return bias ? y + reshape(scope.Parameter("bias", new(x.DType, [channels]), Initializers.Zeros), channels, 1, 1) : y;
        });

    /// <summary>The greatest of each window of images.</summary>
    public static Layer MaxPool(int size, int? stride = null, Padding padding = default) => Lambda("maxPool", x => maxPool2d(x, size, stride, padding));

    /// <summary>The mean of each window of images.</summary>
    public static Layer AvgPool(int size, int? stride = null, Padding padding = default) => Lambda("avgPool", x => avgPool2d(x, size, stride, padding));

    /// <summary>The mean of each channel of images, [N, C].</summary>
    public static Layer GlobalAvgPool { get; } = Lambda("globalAvgPool", globalAvgPool2d);

    /// <summary>All axes but the first as one.</summary>
    public static Layer Flatten { get; } = Lambda("flatten", x => reshape(x, Shape.Of([x.Shape[0], checked((int)x.Shape[1..].Size)])));

    /// <summary>max(x, 0).</summary>
    public static Layer Relu { get; } = Lambda("relu", relu);

    /// <summary>x where positive, slope · x elsewhere.</summary>
    public static Layer LeakyRelu(double slope = 0.01) => Lambda("leakyRelu", x => leakyRelu(x, slope));

    /// <summary>x · Φ(x).</summary>
    public static Layer Gelu { get; } = Lambda("gelu", gelu);

    /// <summary>x · logistic(x).</summary>
    public static Layer Silu { get; } = Lambda("silu", silu);

    /// <summary>tanh x.</summary>
    public static Layer Tanh { get; } = Lambda("tanh", tanh);

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Layer Sigmoid { get; } = Lambda("sigmoid", sigmoid);

    /// <summary>e^x / Σ e^x along the last axis.</summary>
    public static Layer Softmax { get; } = Lambda("softmax", x => softmax(x));

    /// <summary>In training, zero with probability rate and x / (1 − rate) otherwise (Srivastava et al., 2014); x elsewhere.</summary>
    public static Layer Dropout(double rate) => rate is >= 0 and < 1
        ? new("dropout", (scope, x) => scope.Key is { } k ? where(bernoulli(k, 1 - rate, x.Shape), x / (1 - rate), 0) : x)
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "a dropout rate is at least 0 and less than 1");

    /// <summary>(x − mean) / √(variance + ε) over the last axis, times scale [F], plus shift [F] (Ba et al., 2016).</summary>
    public static Layer LayerNorm(double epsilon = 1e-5) => new("layerNorm", (scope, x) =>
    {
        var centred = x - mean(x, -1, keepDims: true);
        var type = new TensorType(x.DType, [x.Shape[^1]]);
        return centred * rsqrt(mean(centred * centred, -1, keepDims: true) + epsilon) * scope.Parameter("scale", type, Initializers.Ones)
            + scope.Parameter("shift", type, Initializers.Zeros);
    });

    /// <summary>
    /// (x − mean) / √(variance + ε) for each channel (axis 1), times scale [C], plus shift [C] (Ioffe and Szegedy, 2015). In training mean and
    /// variance are the batch's, and the states mean [C] and variance [C] move towards them: s ← momentum · s + (1 − momentum) · batch; elsewhere
    /// they are the states.
    /// </summary>
    public static Layer BatchNorm(double momentum = 0.9, double epsilon = 1e-5) => new("batchNorm", (scope, x) =>
    {
        if (x.Rank < 2) throw new ShapeError("batchNorm", [new("x", x.Type)], ["needs [N, C, …]"]);
        var (type, others) = (new TensorType(x.DType, [x.Shape[1]]), Axes.Of([1]).Rest(x.Rank));
        Expr Along(Expr channels) => broadcast(channels, x.Shape, 1);
        var (centre, spread) = (scope.State("mean", type, Initializers.Zeros), scope.State("variance", type, Initializers.Ones));
        if (scope.Key is not null)
        {
            var batchMean = mean(x, others);
            var centred = x - Along(batchMean);
            var batchVariance = mean(centred * centred, others);
            scope.Update("mean", centre * momentum + batchMean * (1 - momentum));
            scope.Update("variance", spread * momentum + batchVariance * (1 - momentum));
            (centre, spread) = (batchMean, batchVariance);
        }
        return (x - Along(centre)) * Along(rsqrt(spread + epsilon) * scope.Parameter("scale", type, Initializers.Ones))
            + Along(scope.Parameter("shift", type, Initializers.Zeros));
    });

    /// <summary>The row of a table [count, features] for each integer; rows begin normal with variance 1 / features.</summary>
    public static Layer Embedding(int count, int features, DType type = DType.F32) => new("embedding", (scope, x) =>
        take(scope.Parameter("table", new(type, [count, features]), (key, t) => normal(key, t.Shape, t.DType) / Math.Sqrt(features)), x));

    /// <summary>
    /// shortcut(x) + branch(x) (He et al., 2016), the identity where no shortcut is given. Their parameters stand under <c>branch/</c> and <c>shortcut/</c>.
    /// </summary>
    public static Layer Residual(Layer branch, Layer? shortcut = null) => new("residual", (scope, x) =>
    {
        var (past, through) = (scope.Apply("shortcut", shortcut ?? Layer.Identity, x), scope.Apply("branch", branch, x));
        return past.Type == through.Type ? past + through
            : throw new ShapeError("residual", [new("shortcut(x)", past.Type), new("branch(x)", through.Type)], ["the two are added, so give the shortcut what the branch does to the shape: Conv2d(channels, kernel: 1, stride)"]);
    });

    /// <summary>
    /// A layer that keeps of its intermediate values only what a policy says (nothing, where not given) and computes the others again for its
    /// gradient. See <see cref="Checkpoint"/>.
    /// </summary>
    public static Layer Checkpointed(Layer layer, CheckpointPolicy? policy = null) => new("checkpointed", (scope, x) =>
    {
        (Expr, Params<Expr>) Apply(Expr x, Expr? key)
        {
            var updates = Params<Expr>.Empty;
            var y = layer.Within(scope, key, x, (name, value) => updates = updates.With(name, value));
            return (y, updates);
        }

        var (y, updates) = scope.Key is { } key
            ? checkpoint<(Expr X, Expr Key), (Expr, Params<Expr>)>(p => Apply(p.X, p.Key), policy)((x, key))
            : checkpoint<Expr, (Expr, Params<Expr>)>(p => Apply(p, null), policy)(x);
        foreach (var (name, value) in updates) scope.Update(name, value);
        return y;
    });

    /// <summary>A layer without parameters.</summary>
    public static Layer Lambda(string kind, Func<Expr, Expr> f) => new(kind, (_, x) => f(x));
}
