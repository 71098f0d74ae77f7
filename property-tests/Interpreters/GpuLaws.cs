using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>What holds for programs on each kind of device that is here.</summary>
[Collection(OpenDevices.Name)]
public sealed class GpuLaws(OpenDevices devices)
{
    /// <summary>How many random programs: compilers for devices are slow.</summary>
    private static int Programs(DeviceKind kind) => kind switch { DeviceKind.Checked => 60, DeviceKind.Debug => 25, DeviceKind.OpenCL => 10, _ => 100 };

    private static bool Same(IEnumerable<Tensor> expected, IEnumerable<Tensor> actual) => expected.Zip(actual)
        .All(pair => pair is var (e, a) && Enumerable.Range(0, (int)e.Shape.Size).All(i => e[i].Equals(a[i]) || (e[i] == 0 && a[i] == 0)));

    private static ImmutableArray<Tensor> Copies(ImmutableArray<Tensor> tensors) => [.. tensors.Select(t => Tensor.OfBytes(t.Type, t.Bytes))];

    private static void All(DeviceKind kind, Func<RandomProgram, bool> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Programs(kind)).WithReplay(20251124, 5).WithEndSize(100), Prop.ForAll(RandomProgram.Of(Numbers.Integers, DType.F32), law));

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Random_programs_give_what_the_reference_gives_with_and_without_donation(DeviceKind kind) => All(kind, p => IsRight(devices[kind], p));

    /// <summary>The same of kernels as processors are given them.</summary>
    [Fact]
    public void Random_programs_give_what_the_reference_gives_on_a_processor()
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(1, 3, VectorBytes: 32)).IfFail(e => throw e);
        All(DeviceKind.Checked, p => IsRight(gpu, p));
    }

    private static bool IsRight(Gpu gpu, RandomProgram p)
    {
        var expected = new Reference().Compile(p.Function).Run(p.Inputs);
        var donated = ImmutableArray.CreateRange(Enumerable.Range(0, p.Inputs.Length));
        return Same(expected, gpu.Compile(p.Function).Run(p.Inputs)) && Same(expected, gpu.Compile(p.Function, donated).Run(Copies(p.Inputs)));
    }

    /// <summary>The threads of a row all read what one of them then writes: over it, where they meet before.</summary>
    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void What_a_row_s_threads_read_is_written_over_when_all_have_read(DeviceKind kind)
    {
        foreach (var isReduced in (bool[])[true, false])
        {
            var (program, inputs) = PlanLaws.OfRowsNumbers(3, 40, isReduced);
            var compiled = (IPlanned)devices[kind].Compile(program);
            Assert.Equal(isReduced, PlanLaws.WritesOverNumbersOfRows(compiled.Plan));
            Assert.True(Same(new Reference().Compile(program).Run(inputs), compiled.Run(inputs)));
        }
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.Cuda)]
    public void Random_programs_use_the_memory_that_was_planned(DeviceKind kind) => All(kind, p =>
    {
        var planned = (IPlanned)devices[kind].Compile(p.Function);
        var (results, memory) = planned.Measure(p.Inputs);
        Assert.Equal(planned.Plan.PeakBytes, memory.Bytes);
        Assert.InRange(memory.TouchedBytes, 0, planned.Plan.ArenaBytes);
        return Same(new Reference().Compile(p.Function).Run(p.Inputs), results);
    });

    /// <summary>From x: a product, a loop whose carry is kept in two places, and a branch.</summary>
    private static Function Example()
    {
        var x = variable("x", TensorType.F32(6, 6));
        var looped = scan<Expr, ValueTuple, ValueTuple>((c, _) => (maximum(c, x) - 1, default), matmul(x, x), default, 5).Carry;
        return new([x], [looped, sum(cond<Expr, Expr>(less(sum(x), 0), v => v * 2, v => v + 1, looped), 0)]);
    }

    private static Tensor Input(int seed) => OpExamples.Small(TensorType.F32(6, 6), new Random(seed));

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Many_runs_whose_results_are_kept_dropped_or_given_back_stay_right(DeviceKind kind)
    {
        var (runs, reference) = (devices[kind].Compile(Example(), [0]), new Reference().Compile(Example()));
        var kept = new List<(int Seed, ImmutableArray<Tensor> Results)>();
        for (var i = 0; i < 40; i++)
        {
            var results = runs.Run(Input(i));
            if (i % 4 == 0) kept.Add((i, results));
            else if (i % 4 == 1) runs.Run(results[0]);
            if (i % 16 == 15) GC.Collect();
        }
        Assert.All(kept, k => Assert.Equal(reference.Run(Input(k.Seed)).AsEnumerable(), k.Results));
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Threads_run_one_program_and_several_at_once(DeviceKind kind)
    {
        var more = variable("x", TensorType.F32(6, 6));
        var (one, other) = (devices[kind].Compile(Example()), devices[kind].Compile(new([more], [more + 1])));
        var reference = new Reference().Compile(Example());
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            for (var i = 0; i < 5; i++)
            {
                var x = Input((10 * thread) + i);
                Assert.Equal(reference.Run(x).AsEnumerable(), one.Run(x));
                Assert.Equal(x[7] + 1, other.Run(x)[0][7]);
            }
        });
    }

    /// <summary>The first is refused by us, the second by ILGPU, which must forget all that it knew then.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void A_kernel_that_the_compiler_refuses_spoils_no_other(DeviceKind kind)
    {
        using var gpu = Gpu.Open(kind).IfFail(e => throw e);
        var before = gpu.Compile(Example());
        var k = new KernelBuilder("refused");
        k.Put(k.Argument(DType.F32), 0, new UnaryValue((UnaryKind)99, Number.Of(DType.F32, 1)));
        var code = k.Build(1, 1);
        Assert.Contains("the kernel of refused", Assert.Throws<KernelException>(() => gpu.Compile(code)).Message, StringComparison.Ordinal);
        Assert.Contains("the kernel of refused", Assert.Throws<KernelException>(() => gpu.Kernels.Load(code, () => typeof(RefusedMethod).GetMethod(nameof(RefusedMethod.Run))!)).Message, StringComparison.Ordinal);
        var expected = new Reference().Compile(Example()).Run(Input(1));
        Assert.Equal(expected.AsEnumerable(), before.Run(Input(1)));
        Assert.Equal(expected.AsEnumerable(), gpu.Compile(Example(), [0]).Run(Input(1)));
        var x = variable("x", TensorType.F32(3));
        Assert.Equal(Tensor.Of(2f, 3, 4), gpu.Eval(x + 1, (x, Tensor.Of(1f, 2, 3))));
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void A_run_can_be_ended_and_the_program_run_again(DeviceKind kind)
    {
        var x = variable("x", TensorType.I32(3));
        Expr Loop(int steps) => scan<Expr, ValueTuple, ValueTuple>((c, _) => (c + x, default), x, default, steps).Carry;
        var (long1, short1) = (devices[kind].Compile(new([x], [Loop(3_000_000)])), devices[kind].Compile(new([x], [Loop(3)])));
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => long1.Run(source.Token, Tensor.Of(1, 2, 3)));
        Assert.ThrowsAny<OperationCanceledException>(() => short1.Run(source.Token, Tensor.Of(1, 2, 3)));
        Assert.Equal(Tensor.Of(4, 8, 12), short1.Run(Tensor.Of(1, 2, 3))[0]);
    }
}

/// <summary>What no compiler for devices takes: objects.</summary>
public static class RefusedMethod
{
    public static void Run(One memory)
    {
        if (memory.View.Length > 0) throw new InvalidOperationException(memory.ToString());
    }
}
