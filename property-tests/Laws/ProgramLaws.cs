using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using Cpu = Functional.Interpreter.Cpu.Cpu;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>What holds of every program, tried on random ones.</summary>
public sealed class ProgramLaws
{
    private static readonly Reference Reference = new();

    public static TheoryData<Numbers, DType> Kinds => new()
    {
        { Numbers.Integers, DType.F32 }, { Numbers.Integers, DType.F64 }, { Numbers.Smooth, DType.F64 },
    };

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
    [MemberData(nameof(Kinds))]
    public void The_cpu_computes_what_the_reference_defines(Numbers numbers, DType type) => ForAll(numbers, type, 400, p =>
    {
        var (expected, actual) = (Reference.Compile(p.Function).Run(p.Inputs), new Cpu(2).Compile(p.Function).Run(p.Inputs));
        return expected.Zip(actual).All(pair => pair is var (e, a) && e.Type == a.Type && Enumerable.Range(0, (int)e.Shape.Size).All(i =>
            Near(e[i], a[i], numbers == Numbers.Integers || !e.DType.IsFloat ? 0 : 1e-11)));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_and_reverse_mode_are_adjoint(Numbers numbers, DType type) => ForMost(numbers, type, 300, p =>
    {
        var f = p.Function;
        ImmutableArray<Expr> wrt = [.. f.Parameters.Where(x => x.DType.IsFloat)];
        ImmutableArray<Expr> outputs = [.. f.Results.Where(y => y.DType.IsFloat)];
        var ts = wrt.Select((x, i) => Prelude.variable($"t{i}", x.Type)).ToImmutableArray();
        var cts = outputs.Select((y, i) => Prelude.variable($"ct{i}", y.Type)).ToImmutableArray();
        Params<Expr> F(Params<Expr> x) => Moved(outputs, wrt, [.. x.Values]);
        var (forward, (value, pullback)) = (Prelude.jvp(F, Named(wrt), Named(ts)), Prelude.vjp(F, Named(wrt)));
        var both = new Function(
            [.. f.Parameters, .. ts, .. cts],
            [.. forward.Tangent.Values, .. pullback(Named(cts)).Values, .. outputs, .. forward.Value.Values, .. value.Values]);
        var others = p.Values([.. ts.Concat(cts).Select(x => x.Type)], 7);
        var results = Reference.Compile(both).Run([.. p.Inputs, .. others]);
        var (left, leftSize) = Inner(results[..outputs.Length], others[ts.Length..]);
        var (right, rightSize) = Inner(results[outputs.Length..], others[..ts.Length]);
        var values = results[(outputs.Length + ts.Length)..];
        if (Enumerable.Range(0, 2 * outputs.Length).Any(i => !values[i % outputs.Length].Equals(values[outputs.Length + i]))) return false;
        var size = Math.Max(leftSize, rightSize);
        if (size is 0 or > 1e12) return null;
        return numbers == Numbers.Integers && type == DType.F64 ? left == right : Math.Abs(left - right) <= (type == DType.F64 ? 1e-11 : 1e-5) * size;
    });

    /// <summary>Where a stopped gradient is not, the tangent of each output is the derivative of its value along the direction.</summary>
    [Fact]
    public void Tangents_are_central_differences() => ForMost(Numbers.Smooth, DType.F64, 200, p =>
    {
        var f = p.Function;
        if (f.Nodes.Any(x => x.Op is NumberUnary<Functions.StopGradient>)) return null;
        ImmutableArray<Expr> wrt = [.. f.Parameters.Where(x => x.DType.IsFloat)];
        ImmutableArray<Expr> outputs = [.. f.Results.Where(y => y.DType.IsFloat)];
        var ts = wrt.Select((x, i) => Prelude.variable($"t{i}", x.Type)).ToImmutableArray();
        var h = Prelude.variable("h", DType.F64);
        var along = Prelude.jvp(s => Moved(outputs, wrt, [.. wrt.Zip(ts, (x, t) => x + s * t)]), h, Prelude.constant(1, DType.F64));
        var program = Reference.Compile(new([.. f.Parameters, .. ts, h], [.. along.Value.Values, .. along.Tangent.Values]));
        double[] At(double step, bool tangents)
        {
            var results = program.Run([.. p.Inputs, .. p.Values([.. ts.Select(t => t.Type)], 7), Tensor.Scalar(step)]);
            return [.. (tangents ? results[outputs.Length..] : results[..outputs.Length]).SelectMany(r => r.ToArray<double>())];
        }
        var (tangent, difference) = (At(0, true), Differences.Central(step => At(step, false), 1.0 / 64));
        var size = At(0, false).Concat(tangent).Select(Math.Abs).DefaultIfEmpty(0).Max();
        if (size > 1e4 || tangent.All(t => t == 0)) return null;
        return tangent.Zip(difference, (t, d) => Math.Abs(t - d)).All(error => error <= 1e-8 * Math.Max(1, size));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Simplifying_preserves_every_bit_and_never_grows_a_program(Numbers numbers, DType type) => ForAll(numbers, type, 300, p =>
    {
        var simple = Simplify.Of(p.Function);
        var (expected, actual) = (Reference.Compile(p.Function).Run(p.Inputs), Reference.Compile(simple).Run(p.Inputs));
        return simple.Nodes.Length <= p.Function.Nodes.Length && expected.SequenceEqual(actual) && Simplify.Of(simple).Hash == simple.Hash;
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Renaming_keeps_the_hash_and_the_value(Numbers numbers, DType type) => ForAll(numbers, type, 100, p =>
    {
        ImmutableArray<Expr> others = [.. p.Function.Parameters.Select((x, i) => Prelude.variable($"renamed{i}", x.Type))];
        var renamed = new Function(others, p.Function.Inline(others));
        return renamed.Hash == p.Function.Hash && renamed.Equals(p.Function);
    });

    /// <summary>Checks a law on programs that are the same in every run; shows the smallest that breaks it.</summary>
    private static void ForAll(Numbers numbers, DType type, int count, Func<Program, bool> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(20251124, 1).WithEndSize(100), Prop.ForAll(Program.Of(numbers, type), law));

    /// <summary>Checks a law that says nothing (null) of some programs, but of more than half.</summary>
    private static void ForMost(Numbers numbers, DType type, int count, Func<Program, bool?> law)
    {
        var telling = 0;
        ForAll(numbers, type, count, p =>
        {
            var holds = law(p);
            if (holds is not null) telling++;
            return holds ?? true;
        });
        Assert.True(telling > count / 2, $"the law speaks of {telling} of {count} programs only");
    }

    /// <summary>The outputs with other expressions in the variables' places.</summary>
    private static Params<Expr> Moved(ImmutableArray<Expr> outputs, ImmutableArray<Expr> variables, ImmutableArray<Expr> to) =>
        Named(Fold.Substitute(outputs, variables.Zip(to, KeyValuePair.Create).ToDictionary()));

    private static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:000}", x)));

    private static bool Near(double expected, double actual, double tolerance) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected));

    private static (double Sum, double Size) Inner(IEnumerable<Tensor> xs, IEnumerable<Tensor> ys)
    {
        var (sum, size) = (0.0, 0.0);
        foreach (var (x, y) in xs.Zip(ys))
            for (var i = 0; i < x.Shape.Size; i++) (sum, size) = (sum + x[i] * y[i], size + Math.Abs(x[i] * y[i]));
        return (sum, size);
    }
}
