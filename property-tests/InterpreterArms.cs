using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using PropertyTests.Interpreters;
using Xunit;

namespace PropertyTests;

/// <summary>The reference interpreter has an arm for each op, and its values have the types that the graph infers.</summary>
public class InterpreterArms
{
    private static readonly Reference reference = new();

    public static TheoryData<DType> Types => [.. DTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void EveryNodeOfEveryExampleHasItsInferredType(DType type)
    {
        foreach (var (name, make, inputs) in (type.IsNumber ? OpExamples.Of(type) : []).Concat(OpExamples.Functions(type)))
        {
            var f = Function.Trace(x => [make([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t))]);
            ImmutableArray<Expr> nodes = [.. f.Nodes.Where(n => n.Results.Length == 1)];
            var values = reference.Compile(new(f.Parameters, nodes)).Run([.. inputs.Select(t => OpExamples.Small(t, new Random(1)))]);
            for (var i = 0; i < nodes.Length; i++)
                Assert.True(values[i].Type == nodes[i].Type, $"{name}: {nodes[i]} has a value of type {values[i].Type}");
        }
    }

    [Fact]
    public void EveryOpIsAmongTheExamples()
    {
        var shown = DTypes.All.SelectMany(t => (t.IsNumber ? OpExamples.Of(t) : []).Concat(OpExamples.Functions(t)))
            .SelectMany(e => Function.Trace(x => [e.Program([.. x])], [.. e.Inputs.Select((t, i) => ($"x{i}", t))]).Nodes)
            .Select(n => n.Op.GetType()).ToHashSet();
        var functions = typeof(Functions).GetNestedTypes();
        Assert.Equal(functions.Length, shown.Count(t => t.IsGenericType));
        Assert.Empty(typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract && !t.IsGenericType).Except(shown));
    }

    [Fact]
    public void ManyProgramsOfOneHashAreCompiledOnce()
    {
        Function Square(string name) => Function.Trace(x => [x[0] * x[0]], (name, TensorType.F32(3)));
        Assert.Same(reference.Compile(Square("a")), reference.Compile(Square("b")));
    }
}
