using System.Collections.Immutable;
using System.Diagnostics;
using Functional.Interpreter;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>All that a training run is at a step: a value.</summary>
public sealed record TrainState(Params<Tensor> Weights, Params<Tensor> Optimizer, long Step);

/// <summary>How far a run is.</summary>
/// <param name="Epoch">The epoch, 0 first.</param>
/// <param name="Seen">Examples of this epoch so far.</param>
/// <param name="Total">Examples in an epoch.</param>
/// <param name="Loss">The mean loss of this epoch so far.</param>
/// <param name="Accuracy">The share of right answers of this epoch so far.</param>
/// <param name="ExamplesPerSecond">The rate since this epoch began.</param>
public readonly record struct TrainingProgress(int Epoch, int Seen, int Total, double Loss, double Accuracy, double ExamplesPerSecond);

/// <summary>A classifier's training: one graph from state and batch to new state, loss and right answers, compiled once for each batch size.</summary>
public sealed class Training(IInterpreter interpreter, Layer model, Optimizer optimizer, long seed, double weightDecay = 0)
{
    /// <summary>The state before the first step, for images of a shape [C, H, W].</summary>
    public TrainState Start(Shape image)
    {
        var weights = model.Init(seed, new(DType.F32, Shape.Of([1]).Concat(image)));
        var slots = optimizer.Init(weights.Map(w => w.Type));
        return new(Value(weights), Value(slots), 0);
    }

    private Params<Tensor> Value(Params<Expr> p) => p.Count == 0 ? Params<Tensor>.Empty : p.Like(interpreter.Compile(new([], [.. p.Values])).Run());

    /// <summary>
    /// One step on a batch. The objective is Σ l(y, ŷ) / N + λ‖w‖², with l the cross entropy. The given state's tensors are donated.
    /// </summary>
    public (TrainState State, double Loss, int Right) Step(TrainState state, Batch batch)
    {
        var (w, s) = (state.Weights.Count, state.Optimizer.Count);
        var results = Compiled(state, batch).Run([.. state.Weights.Values, .. state.Optimizer.Values, Tensor.Scalar((float)state.Step), Tensor.Scalar(state.Step), batch.Images, batch.Labels]);
        return (new(state.Weights.Like(results[..w]), state.Optimizer.Like(results[w..(w + s)]), state.Step + 1), results[w + s].Value, (int)results[w + s + 1].Value);
    }

    private readonly Dictionary<int, IExecutable> steps = [];

    private IExecutable Compiled(TrainState state, Batch batch)
    {
        if (steps.TryGetValue(batch.Count, out var known)) return known;
        var (w, s) = (state.Weights.Count, state.Optimizer.Count);
        var program = Function.Trace(
            p =>
            {
                var (weights, slots) = (state.Weights.Like(p[..w]), state.Optimizer.Like(p[w..(w + s)]));
                var (t, n, x, y) = (p[w + s], p[w + s + 1], p[w + s + 2], p[w + s + 3]);
                var ((loss, logits), gradient) = valueAndGrad<Params<Expr>, Expr>(q =>
                {
                    var z = model.Apply(q, x, foldIn(key(seed), n));
                    var l = crossEntropy(z, y);
                    return (weightDecay == 0 ? l : l + squaredNorm(q) * weightDecay, z);
                })(weights);
                var (deltas, next) = optimizer.Update(gradient, slots, weights, t);
                return [.. weights.Zip(deltas, (a, d) => a + d).Values, .. next.Values, loss, sum(convert(equal(argmax(logits), y), DType.I32))];
            },
            [
                .. state.Weights.Concat(state.Optimizer).Select(kv => (kv.Key, kv.Value.Type)),
                ("t", TensorType.F32()), ("n", TensorType.I64()), ("x", batch.Images.Type), ("y", batch.Labels.Type),
            ]);
        return steps[batch.Count] = interpreter.Compile(program, ImmutableArray.CreateRange(Enumerable.Range(0, w + s)));
    }

    /// <summary>The fold of the step over the batches of one epoch, shuffled by seed and epoch.</summary>
    public TrainState Epoch(TrainState state, Dataset data, int batchSize, int epoch, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        var (seen, loss, right, clock) = (0, 0.0, 0, Stopwatch.StartNew());
        foreach (var batch in data.Batches(batchSize, seed * 1_000_003 + epoch))
        {
            if (stop.IsCancellationRequested) break;
            (state, var l, var r) = Step(state, batch);
            (seen, loss, right) = (seen + batch.Count, loss + l * batch.Count, right + r);
            progress?.Report(new(epoch, seen, data.Count, loss / seen, right / (double)seen, seen / clock.Elapsed.TotalSeconds));
        }
        return state;
    }

    private readonly Dictionary<int, IExecutable> predictors = [];

    /// <summary>How often a class (row) was taken for another (column).</summary>
    public int[,] Confusion(TrainState state, Dataset data, int batchSize)
    {
        var counts = new int[data.Classes, data.Classes];
        foreach (var batch in data.Batches(batchSize))
        {
            if (!predictors.TryGetValue(batch.Count, out var predict))
                predict = predictors[batch.Count] = interpreter.Compile(Function.Trace(
                    p => [argmax(model.Apply(state.Weights.Like(p[..^1]), p[^1]))],
                    [.. state.Weights.Select(kv => (kv.Key, kv.Value.Type)), ("x", batch.Images.Type)]));
            var answers = predict.Run([.. state.Weights.Values, batch.Images])[0];
            for (var i = 0; i < batch.Count; i++) counts[batch.Labels.Span<int>()[i], answers.Span<int>()[i]]++;
        }
        return counts;
    }
}
