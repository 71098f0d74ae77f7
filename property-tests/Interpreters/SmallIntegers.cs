using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>Programs on integers so small that every order of summation adds them exactly.</summary>
internal static class SmallIntegers
{
    private static readonly Cpu[] Cpus = [new(1), new(2), .. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(3, w))];

    private static Tensor Drawn(TensorType type, int most, int seed)
    {
        var random = new Random(seed);
        return Tensor.Of<float>(type.Shape, [.. Enumerable.Range(0, (int)type.Shape.Size).Select(_ => (float)random.Next(-most, most + 1))]);
    }

    /// <summary>The program gives the reference's values on every target, in the memory that was planned.</summary>
    /// <returns>Its plan.</returns>
    public static Plan Agree(int most, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types)
    {
        var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
        ImmutableArray<Tensor> Inputs() => [.. types.Select((t, i) => Drawn(t, most, i))];
        var expected = new Reference().Compile(f).Run(Inputs());
        foreach (var cpu in Cpus) Assert.Equal(expected.AsEnumerable(), cpu.Compile(f, donated).Run(Inputs()));
        foreach (var threads in (int[])[1, 2]) Assert.Equal(expected.AsEnumerable(), PlanLaws.MeasuresAsPlanned(f, Inputs(), donated, threads));
        return ((IPlanned)Cpus[0].Compile(f, donated)).Plan;
    }
}
