using Functional.Interpreter;
using LanguageExt;
using LanguageExt.Common;

namespace Functional.Nn;

/// <summary>All that a training run is at a step: a value. What comes next depends on it and the run's fixed choices alone.</summary>
/// <param name="Weights">The parameters by path.</param>
/// <param name="Layers">The layers' state by path, such as running means.</param>
/// <param name="Optimizer">The optimiser's state.</param>
/// <param name="Scale">The state of the loss scale; empty where there is none.</param>
/// <param name="Step">How many steps were taken.</param>
public sealed record TrainState(Params<Tensor> Weights, Params<Tensor> Layers, Params<Tensor> Optimizer, Params<Tensor> Scale, long Step)
{
    private const string StepPath = "step";

    /// <summary>Everything as one set of tensors, under <c>weights/</c>, <c>layers/</c>, <c>optimizer/</c>, <c>scale/</c> and <c>step</c>.</summary>
    public Params<Tensor> ToParams() => Params<Tensor>.Of(
    [
        .. Under("weights/", Weights), .. Under("layers/", Layers), .. Under("optimizer/", Optimizer), .. Under("scale/", Scale), KeyValuePair.Create(StepPath, Tensor.Scalar(Step)),
    ]);

    /// <summary>The state that <see cref="ToParams"/> gave, where it has the paths and types of this one.</summary>
    /// <returns>The state, or what differs: a checkpoint of another model or optimiser.</returns>
    public Fin<TrainState> Like(Params<Tensor> saved)
    {
        var expected = ToParams();
        foreach (var (path, tensor) in expected)
        {
            if (!saved.Contains(path)) return Error.New($"the checkpoint lacks {path}: it is of another model or optimiser");
            if (saved[path].Type != tensor.Type) return Error.New($"the checkpoint's {path} is {saved[path].Type}, expected {tensor.Type}: it is of another model or optimiser");
        }
        return saved.Paths.FirstOrDefault(path => !expected.Contains(path)) is { } extra
            ? Error.New($"the checkpoint has {extra}, for which there is no place: it is of another model or optimiser")
            : new TrainState(Within("weights/", saved), Within("layers/", saved), Within("optimizer/", saved), Within("scale/", saved), saved[StepPath].Span<long>()[0]);
    }

    /// <summary>Writes the state to a safetensors file: all of it or nothing.</summary>
    public Fin<string> Save(string path) => Safetensors.Save(path, ToParams());

    /// <summary>Reads a state like this one from a file that <see cref="Save"/> wrote.</summary>
    public Fin<TrainState> Load(string path) => Safetensors.Load(path).Bind(Like);

    private static IEnumerable<KeyValuePair<string, Tensor>> Under(string prefix, Params<Tensor> p) => p.Select(kv => KeyValuePair.Create(prefix + kv.Key, kv.Value));

    private static Params<Tensor> Within(string prefix, Params<Tensor> p) =>
        Params<Tensor>.Of(p.Where(kv => kv.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(kv => KeyValuePair.Create(kv.Key[prefix.Length..], kv.Value)));
}
