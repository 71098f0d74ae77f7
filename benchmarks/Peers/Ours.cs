using System.Collections.Immutable;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;

namespace Benchmarks.Peers;

/// <summary>Our side of a comparison.</summary>
public static class Ours
{
    /// <summary>A program of ours that runs on the same inputs again and again, its results deleted as libtorch's are.</summary>
    public static Side Side(Cpu cpu, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, params ImmutableArray<Tensor> inputs)
    {
        var run = cpu.Compile(Function.Trace(program, [.. inputs.Select((x, i) => ($"x{i}", x.Type))]));
        return new(() => Delete(run.Run(inputs)), () => [.. run.Run(inputs).Select(Numbers.Values)]);
    }

    private static void Delete(ImmutableArray<Tensor> results)
    {
        foreach (var result in results) result.Delete();
    }
}
