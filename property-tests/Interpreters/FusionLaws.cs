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
using Step = Functional.Interpreter.Step;
using Program = Functional.Testing.RandomProgram;

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
        var (rows, columns) = ((int)loop.Rows, (int)loop.Columns);
        if (rows * columns == 0) return [];
        var (values, stored) = (new Dictionary<int, Expr>(), new Dictionary<int, Expr>());
        foreach (var stage in loop.Stages)
        {
            foreach (var i in stage.Row) Do(i, Shape.Of([rows]));
            foreach (var i in stage.Columns) Do(i, Shape.Of([rows, columns]));
        }
        return stored.GroupBy(s => loop.Operands[s.Key].Value).Select(parts => (parts.Key, Joined(parts.Key, [.. parts])));

        Expr Joined(Expr value, KeyValuePair<int, Expr>[] parts)
        {
            if (parts is [var one] && loop.Operands[one.Key].Access.Stretch == 0) return reshape(one.Value, value.Shape);
            int[] places = [.. parts.SelectMany(p => Enumerable.Range(0, rows * columns).Select(i => (int)loop.Operands[p.Key].Access.At(i)))];
            Assert.Equal(Enumerable.Range(0, (int)value.Shape.Size), places.Order());
            int[] order = [.. Enumerable.Range(0, places.Length).OrderBy(i => places[i])];
            return reshape(take(concat(0, [.. parts.Select(p => reshape(p.Value, rows * columns))]), Expr.Of(new Constant(Tensor.Of<int>(order).ToLiteral()))), value.Shape);
        }

        void Do(Instruction instruction, Shape shape)
        {
            Expr At(int value) => values[value] is var v && v.Shape == shape ? v : broadcast(v, shape, Axes.Range(0, v.Rank));
            switch (instruction)
            {
                case Load load: values[load.To] = stored.TryGetValue(load.Operand, out var left) ? left : Element(loop.Operands[load.Operand]); break;
                case Immediate m: values[m.To] = reshape(Expr.Of(new Constant(m.Value)), Shape.Scalar); break;
                case Apply a: values[a.To] = Expr.Of((Op)Activator.CreateInstance(a.Function, [.. a.Args.Select(At)])!); break;
                case Choose c: values[c.To] = where(At(c.Predicate), At(c.X), At(c.Y)); break;
                case Cast c: values[c.To] = convert(At(c.X), loop.Types[c.To]); break;
                case Reduce r: values[r.To] = r.Kind switch { Reduction.Sum => sum(At(r.X), 1), Reduction.Max => max(At(r.X), 1), _ => min(At(r.X), 1) }; break;
                case Store s: stored[s.Operand] = At(s.X); break;
                default: throw new NotSupportedException(instruction.ToString());
            }
        }

        Expr Element(Operand operand)
        {
            var count = operand.PerRow ? rows : rows * columns;
            var places = Tensor.Of<int>([.. Enumerable.Range(0, count).Select(i => (int)operand.Access.At(i))]);
            var all = take(reshape(operand.Value, Shape.Of([(int)operand.Value.Shape.Size])), Expr.Of(new Constant(places.ToLiteral())));
            return reshape(all, operand.PerRow ? Shape.Of([rows]) : Shape.Of([rows, columns]));
        }
    }

    private static ImmutableArray<Step> Steps(Func<Expr, Expr> f, int rows = 64, int columns = 128) =>
        ((IPlanned)new Cpu(1).Compile(Function.Trace(p => [f(p[0])], ("x", TensorType.F32(rows, columns))))).Plan.Steps;

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
