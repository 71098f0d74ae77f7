using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Arithmetic;
using Functional.Interpreter.Cpu;
using Xunit;

namespace PropertyTests.Interpreters;

public sealed class CpuAgainstReference
{
    private static readonly Reference Reference = new();
    private static readonly Cpu[] Cpus = [new(1), new(2), new(3)];

    public static TheoryData<DType> Types => [.. DTypes.All];

    public static TheoryData<DType> Numbers => [.. DTypes.All.Where(t => t.IsNumber)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Every_op_gives_the_same_on_small_integers(DType type)
    {
        foreach (var (name, program, inputs) in OpExamples.Of(type)) Agree(name, program, inputs, OpExamples.Small, Cpus);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_elementwise_function_is_as_near_as_it_says(DType type)
    {
        foreach (var (name, program, inputs) in OpExamples.Functions(type))
        {
            Agree(name, program, inputs, OpExamples.Small, Cpus);
            if (type.IsFloat) Agree($"{name} at corners", program, inputs, OpExamples.Corners, Cpus);
        }
    }

    [Fact]
    public void Every_op_has_an_example()
    {
        var shown = DTypes.All.SelectMany(t => (t.IsNumber ? OpExamples.Of(t) : []).Concat(OpExamples.Functions(t)))
            .SelectMany(e => Traced(e.Program, e.Inputs).Nodes).Select(n => Generic(n.Op.GetType())).ToHashSet();
        var all = typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract).Select(Generic);
        Assert.Empty(all.Except(shown));
    }

    [Fact]
    public void A_width_that_the_machine_does_not_have_is_refused()
    {
        Assert.Equal(VectorWidth.Widest, Cpu.Default.Width);
        Assert.All(Enum.GetValues<VectorWidth>().Where(w => w.IsSupported), w => Assert.Equal(w, new Cpu(1, w).Width));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cpu(1, (VectorWidth)48));
    }

    private static Type Generic(Type t) => t.IsGenericType ? t.GetGenericTypeDefinition() : t;

    private static Function Traced(Func<Expr[], Expr> program, TensorType[] inputs) =>
        Function.Trace(x => [program([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t))]);

    /// <summary>How many ulps the reference interpreter's own arithmetic may be from the truth.</summary>
    private const double ReferenceUlps = 4;

    /// <summary>Whether numbers are equal or within so many ulps of the expected one.</summary>
    private static bool Near(double expected, double actual, double ulps, DType type) => expected.Equals(actual) || expected == actual
        || Math.Abs(expected - actual) <= ulps * (Next(Math.Abs(expected), type) - Math.Abs(expected));

    private static double Next(double x, DType type) => type switch
    {
        DType.F16 => (double)Half.BitIncrement((Half)x),
        DType.BF16 => BFloat16.OfBits((ushort)(((BFloat16)(float)x).Bits + 1)),
        DType.F32 => MathF.BitIncrement((float)x),
        _ => Math.BitIncrement(x),
    };

    /// <summary>How far a function of graphs may be off in lanes: what is computed in f32 and rounded to 16 bits may be rounded the other way.</summary>
    private static double Stated(string name, DType type) =>
        LaneFunction.Find(char.ToLowerInvariant(name[0]) + name.Split(' ')[0][1..]) is { Single: > 0 } f && type.IsFloat ? type.IsHalf ? 1 : (type == DType.F32 ? f.Single : f.Double) + ReferenceUlps : 0;

    internal static void Agree(string name, Func<Expr[], Expr> program, TensorType[] inputs, Func<TensorType, Random, Tensor> draw, params ReadOnlySpan<IInterpreter> interpreters)
    {
        var results = NearReference(name, program, inputs, draw, interpreters);
        foreach (var result in results) Assert.True(result.Equals(results[0]), $"{name}: other bits on another number of threads");
    }

    /// <summary>What interpreters make of random inputs, each as near to the reference as stated.</summary>
    internal static Tensor[] NearReference(string name, Func<Expr[], Expr> program, TensorType[] inputs, Func<TensorType, Random, Tensor> draw, params ReadOnlySpan<IInterpreter> interpreters)
    {
        var f = Traced(program, inputs);
        var random = new Random(f.Hash.GetHashCode());
        ImmutableArray<Tensor> x = [.. inputs.Select(t => draw(t, random))];
        var expected = Reference.Compile(f).Run(x)[0];
        var stated = Stated(name, expected.DType);
        var results = new Tensor[interpreters.Length];
        for (var i = 0; i < results.Length; i++) results[i] = interpreters[i].Compile(f).Run(x)[0];
        foreach (var (interpreter, result) in interpreters.ToArray().Zip(results))
            for (var i = 0; i < expected.Shape.Size; i++)
                Assert.True(Near(expected[i], result[i], stated, expected.DType), $"{name} ({expected.Type}) on {interpreter.Name}: element {i} is {result[i]}, not {expected[i]}");
        return results;
    }
}
