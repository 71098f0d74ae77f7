using System.Collections.Immutable;
using System.Diagnostics;
using Functional.Interpreter;
using Functional.Nn.Data;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>How far a run is.</summary>
/// <param name="Epoch">The epoch, 0 first.</param>
/// <param name="Seen">Examples of this epoch so far.</param>
/// <param name="Total">Examples in an epoch.</param>
/// <param name="Loss">The mean loss of this epoch since it was begun or resumed.</param>
/// <param name="Accuracy">The share of right answers since then.</param>
/// <param name="ExamplesPerSecond">The rate since then.</param>
public readonly record struct TrainingProgress(int Epoch, int Seen, int Total, double Loss, double Accuracy, double ExamplesPerSecond);

/// <summary>A classifier's training: one graph from state and batch to new state, loss and right answers, compiled once for each type of batch.</summary>
/// <param name="interpreter">What computes.</param>
/// <param name="model">From images to a number for each class.</param>
/// <param name="optimizer">What moves the weights, which are f32.</param>
/// <param name="seed">Of the initial weights, the order of examples, and what layers draw.</param>
/// <param name="weightDecay">λ of the objective.</param>
/// <param name="smoothing">That of the labels.</param>
/// <param name="precision">How precisely the model's products read their factors, forward and backward; as they are, where not given.</param>
/// <param name="lossScale">By what the loss is scaled; nothing, where not given.</param>
public sealed class Training(
    IInterpreter interpreter, Layer model, Optimizer optimizer, long seed, double weightDecay = 0, double smoothing = 0,
    Precision precision = Precision.Full, LossScale? lossScale = null)
{
    /// <summary>How often losses that a device holds are read, for which it must be waited.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<TensorType, IExecutable> steps = [];
    private readonly Dictionary<TensorType, IExecutable> predictors = [];

    /// <summary>The state before the first step, for images of a shape [C, H, W].</summary>
    public TrainState Start(Shape image)
    {
        var (weights, layers) = model.Init(seed, new(DType.F32, Shape.Of([1]).Concat(image)));
        return new(Value(weights), Value(layers), Value(optimizer.Init(weights.Map(w => w.Type))), Value(lossScale?.Init() ?? Params<Expr>.Empty), 0);
    }

    private Params<Tensor> Value(Params<Expr> p) => p.Count == 0 ? Params<Tensor>.Empty : p.Like(interpreter.Compile(new([], [.. p.Values])).Run());

    /// <summary>
    /// One step on a batch. The objective is Σ l(y, ŷ) / N + λ‖w‖², with l the cross entropy. The given state's tensors are donated: use the new ones.
    /// </summary>
    public (TrainState State, double Loss, int Right) Step(TrainState state, Batch batch)
    {
        var (next, loss, right) = Advance(state, Inputs(state.Step, batch));
        return (next, loss.Value, (int)right.Value);
    }

    /// <summary>What a step reads beside the state.</summary>
    private static ImmutableArray<Tensor> Inputs(long step, Batch batch) => [Tensor.Scalar((float)step), Tensor.Scalar(step), batch.Images, batch.Labels];

    /// <summary>The step, without waiting for what a device still computes.</summary>
    private (TrainState State, Tensor Loss, Tensor Right) Advance(TrainState state, ImmutableArray<Tensor> inputs)
    {
        ImmutableArray<Tensor> held = [.. state.Weights.Values, .. state.Layers.Values, .. state.Optimizer.Values, .. state.Scale.Values];
        var results = Compiled(state, inputs).Run([.. held, .. inputs]);
        var (weights, layers, slots, scale) = Split(state, results[..held.Length]);
        return (new(weights, layers, slots, scale, state.Step + 1), results[held.Length], results[held.Length + 1]);
    }

    private static (Params<T> Weights, Params<T> Layers, Params<T> Optimizer, Params<T> Scale) Split<T>(TrainState like, ImmutableArray<T> values)
    {
        var (w, s) = (like.Weights.Count, values.Length - like.Scale.Count);
        var l = w + like.Layers.Count;
        return (like.Weights.Like(values[..w]), like.Layers.Like(values[w..l]), like.Optimizer.Like(values[l..s]), like.Scale.Like(values[s..]));
    }

    private IExecutable Compiled(TrainState state, ImmutableArray<Tensor> inputs)
    {
        if (steps.TryGetValue(inputs[^2].Type, out var known)) return known;
        ImmutableArray<(string, TensorType)> held = [.. state.Weights.Concat(state.Layers).Concat(state.Optimizer).Concat(state.Scale).Select(kv => (kv.Key, kv.Value.Type))];
        var program = Function.Trace(
            p =>
            {
                var (weights, layers, slots, scale) = Split(state, p[..held.Length]);
                var (t, n, x, y) = (p[^4], p[^3], p[^2], p[^1]);
                var (next, loss, logits) = Next((weights, layers, slots, scale), x, y, foldIn(key(seed), n), t);
                return [.. next.Weights.Values, .. next.Layers.Values, .. next.Slots.Values, .. next.Scale.Values, loss, sum(convert(equal(argmax(logits), y), DType.I32))];
            },
            [.. held, .. new[] { "t", "n", "x", "y" }.Zip(inputs, (name, value) => (name, value.Type))]);
        return steps[inputs[^2].Type] = interpreter.Compile(program, ImmutableArray.CreateRange(Enumerable.Range(0, held.Length)));
    }

    /// <summary>The step: the objective's gradient, what the optimiser makes of it, and, where the loss is scaled, whether that is taken.</summary>
    private ((Params<Expr> Weights, Params<Expr> Layers, Params<Expr> Slots, Params<Expr> Scale) State, Expr Loss, Expr Logits) Next(
        (Params<Expr> Weights, Params<Expr> Layers, Params<Expr> Slots, Params<Expr> Scale) state, Expr x, Expr y, Expr key, Expr t)
    {
        var (weights, layers, slots, scale) = state;
        var ((_, (loss, (logits, next))), gradient) = valueAndGrad<Params<Expr>, (Expr, (Expr, Params<Expr>))>(q =>
        {
            var (loss, aux) = Objective(q, layers, x, y, key);
            return (lossScale is null ? loss : LossScale.Scale(loss, scale), (loss, aux));
        })(weights);
        if (lossScale is not null) gradient = LossScale.Unscale(gradient, scale);
        var (deltas, kept) = optimizer.Update(gradient, slots, weights, lossScale is null ? t : t - convert(LossScale.Skipped(scale), t.DType));
        var moved = weights.Zip(deltas, (a, d) => a + d);
        if (lossScale is null) return ((moved, next, kept, scale), loss, logits);
        var areFinite = LossScale.AreFinite(gradient);
        return ((LossScale.Chosen(areFinite, moved, weights), LossScale.Chosen(areFinite, next, layers), LossScale.Chosen(areFinite, kept, slots),
            lossScale.Adjust(scale, areFinite)), loss, logits);
    }

    /// <summary>What the model gives, its products as precise as is asked for.</summary>
    private (Expr Output, Params<Expr> Layers) Applied(Params<Expr> weights, Params<Expr> layers, Expr x, Expr? key = null) =>
        mixedPrecision<Params<Expr>, (Expr, Params<Expr>)>(w => model.Apply(w, layers, x, key), new(precision))(weights);

    private (Expr Loss, (Expr Logits, Params<Expr> Layers) Aux) Objective(Params<Expr> weights, Params<Expr> layers, Expr x, Expr y, Expr key)
    {
        var (logits, next) = Applied(weights, layers, x, key);
        var loss = crossEntropy(logits, y, smoothing);
        return (weightDecay == 0 ? loss : loss + squaredNorm(weights) * weightDecay, (logits, next));
    }

    /// <summary>Inputs made, and brought to where they are read, while those before them are worked on; they are gone with the next.</summary>
    private IEnumerable<ImmutableArray<Tensor>> Ahead(IEnumerable<ImmutableArray<Tensor>> inputs)
    {
        foreach (var there in inputs.Select(x => ImmutableArray.CreateRange(x, interpreter.Put)).Prefetched())
        {
            yield return there;
            foreach (var input in there) input.Delete();
        }
    }

    /// <summary>How many steps an epoch has; the last may have a smaller batch.</summary>
    public static int StepsPerEpoch(Dataset data, int batchSize) => (data.Count + batchSize - 1) / batchSize;

    /// <summary>
    /// The fold of the step over the batches from the state's step to the end of its epoch. The order of an epoch's examples depends on the
    /// seed and the epoch alone, so a state that was saved anywhere goes on exactly as if it had not been.
    /// </summary>
    public TrainState Epoch(TrainState state, Dataset data, int batchSize, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        var (epoch, done) = Math.DivRem(state.Step, StepsPerEpoch(data, batchSize));
        var (seen, since, loss, right, clock, read) = ((int)done * batchSize, 0, 0.0, 0, Stopwatch.StartNew(), TimeSpan.Zero);
        var unread = new Queue<(int Count, Tensor Loss, Tensor Right)>();
        var first = state.Step;
        foreach (var inputs in Ahead(data.Batches(batchSize, seed * 1_000_003 + epoch, skip: (int)done).Select((batch, i) => Inputs(first + i, batch))))
        {
            if (stop.IsCancellationRequested) break;
            (state, var l, var r) = Advance(state, inputs);
            unread.Enqueue((inputs[^1].Shape[0], l, r));
            if (l.Storage is HostStorage || clock.Elapsed - read > Patience) Read();
        }
        Read();
        return state;

        void Read()
        {
            while (unread.TryDequeue(out var step))
            {
                (seen, since, loss, right) = (seen + step.Count, since + step.Count, loss + step.Loss.Value * step.Count, right + (int)step.Right.Value);
                progress?.Report(new((int)epoch, seen, data.Count, loss / since, right / (double)since, since / clock.Elapsed.TotalSeconds));
            }
            read = clock.Elapsed;
        }
    }

    /// <summary>The fold of the step until so many epochs are done.</summary>
    public TrainState Fit(TrainState state, Dataset data, int batchSize, int epochs, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        while (state.Step < (long)epochs * StepsPerEpoch(data, batchSize) && !stop.IsCancellationRequested) state = Epoch(state, data, batchSize, progress, stop);
        return state;
    }

    /// <summary>The class that the model gives each example, in the dataset's order.</summary>
    public int[] Predict(TrainState state, Dataset data, int batchSize)
    {
        var answers = new List<int>();
        foreach (var images in Ahead(data.Batches(batchSize).Select(batch => ImmutableArray.Create(batch.Images))))
        {
            if (!predictors.TryGetValue(images[0].Type, out var predict))
                predict = predictors[images[0].Type] = interpreter.Compile(Function.Trace(
                    p => [argmax(Applied(state.Weights.Like(p[..state.Weights.Count]), state.Layers.Like(p[state.Weights.Count..^1]), p[^1]).Output)],
                    [.. state.Weights.Concat(state.Layers).Select(kv => (kv.Key, kv.Value.Type)), ("x", images[0].Type)]));
            answers.AddRange(predict.Run([.. state.Weights.Values, .. state.Layers.Values, .. images])[0].Span<int>());
        }
        return [.. answers];
    }
}
