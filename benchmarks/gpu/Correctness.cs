using Benchmarks.Measuring;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;

namespace Benchmarks.Gpu;

/// <summary>Random programs on small integers, on which all interpreters agree exactly.</summary>
public static class Correctness
{
    /// <summary>What is wrong, a line for each program.</summary>
    public static List<string> Of(Functional.Interpreter.Gpu.Gpu gpu, int programs)
    {
        var (problems, reference) = (new List<string>(), new Reference());
        foreach (var program in RandomProgram.Of(Functional.Testing.Numbers.Integers, DType.F32).Generator.Sample(programs, new Rnd(20261124, 1), 60))
        {
            try
            {
                var (expected, actual) = (reference.Compile(program.Function).Run(program.Inputs), gpu.Compile(program.Function).Run(program.Inputs));
                for (var r = 0; r < expected.Length; r++)
                    for (var i = 0; i < expected[r].Shape.Size; i++)
                        if (!expected[r][i].Equals(actual[r][i]) && expected[r][i] != actual[r][i]) throw new InvalidOperationException($"result {r}, element {i} is {actual[r][i]}, not {expected[r][i]}");
            }
            catch (Exception e)
            {
                problems.Add($"{e.Message}: {program}");
            }
        }
        return problems;
    }

    /// <summary>As a table.</summary>
    public static Figures Figures(int programs, List<string> wrong) => new("correctness", ["", "programs", "wrong"], [["random programs, against the reference interpreter", (double)programs, (double)wrong.Count]]);
}
