using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Functional.Testing;
using Xunit;
using static Functional.Interpreter.Costs;
using static Functional.Nn.Layers;
using static Functional.Prelude;
using Cpu = Functional.Interpreter.Cpu.Cpu;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Interpreters;

/// <summary>What a plan says before a run is what the run does.</summary>
public sealed class PlanLaws
{
    /// <summary>The memory obtained is the planned peak to the byte, and a run on one thread writes up to the arena's last 64 bytes and never past them.</summary>
    internal static ImmutableArray<Tensor> MeasuresAsPlanned(Function f, ImmutableArray<Tensor> inputs, ValueArray<int> donated = default, int threads = 1)
    {
        var planned = (IPlanned)new Cpu(threads).Compile(f, donated);
        var (results, memory) = planned.Measure(inputs);
        Assert.Equal(planned.Plan.PeakBytes, memory.Bytes);
        Assert.Equal(planned.Plan.ArenaBytes, memory.ArenaBytes);
        Assert.InRange(memory.TouchedBytes, threads == 1 && IsCertain(planned.Plan) ? memory.ArenaBytes - 64 : 0, memory.ArenaBytes);
        return results;
    }

    /// <summary>Whether a run takes every step that was planned.</summary>
    private static bool IsCertain(Plan plan) => plan.Steps.All(s => s.Node.Op is not (Switch or While or Scan { Length: 0 }) && s.Bodies.All(IsCertain));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Random_programs_use_the_memory_that_was_planned(int threads) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(20251124, 3).WithEndSize(100), Prop.ForAll(Program.Of(Numbers.Integers, DType.F32), p =>
        {
            var expected = new Reference().Compile(p.Function).Run(p.Inputs);
            var actual = MeasuresAsPlanned(p.Function, p.Inputs, threads: threads);
            return expected.Zip(actual).All(pair => pair is var (e, a) && Enumerable.Range(0, (int)e.Shape.Size).All(i => e[i].Equals(a[i]) || (e[i] == 0 && a[i] == 0)));
        }));

    [Fact]
    public void Every_op_uses_the_memory_that_was_planned()
    {
        foreach (var (_, program, types) in OpExamples.Of(DType.F32))
        {
            var f = Function.Trace(x => [program([.. x])], [.. types.Select((t, i) => ($"x{i}", t))]);
            MeasuresAsPlanned(f, [.. types.Select(t => OpExamples.Small(t, new Random(1)))]);
        }
    }

    /// <summary>A training step, whose weights are overwritten: only the loss is obtained anew.</summary>
    [Fact]
    public void A_training_step_uses_the_memory_that_was_planned_and_updates_in_place()
    {
        var (step, held, inputs) = LeNetStep(batch: 8);
        var fresh = (IPlanned)new Cpu(1).Compile(step, ImmutableArray.CreateRange(Enumerable.Range(0, held)));
        Assert.Equal(held, fresh.Plan.OutputDonors.Count(d => d >= 0));
        var expected = new Cpu(2).Compile(step).Run(inputs);
        var actual = MeasuresAsPlanned(step, [.. inputs.Select(x => Tensor.OfBytes(x.Type, x.Bytes))], ImmutableArray.CreateRange(Enumerable.Range(0, held)));
        Assert.Equal(expected.AsEnumerable(), actual);
    }

    /// <summary>From weights, images and labels to new weights and the loss, by plain gradient descent, and random inputs for it.</summary>
    internal static (Function Step, int Held, ImmutableArray<Tensor> Inputs) LeNetStep(int batch, Layer? activation = null)
    {
        var active = activation ?? Relu;
        var leNet = Conv2d(8, kernel: 5) >> active >> MaxPool(2) >> Conv2d(16, kernel: 5) >> active >> MaxPool(2) >> Flatten >> Dense(64) >> active >> Dense(10);
        var (x, y) = (variable("x", TensorType.F32(batch, 1, 28, 28)), variable("y", TensorType.I32(batch)));
        var weights = leNet.Init(1, x.Type).Weights;
        var variables = weights.Map((path, w) => variable(path, w.Type));
        var (loss, gradient) = valueAndGrad<Params<Expr>>(p => crossEntropy(leNet.Apply(p, x), y))(variables);
        var step = new Function([.. variables.Values, x, y], [.. variables.Zip(gradient, (w, g) => w - 0.1 * g).Values, loss]);
        var random = new Random(1);
        var images = Tensor.Of<float>(x.Shape, [.. Enumerable.Range(0, (int)x.Shape.Size).Select(_ => random.NextSingle())]);
        var labels = Tensor.Of<int>([.. Enumerable.Range(0, batch).Select(_ => random.Next(10))]);
        return (step, weights.Count, [.. new Cpu(1).Compile(new([], [.. weights.Values])).Run(), images, labels]);
    }

    /// <summary>A number of each row, 2 c + 1 of what is in memory, which its columns read and another kernel does after them.</summary>
    internal static (Function Program, ImmutableArray<Tensor> Inputs) OfRowsNumbers(int rows, int columns, bool isReduced)
    {
        var (numbers, x) = (variable("numbers", TensorType.I32(rows)), variable("x", TensorType.I32(rows, columns)));
        var odd = cumulativeSum(numbers, 0) * 2 + 1;
        var scaled = x * expandDims(odd, 1);
        var program = new Function([numbers, x], isReduced ? [cumulativeSum(sum(scaled, 1), 0) * odd] : [index(cumulativeSum(scaled, 1), 1, 0) * odd, scaled]);
        return (program, [Tensor.Of<int>([.. Enumerable.Range(3, rows)]), Tensor.Of<int>([rows, columns], [.. Enumerable.Range(0, rows * columns)])]);
    }

    /// <summary>Whether a loop computes numbers of rows and has some where it reads others.</summary>
    internal static bool WritesOverNumbersOfRows(Plan plan)
    {
        var loops = plan.Steps.Select(s => s.Loop).OfType<FusedLoop>().Where(l => l.Columns > 1 && l.Stages.Any(s => s.Columns.Count > 0 && s.Row.Any(i => i is Store))).ToList();
        Assert.NotEmpty(loops);
        return loops.Any(l => l.Operands.Where(o => o.PerRow).Select(o => plan.Buffers[plan.BufferOf(o.Value)]).Where(b => b.Kind == BufferKind.Arena).GroupBy(b => b.Offset).Any(g => g.Count() > 1));
    }

    /// <summary>A row that nothing reduces is computed by several tasks, each of which reads its number.</summary>
    [Fact]
    public void Numbers_of_rows_that_several_tasks_read_are_not_written_over()
    {
        foreach (var isReduced in (bool[])[true, false])
        {
            var (program, inputs) = OfRowsNumbers(16, 50_000, isReduced);
            var compiled = (IPlanned)new Cpu(2).Compile(program);
            Assert.Equal(isReduced, WritesOverNumbersOfRows(compiled.Plan));
            Assert.Equal(new Reference().Compile(program).Run(inputs).AsEnumerable(), compiled.Run(inputs));
        }
    }

    /// <summary>All weight gradients would wait for the last, and every activation with them, if kernels ran as a depth-first search finds them.</summary>
    [Fact]
    public void The_order_frees_activations_as_soon_as_their_gradients_are_there()
    {
        var x = variable("x", TensorType.F32(64, 256));
        ImmutableArray<Expr> weights = [.. Enumerable.Range(0, 16).Select(i => variable($"w{i}", TensorType.F32(256, 256)))];
        var gradients = grad<Params<Expr>>(p => sum(p.Values.Aggregate(x, (h, w) => tanh(matmul(h, w)))))(Params<Expr>.Of(weights.Select((w, i) => KeyValuePair.Create($"{i:00}", w))));
        var step = new Function([.. weights, x], [.. weights.Zip(gradients.Values, (w, g) => w - g)]);
        var plan = Planner.Of(Lowering.Of(step), ImmutableArray.CreateRange(Enumerable.Range(0, 16)));
        var activation = 64 * 256 * 4;
        Assert.InRange(plan.PeakBytes, 16 * activation, 22 * activation + 256 * 256 * 4);
    }

    [Fact]
    public void Arithmetic_and_traffic_are_those_of_the_ops()
    {
        var (x, y) = (variable("x", TensorType.F32(3, 4)), variable("y", TensorType.F32(4, 5)));
        var product = cost(matmul(x, y));
        Assert.Equal((120, 120, 0, 4 * (12 + 20), 4 * 15, 64), (product.Flops, product.DotFlops, product.ConvFlops, product.BytesRead, product.BytesWritten, Layout64(product.PeakBytes)));
        var fused = cost(exp(x) * 2 + x);
        Assert.Equal((36, 48, 48), (fused.Flops, fused.BytesRead, fused.BytesWritten));
        Assert.Equal(120, cost(sum(matmul(x, y))).DotFlops);
        Assert.Equal(135, cost(sum(matmul(x, y))).Flops);
    }

    private static long Layout64(long bytes) => (bytes + 63) / 64 * 64;

    /// <summary>What is multiplied is the same three ways round, so that a convolution's adjoints cost what it costs, whatever its window.</summary>
    [Fact]
    public void A_convolution_and_its_adjoints_count_the_same()
    {
        var (x, y) = (variable("x", TensorType.F32(2, 4, 9, 8)), variable("y", TensorType.F32(6, 2, 3, 2)));
        WindowDim[] windows = [new(3, 2, 1, 2, 1, 1), new(2, 1, 0, 1, 2, 2)];
        var forward = cost(conv(x, y, [.. windows], 2));
        var (dx, dy) = grad<(Expr, Expr)>(t => sum(conv(t.Item1, t.Item2, [.. windows], 2) * iota(new(DType.F32, conv(x, y, [.. windows], 2).Shape), 0)))((x, y));
        Assert.Equal(forward.ConvFlops, cost(dx).ConvFlops);
        Assert.Equal(forward.ConvFlops, cost(dy).ConvFlops);
    }

    [Fact]
    public void A_printed_plan_says_what_each_kernel_costs()
    {
        var (x, y) = (variable("x", TensorType.F32(64, 128)), variable("y", TensorType.F32(128, 256)));
        var plan = Planner.Of(Lowering.Of(new([x, y], [tanh(matmul(x, y))])));
        var lines = plan.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.StartsWith("kernel", lines[0], StringComparison.Ordinal);
        Assert.Contains("4.2 MFLOP", lines[1], StringComparison.Ordinal);
        Assert.Contains("peak memory", plan.Cost.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A loop costs its body at each step, and its memory does not grow with its length but for what it stacks.</summary>
    [Fact]
    public void A_scan_costs_its_body_at_each_step()
    {
        var (h, w) = (variable("h", TensorType.F32(4, 16)), variable("w", TensorType.F32(16, 16)));
        Plan Of(int length) => Planner.Of(Lowering.Of(new([h, w], [scan<Expr, ValueTuple, ValueTuple>((c, _) => (tanh(matmul(c, w)), default), h, default, length).Carry])));
        Assert.Equal(10 * (2 * 4 * 16 * 16 + 4 * 16), Of(10).Flops);
        Assert.Equal(10 * 2 * 4 * 16 * 16, Of(10).Cost.DotFlops);
        Assert.Equal(Of(10).PeakBytes, Of(1000).PeakBytes);
        Assert.Equal(Of(1000).Flops, Of(1000).Program.Nodes.Sum(n => n.Op.Flops));
    }

    [Fact]
    public void A_switch_costs_its_costliest_branch_and_a_loop_all_steps_that_it_may_take()
    {
        var (x, i) = (variable("x", TensorType.F32(5)), variable("i", TensorType.I32()));
        Assert.Equal(15, cost(switchCase<Expr, Expr>(i, x, v => v, v => exp(sin(v)) + v, v => v * v)).Flops);
        Assert.Equal(7 * (5 + 2), cost(whileLoop<(Expr V, Expr N)>(c => less(c.N, i), c => (c.V * 2, c.N + 1), (x, i), 7).V).Flops);
    }

    /// <summary>A barrier waits for nodes whose values it does not read; those that nothing else needs are not computed.</summary>
    [Fact]
    public void What_a_barrier_waits_for_runs_before()
    {
        var (x, w) = (variable("x", TensorType.F32(8, 8)), variable("w", TensorType.F32(8, 8)));
        var late = matmul(w, w);
        var f = new Function([x, w], [matmul(barrier(x, "r", late, sum(w)), w), late]);
        var plan = Planner.Of(Lowering.Of(f));
        Assert.Equal(["dot", "dot"], plan.Steps.Select(s => s.Node.Op.Name));
        Assert.Equal(plan.BufferOf(plan.Program.Results[1]), plan.Steps[0].Buffer);
    }
}
