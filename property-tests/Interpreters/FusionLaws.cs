using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Cpu = Functional.Interpreter.Cpu.Cpu;
using Operand = Functional.Interpreter.Operand;
using Program = Functional.Testing.RandomProgram;
using Step = Functional.Interpreter.Step;

namespace PropertyTests.Interpreters;

/// <summary>A fused loop, read as a graph again, means what the nodes that were fused mean; and what ought to be one pass over memory is one.</summary>
public sealed class FusionLaws
{
    [Fact]
    public void Loops_mean_what_their_nodes_mean() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261124, 5).WithEndSize(120), Prop.ForAll(Program.Of(Numbers.Integers, DType.F32), p =>
        {
            Agrees(p.Function, p.Inputs);
            return true;
        }));

    [Fact]
    public void Loops_of_layers_mean_what_their_nodes_mean()
    {
        static Expr Loss(Expr x)
        {
            var y = softmax(x * 2, -1) + relu(x);
            var centred = y - mean(y, [1], keepDims: true);
            return sum(centred * rsqrt(mean(centred * centred, [1], keepDims: true) + 1e-3) * sin(x));
        }

        var f = Function.Trace(p => [Loss(p[0]), grad<Expr>(Loss)(p[0])], ("x", TensorType.F64(12, 40)));
        var random = new Random(1);
        Agrees(f, [Tensor.Of<double>(Shape.Of([12, 40]), [.. Enumerable.Range(0, 480).Select(_ => random.NextDouble() - 0.5)])]);
    }

    /// <summary>Rows that lie in pieces: what is computed of each channel of a batch of images.</summary>
    [Fact]
    public void Loops_of_channels_mean_what_their_nodes_mean() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(20261130, 7), Prop.ForAll(
            (from shape in Gen.Choose(1, 4).Four() from seed in Gen.Choose(0, 1000) select (N: shape.Item1, C: 7 + shape.Item2, H: 1 + shape.Item3, W: 4 * shape.Item4, Seed: seed)).ToArbitrary(), s =>
            {
                Expr Loss(Expr x, Expr gate, Expr tile)
                {
                    var y = ChannelNorm(x * broadcast(gate, x.Shape, [0, 1])) + broadcast(tile, x.Shape, [1, 2, 3]);
                    return sum(relu(ChannelNorm(y) * 3 + x) * y * broadcast(ChannelMean(y), x.Shape, 1));
                }

                var types = (TensorType.F64(s.N, s.C, s.H, s.W), TensorType.F64(s.N, s.C), TensorType.F64(s.C, s.H, s.W));
                var f = Function.Trace(p => [Loss(p[0], p[1], p[2]), grad<Expr>(x => Loss(x, p[1], p[2]))(p[0])], ("x", types.Item1), ("gate", types.Item2), ("tile", types.Item3));
                var random = new Random(s.Seed);
                Agrees(f, [.. f.Parameters.Select(p => Tensor.Of<double>(p.Shape, [.. Enumerable.Range(0, (int)p.Shape.Size).Select(_ => random.NextDouble() + 0.5)]))]);
                return true;
            }));

    private static Expr ChannelMean(Expr x) => mean(x, [0, 2, 3]);

    /// <summary>Batch normalisation without scale and shift.</summary>
    private static Expr ChannelNorm(Expr x)
    {
        var centred = x - broadcast(ChannelMean(x), x.Shape, 1);
        return centred * broadcast(rsqrt(ChannelMean(centred * centred) + 1e-3), x.Shape, 1);
    }

    private static void Agrees(Function f, ImmutableArray<Tensor> inputs)
    {
        var plan = ((IPlanned)new Cpu(1).Compile(f)).Plan;
        var (nodes, graphs) = (ImmutableArray.CreateBuilder<Expr>(), ImmutableArray.CreateBuilder<Expr>());
        foreach (var loop in plan.Steps.Select(s => s.Loop).OfType<FusedLoop>())
            foreach (var (value, graph) in Read(loop))
            {
                nodes.Add(value);
                graphs.Add(graph);
            }
        var results = new Reference().Compile(new(plan.Program.Parameters, [.. nodes, .. graphs])).Run(inputs);
        for (var i = 0; i < nodes.Count; i++)
            for (var j = 0; j < nodes[i].Shape.Size; j++)
            {
                var (expected, actual) = (results[i][j], results[nodes.Count + i][j]);
                Assert.True(expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-12 * Math.Abs(expected), $"{nodes[i]}: element {j} is {actual}, not {expected}");
            }
    }

    /// <summary>What a loop stores, as graphs of what it loads.</summary>
    private static IEnumerable<(Expr Value, Expr Graph)> Read(FusedLoop loop)
    {
        var (ofRow, ofColumns) = (Shape.Of([(int)loop.Rows]), Shape.Of([(int)loop.Batch, (int)loop.Rows, (int)loop.Columns]));
        var size = (int)loop.Size;
        if (size == 0) return [];
        var (values, stored) = (new Dictionary<int, Expr>(), new Dictionary<int, Expr>());
        foreach (var stage in loop.Stages)
        {
            foreach (var i in stage.Row) Do(i, ofRow);
            foreach (var i in stage.Columns) Do(i, ofColumns);
        }
        return stored.GroupBy(s => loop.Operands[s.Key].Value).Select(parts => (parts.Key, Joined(parts.Key, [.. parts])));

        Expr Joined(Expr value, KeyValuePair<int, Expr>[] parts)
        {
            if (parts is [var one] && loop.Operands[one.Key].Access.Stretch == 0) return reshape(one.Value, value.Shape);
            int[] places = [.. parts.SelectMany(p => Enumerable.Range(0, size).Select(i => (int)loop.Operands[p.Key].Access.At(i)))];
            Assert.Equal(Enumerable.Range(0, (int)value.Shape.Size), places.Order());
            int[] order = [.. Enumerable.Range(0, places.Length).OrderBy(i => places[i])];
            return reshape(take(concat(0, [.. parts.Select(p => reshape(p.Value, size))]), Expr.Of(new Constant(Tensor.Of<int>(order).ToLiteral()))), value.Shape);
        }

        void Do(Instruction instruction, Shape shape)
        {
            Expr At(int value) => values[value] is var v && v.Shape == shape ? v : broadcast(v, shape, v.Rank == 0 ? [] : [1]);
            switch (instruction)
            {
                case Load load: values[load.To] = stored.TryGetValue(load.Operand, out var left) ? left : Element(loop.Operands[load.Operand]); break;
                case Immediate m: values[m.To] = reshape(Expr.Of(new Constant(m.Value)), Shape.Scalar); break;
                case Apply a: values[a.To] = Expr.Of((Op)Activator.CreateInstance(a.Function, [.. a.Args.Select(At)])!); break;
                case Choose c: values[c.To] = where(At(c.Predicate), At(c.X), At(c.Y)); break;
                case Cast c: values[c.To] = convert(At(c.X), loop.Types[c.To]); break;
                case Reduce r: values[r.To] = r.Kind switch { Reduction.Sum => sum(At(r.X), [0, 2]), Reduction.Max => max(At(r.X), [0, 2]), _ => min(At(r.X), [0, 2]) }; break;
                case Store s: stored[s.Operand] = At(s.X); break;
                default: throw new NotSupportedException(instruction.ToString());
            }
        }

        Expr Element(Operand operand)
        {
            var shape = operand.PerRow ? ofRow : ofColumns;
            var places = Tensor.Of<int>([.. Enumerable.Range(0, (int)shape.Size).Select(i => (int)operand.Access.At(i))]);
            var all = take(reshape(operand.Value, Shape.Of([(int)operand.Value.Shape.Size])), Expr.Of(new Constant(places.ToLiteral())));
            return reshape(all, shape);
        }
    }

    private static ImmutableArray<Step> Steps(Func<Expr, Expr> f) => PlanOf(p => [f(p[0])], TensorType.F32(64, 128));

    private static ImmutableArray<Step> PlanOf(Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f, params TensorType[] types) =>
        ((IPlanned)new Cpu(1).Compile(Function.Trace(p => f(p), [.. types.Select((t, i) => ($"x{i}", t))]))).Plan.Steps;

    private static int Functions(Step step, string name) => step.Loop!.Stages.Sum(s => s.Columns.OfType<Apply>().Count(a => a.Name == name));

    [Fact]
    public void Softmax_is_one_kernel_with_one_exponential_of_each_element()
    {
        var step = Assert.Single(Steps(x => softmax(x, -1)));
        Assert.Equal(1, Functions(step, "exp"));
    }

    [Fact]
    public void A_layers_normalisation_is_one_kernel()
    {
        static Expr Normalised(Expr x)
        {
            var centred = x - mean(x, [1], keepDims: true);
            return centred * rsqrt(mean(centred * centred, [1], keepDims: true) + 1e-5);
        }

        Assert.Single(Steps(Normalised));
    }

    [Fact]
    public void A_normalisation_of_channels_is_one_kernel_and_so_is_its_gradient()
    {
        Assert.Single(PlanOf(p => [relu(ChannelNorm(p[0]))], TensorType.F32(4, 16, 8, 8)));
        var plan = PlanOf(p => [vjp<Expr, Expr>(ChannelNorm, p[0]).Pullback(p[1])], TensorType.F32(4, 16, 8, 8), TensorType.F32(4, 16, 8, 8));
        Assert.Single(plan);
    }

    [Fact]
    public void A_chain_of_functions_is_one_kernel_that_reads_and_writes_once()
    {
        var step = Assert.Single(Steps(x => tanh(exp(x) * 2 - x) + log1p(abs(x))));
        Assert.Equal(2 * 64 * 128 * sizeof(float), step.Cost.Bytes);
    }

    [Fact]
    public void A_dense_layers_bias_and_activation_are_computed_with_its_product()
    {
        var step = Assert.Single(((IPlanned)new Cpu(1).Compile(Function.Trace(
            p => [relu(matmul(p[0], p[1]) + p[2])], ("x", TensorType.F32(32, 64)), ("w", TensorType.F32(64, 16)), ("b", TensorType.F32(16))))).Plan.Steps);
        Assert.IsType<Dot>(step.Node.Op);
        Assert.NotNull(step.Loop);
    }
}
