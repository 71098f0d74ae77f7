using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>What a run may take, and how it is ended.</summary>
public class LimitTests
{
    private const int Steps = 2_000;

    private static Function Loop => Function.Trace(p => scan((Expr s, Expr t) => (tanh(matmul(s, s)), sum(s) + t), p[0], iota(TensorType.F32(Steps), 0)) is var (last, sums) ? [last, sums] : [], ("x", TensorType.F32(64, 64)));

    [Fact]
    public void A_program_that_takes_more_memory_than_allowed_is_refused_with_what_fills_it()
    {
        var program = Function.Trace(p => [matmul(exp(p[0]), transpose(sin(p[0])))], ("x", TensorType.F32(1000, 500)));
        var peak = ((IPlanned)new Cpu(1).Compile(program)).Plan.PeakBytes;
        var error = Assert.Throws<InsufficientMemoryException>(() => new Cpu(1, memory: peak - 1).Compile(program));
        Assert.Contains("peak", error.Message);
        Assert.Contains("f32[1000,1000]", error.Message);
        Assert.Contains("Cpu.Fit", error.Message);
        Assert.NotNull(new Cpu(1, memory: peak).Compile(program));
    }

    [Fact]
    public void A_run_is_ended_within_a_loop_and_the_program_runs_again()
    {
        var cpu = new Cpu(2);
        var program = cpu.Compile(Loop);
        var x = Tensor.Of<float>(Shape.Of([64, 64]), [.. Enumerable.Range(0, 64 * 64).Select(i => (i % 13 - 6) / 50f)]);
        var whole = program.Run(x);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
        Assert.Throws<OperationCanceledException>(() =>
        {
            for (var i = 0; i < 10_000; i++) program.Run(soon.Token, x);
        });
        Assert.True(whole.SequenceEqual(program.Run(x)));
        Assert.True(whole.SequenceEqual(((IPlanned)program).Profile(x).Results));
    }

    [Fact]
    public void An_ended_run_does_not_end_a_profile_that_takes_its_place()
    {
        var program = new Cpu(1).Compile(Loop);
        var x = Tensor.Full(TensorType.F32(64, 64), 0.01);
        var whole = program.Run(x);
        using var ending = new CancellationTokenSource();
        program.Run(ending.Token, x);
        ending.Cancel();
        Assert.True(whole.SequenceEqual(((IPlanned)program).Profile(x).Results));
    }

    [Fact]
    public void Whom_it_concerns_alone_is_ended()
    {
        var program = new Cpu(2).Compile(Loop);
        var x = Tensor.Full(TensorType.F32(64, 64), 0.01);
        var whole = program.Run(x);
        Parallel.For(0, 4, caller =>
        {
            using var ending = new CancellationTokenSource();
            if (caller % 2 == 0) Assert.True(whole.SequenceEqual(program.Run(ending.Token, x)));
            else
            {
                ending.CancelAfter(1);
                Assert.Throws<OperationCanceledException>(() =>
                {
                    for (var i = 0; i < 10_000; i++) program.Run(ending.Token, x);
                });
            }
        });
    }
}
