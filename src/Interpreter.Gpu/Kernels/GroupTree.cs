using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>How two partial reductions become one.</summary>
internal static class Combining
{
    /// <summary>What a reduction begins with.</summary>
    public static Number Neutral(Reduction kind, DType type) => Number.Of(type, kind switch { Reduction.Sum => 0, Reduction.Max => double.NegativeInfinity, _ => double.PositiveInfinity });

    public static Value Of(Reduction kind, Value x, Value y) => kind switch
    {
        Reduction.Sum => x + y,
        Reduction.Max => Operations.Max(x, y),
        _ => Operations.Min(x, y),
    };
}

/// <summary>Puts the partial results of a group's threads together along a tree of halves, the same for each run.</summary>
internal sealed class GroupTree(KernelBuilder k, DType type, int threads)
{
    private readonly SharedArray shared = k.Shared(type, threads);

    /// <summary>From each thread's part to what all threads know.</summary>
    public Value Of(Local part, Reduction kind)
    {
        if (threads == 1) return part;
        k.Put(shared, KernelBuilder.Thread, part);
        k.Meet();
        for (var half = threads / 2; half > 0; half /= 2)
        {
            var from = half;
            k.If(KernelBuilder.Thread < from, () => k.Put(shared, KernelBuilder.Thread, Combining.Of(kind, shared[KernelBuilder.Thread], shared[KernelBuilder.Thread + from])));
            k.Meet();
        }
        var whole = k.Let(shared[0]);
        k.Meet();
        return whole;
    }
}
