using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

public sealed class ForkJoinTests
{
    /// <summary>Loops of many lengths one after the other, from several callers at once: none is cut short, and none takes another's index.</summary>
    [Fact]
    public void Callers_at_once_get_what_each_would_alone()
    {
        var cpu = new Cpu(3);
        Parallel.For(0, 4, caller =>
        {
            var size = 20_000 * (caller + 1);
            var x = variable("x", TensorType.F32(size));
            var program = cpu.Compile(new([x], [exp(x) + x, sum(x), cumulativeSum(x, 0)]));
            var input = Tensor.Of<float>([.. Enumerable.Range(0, size).Select(i => i % 7f)]);
            var expected = new Cpu(1).Compile(new([x], [exp(x) + x, sum(x), cumulativeSum(x, 0)])).Run(input);
            for (var run = 0; run < 200; run++) Assert.True(program.Run(input).SequenceEqual(expected));
        });
    }
}
