using Functional;
using static Functional.Prelude;

namespace Benchmarks.Transforms;

/// <summary>
/// A program as wide, deep and mixed as a real one: up to 48 activations [8, 16], each step replacing one of them by a function of it, of it
/// and another one, or of it and one of many weights; the sum of all at the end. The same size and seed give the same program.
/// </summary>
public sealed class RandomNetwork
{
    private const int StepsPerWeight = 24;
    private const double NodesPerStep = 1.95;
    private static readonly TensorType Activation = TensorType.F32(8, 16);
    private static readonly TensorType Matrix = TensorType.F32(16, 16);

    private readonly int width;
    private readonly int steps;
    private readonly int seed;

    /// <summary>A program of about so many nodes.</summary>
    public RandomNetwork(int nodes, int seed = 1)
    {
        width = Math.Clamp(nodes / 50, 2, 48);
        (steps, this.seed) = ((int)((nodes - 3 * width) / NodesPerStep), seed);
        Weights = Params<Expr>.Of(Enumerable.Range(0, Math.Max(4, steps / StepsPerWeight)).Select(i => KeyValuePair.Create($"w{i:d6}", variable($"w{i}", Matrix))));
        Function = new([.. Weights.Values, Input], [Loss(Weights, Input)]);
    }

    /// <summary>The weights, variables.</summary>
    public Params<Expr> Weights { get; }

    /// <summary>The input.</summary>
    public Expr Input { get; } = variable("x", Activation);

    /// <summary>Four inputs along a first axis.</summary>
    public Expr Batch { get; } = variable("batch", Activation with { Shape = Activation.Shape.Insert(0, 4) });

    /// <summary>How many nodes the program has.</summary>
    public int Nodes => Function.Nodes.Length;

    /// <summary>The program as a function of weights and input.</summary>
    public Function Function { get; }

    /// <summary>The scalar that the program computes from weights and input.</summary>
    public Expr Loss(Params<Expr> weights, Expr input)
    {
        Expr[] w = [.. weights.Values];
        var random = new Random(seed);
        var live = new Expr[width];
        for (var i = 0; i < width; i++) live[i] = input * (1 + i);
        for (var step = 0; step < steps; step++)
        {
            var i = random.Next(width);
            live[i] = Next(random, live[i], live[random.Next(width)], w[step % w.Length]);
        }
        return live.Select(x => sum(x)).Aggregate((a, b) => a + b);
    }

    private static Expr Next(Random random, Expr x, Expr y, Expr w) => random.Next(16) switch
    {
        0 or 1 or 2 => matmul(x, w),
        3 => x + sum(w, 0),
        4 => tanh(x),
        5 => relu(x),
        6 => logistic(x) * y,
        7 or 8 => x + y,
        9 or 10 => x * y,
        11 => x - mean(x, 1, keepDims: true),
        12 => x * 0.5,
        13 => reshape(transpose(reshape(x, 16, 8)), 8, 16),
        14 => concat(1, slice(x, 1, 8..), slice(y, 1, ..8)),
        _ => maximum(x, y),
    };
}
