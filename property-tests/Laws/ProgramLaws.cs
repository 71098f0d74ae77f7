using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static PropertyTests.Laws.ForPrograms;
using Cpu = Functional.Interpreter.Cpu.Cpu;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>What holds of every program, tried on random ones.</summary>
public sealed class ProgramLaws
{
    private static readonly Reference Reference = new();

    [Fact]
    public void Five_hundred_programs_hold_every_op_and_every_function()
    {
        var shown = new[] { Numbers.Integers, Numbers.Smooth }
            .SelectMany(n => Program.Of(n, DType.F64).Generator.Sample(500, 60))
            .SelectMany(p => p.Function.Nodes).Select(x => x.Op.GetType()).ToHashSet();
        Assert.Empty(typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract && !t.IsGenericType).Except(shown).Select(t => t.Name));
        Assert.Empty(typeof(Functions).GetNestedTypes().Except(shown.Where(t => t.IsGenericType).Select(t => t.GetGenericArguments()[0])).Select(t => t.Name));
    }

    [Fact]
    public void A_program_shrinks_to_the_one_step_that_is_at_fault()
    {
        static bool Fails(Recipe r) => new Program(r).Function.Nodes.Any(x => x.Op is CumulativeSum);
        var recipe = Program.Of(Numbers.Integers, DType.F32).Generator.Sample(200, 60).Select(p => p.Recipe).First(Fails);
        while (recipe.Shrink().FirstOrDefault(Fails) is { } smaller) recipe = smaller;
        Assert.Equal("cumulative sum", OpCodes.All[Assert.Single(recipe.Steps.Items).Code].Name);
        Assert.All(recipe.Steps[0].Draws.Items, draw => Assert.Equal(0, draw));
        Assert.Contains("cumulativeSum(", new Program(recipe).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void The_cpu_computes_what_the_reference_defines(Numbers numbers, DType type) => ForAll(numbers, type, 400, p =>
    {
        var (expected, actual) = (Reference.Compile(p.Function).Run(p.Inputs), new Cpu(2).Compile(p.Function).Run(p.Inputs));
        return expected.Zip(actual).All(pair => pair is var (e, a) && e.Type == a.Type && Enumerable.Range(0, (int)e.Shape.Size).All(i =>
            Near(e[i], a[i], numbers == Numbers.Integers || !e.DType.IsFloat ? 0 : 1e-11)));
    });

    /// <summary>Every law, of every kind of number at which it means something.</summary>
    public static TheoryData<string, Numbers, DType> Laws
    {
        get
        {
            var data = new TheoryData<string, Numbers, DType>();
            foreach (var law in Law.All)
                foreach (var (numbers, type) in new[] { (Numbers.Integers, DType.F32), (Numbers.Integers, DType.F64), (Numbers.Smooth, DType.F64) })
                    if (law != Law.Forward || numbers == Numbers.Smooth) data.Add(law.Name, numbers, type);
            return data;
        }
    }

    /// <summary>Differences see through a stopped gradient, so the law of tangents has nothing to say of one.</summary>
    [Theory]
    [MemberData(nameof(Laws))]
    public void A_law_holds_of_programs_and_speaks_of_most(string name, Numbers numbers, DType type)
    {
        var law = Law.All.Single(l => l.Name == name);
        var telling = 0;
        ForAll(numbers, type, Count, p =>
        {
            if (law == Law.Forward && p.Function.Nodes.Any(x => x.Op is NumberUnary<Functions.StopGradient>)) return true;
            var report = law.On(Trial.Of(p, law == Law.Forward ? Differing : null));
            if (report.Findings.Any(c => c.Expected != 0 || law != Law.Forward && law != Law.Adjoint)) telling++;
            return report.Holds ? true : throw new BrokenLaw(report);
        });
        Assert.True(telling > Count / 2, $"the law speaks of {telling} of {Count} programs only");
    }

    private const int Count = 250;

    /// <summary>How far a tangent may be from the difference, relative to the numbers' size: random programs are tame, and hold to less than a user's function is asked for.</summary>
    private const double Differing = 1e-8;

    private static bool Near(double expected, double actual, double tolerance) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected));
}
