using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>
/// The batching law of every linear, bilinear and discrete op: under <c>vmap</c>, with any of its operands batched along any axis, it is the stack
/// of what it is for each example. Attributes, shapes and values are random, with extents of 0, and the same in every run; everything is
/// a small integer, so that every equality is of bits.
/// </summary>
public sealed class BatchingLaws
{
    private const int Cases = 300;

    private static readonly Reference Reference = new();

    private static IReadOnlyDictionary<string, Func<Random, Op>> Makers { get; } = LinearOps.ByType.Concat(new Dictionary<Type, Func<Random, Op>>
    {
        [typeof(ArgMax)] = r => Picking(r, (x, axis) => new ArgMax(x, axis)),
        [typeof(ArgMin)] = r => Picking(r, (x, axis) => new ArgMin(x, axis)),
        [typeof(SortOrder)] = r => Picking(r, (x, axis) => new SortOrder(x, axis, r.Next(2) == 0)),
        [typeof(WindowArgMax)] = r => new WindowArgMax(((WindowSum)LinearOps.ByType[typeof(WindowSum)](r)).X, [.. Enumerable.Range(0, r.Next(2)).Select(_ => new WindowDim(r.Next(1, 4), r.Next(1, 3), r.Next(-1, 2), r.Next(-1, 2)))]) is var op && op.Window.Count <= op.X.Rank
            ? op : new WindowArgMax(op.X, []),
        [typeof(RandomBits)] = r => new RandomBits(variable("keys", new TensorType(DType.I64, Dims(r, 0))), Dims(r, 0), r.Next(2) == 0 ? DType.I32 : DType.I64),
    }).ToDictionary(kv => kv.Key.Name, kv => kv.Value);

    public static TheoryData<string> Ops => [.. Makers.Keys];

    [Fact]
    public void Every_op_that_has_a_batching_law_is_tested() => Assert.Equal(
        typeof(Op).Assembly.GetTypes().Where(t => !t.IsAbstract && (t.IsSubclassOf(typeof(Linear)) || t.IsSubclassOf(typeof(Bilinear)) || t.IsSubclassOf(typeof(Discrete)))).Select(t => t.Name).Order(),
        Makers.Keys.Order());

    [Theory]
    [MemberData(nameof(Ops))]
    public void A_batched_op_is_the_stack_of_the_op_on_each_example(string name)
    {
        var random = new Random(name.Sum(c => c));
        for (var i = 0; i < Cases; i++)
        {
            var op = Makers[name](random);
            var size = random.Next(4);
            var mapped = op.Inputs.Select(_ => random.Next(2) == 0).ToArray();
            mapped[random.Next(mapped.Length)] = true;
            ImmutableArray<int?> inAxes = [.. op.Inputs.Select((x, j) => mapped[j] ? random.Next(-x.Rank - 1, x.Rank + 1) : (int?)null)];
            var outAxis = random.Next(-Expr.Of(op).Rank - 1, Expr.Of(op).Rank + 1);
            ImmutableArray<Expr> inputs = [.. op.Inputs.Select((x, j) => variable($"x{j}", inAxes[j] is { } axis ? Batched(x.Type, axis, size) : x.Type))];
            Params<Expr> Named(IEnumerable<Expr> xs) => Params<Expr>.Of(xs.Select((x, j) => KeyValuePair.Create($"{j:00}", x)));
            Expr F(Params<Expr> x) => Expr.Of(op.With([.. x.Values]));

            var actual = vmap<Params<Expr>, Expr>(F, [.. inAxes], outAxis)(Named(inputs));
            var examples = Enumerable.Range(0, size).Select(b => F(Named(inputs.Select((x, j) => inAxes[j] is { } axis ? index(x, axis, b) : x)))).ToArray();
            var expected = size == 0 ? zeros(Batched(Expr.Of(op).Type, outAxis, 0)) : stack(outAxis, examples);
            var values = Reference.Compile(new(inputs, [expected, actual])).Run([.. inputs.Select(x => Values(x.Type, random))]);
            Assert.True(
                values[0].Equals(values[1]),
                $"case {i}: {op.Name}({string.Join(", ", inputs.Select(x => x.Type))}; {string.Join(", ", op.Attributes)}) over axes {string.Join(", ", inAxes.Select(a => a?.ToString() ?? "null"))} to {outAxis}: {values[1]} is not {values[0]}");
        }
    }

    private static TensorType Batched(TensorType type, int axis, int size) => type with { Shape = type.Shape.Insert(axis < 0 ? axis + type.Rank + 1 : axis, size) };

    private static Op Picking(Random r, Func<Expr, int, Op> make)
    {
        var x = variable("x", new TensorType(DType.F64, Dims(r, 1)));
        var axis = r.Next(x.Rank);
        return make(x.Shape[axis] > 0 ? x : variable("x", x.Type with { Shape = x.Shape.With(axis, 2) }), axis);
    }

    private static Shape Dims(Random r, int least) => Shape.Of(Enumerable.Range(0, r.Next(least, 4)).Select(_ => r.Next(12) == 0 ? 0 : r.Next(1, 5)).ToArray());

    private static Tensor Values(TensorType type, Random random)
    {
        var values = Enumerable.Range(0, (int)type.Shape.Size).Select(_ => random.Next(-2, 6)).ToArray();
        return type.DType switch
        {
            DType.I32 => Tensor.Of<int>(type.Shape, values),
            DType.I64 => Tensor.Of<long>(type.Shape, [.. values.Select(v => (long)v)]),
            _ => LinearOps.Values(type, random),
        };
    }
}
