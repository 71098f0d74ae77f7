using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>What moves elements gives the reference interpreter's bits at every vector width, for sizes that are no multiple of one.</summary>
public sealed class MovementTests
{
    private static readonly Reference Reference = new();
    private static readonly ImmutableArray<Cpu> Cpus = [.. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(2, w)), new Cpu(1)];

    private static void Agree(Func<Expr[], Expr> program, params ImmutableArray<Tensor> inputs)
    {
        var f = Function.Trace(x => [program([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t.Type))]);
        var expected = Reference.Compile(f).Run(inputs)[0];
        foreach (var cpu in Cpus)
        {
            var actual = cpu.Compile(f).Run(inputs)[0];
            for (var i = 0; i < expected.Shape.Size; i++)
                Assert.True(expected[i].Equals(actual[i]), $"{cpu.Width}: element {i} of {expected.Type} is {actual[i]}, not {expected[i]}");
        }
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(31), InlineData(32), InlineData(100), InlineData(70_001)]
    public void Random_bits_are_those_of_their_definition(int count)
    {
        var keys = Tensor.Of<long>(Shape.Of([2]), [-7, 0x123456789ABCDEF]);
        foreach (var type in new[] { DType.I32, DType.I64 }) Agree(x => Expr.Of(new RandomBits(x[0], Shape.Of([count]), type)), keys);
    }
}
