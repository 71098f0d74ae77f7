using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using PropertyTests.Interpreters;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>
/// The law of each kind of op, on random shapes, attributes and small integers, so that every equality is exact: what is linear is additive and
/// homogeneous, what is bilinear obeys the product rule, what is discrete has the derivative zero.
/// </summary>
public sealed class KindLaws
{
    private const int Cases = 100;

    private static readonly Reference Reference = new();

    public static TheoryData<string> Ops => [.. LinearOps.ByType.Keys.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void A_linear_op_is_additive_and_homogeneous_in_each_operand_it_is_linear_in(string name) => Each(name, (op, x, dx) =>
    {
        var y = Expr.Of(op);
        foreach (var on in op is Bilinear ? new[] { new[] { 0 }, [1] } : [Enumerable.Range(0, ((Linear)op).LinearInputs).ToArray()])
        {
            Expr At(Func<int, Expr> operand) => Expr.Of(op.With([.. op.Inputs.Select((input, i) => on.Contains(i) ? operand(i) : input)]));
            var (whole, parts) = (At(i => x[i] + dx[i] * 3), At(i => x[i]) + At(i => dx[i]) * 3);
            Equal(op, x, dx, whole, parts);
        }
    });

    [Theory]
    [MemberData(nameof(Ops))]
    public void The_tangent_of_a_linear_or_bilinear_op_is_its_central_difference(string name) => Each(name, (op, x, dx) =>
    {
        Expr At(ImmutableArray<Expr> operands) => Expr.Of(op.With([.. operands, .. op.Inputs.Skip(operands.Length)]));
        Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((e, i) => KeyValuePair.Create($"{i:00}", e)));
        var tangent = jvp(p => At([.. p.Values]), Named(x), Named(dx)).Tangent;
        var difference = At([.. x.Zip(dx, (a, d) => a + d)]) - At([.. x.Zip(dx, (a, d) => a - d)]);
        Equal(op, x, dx, tangent * 2, op is Functional.Convert { To: DType.F32 } ? convert(difference, DType.F32) : difference);
    });

    [Fact]
    public void The_derivative_of_a_discrete_op_is_exactly_zero()
    {
        var shown = new HashSet<Type>();
        foreach (var (name, program, inputs) in OpExamples.Of(DType.F64))
        {
            var f = Function.Trace(x => [program([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t))]);
            foreach (var node in f.Nodes.Where(n => n.Op is Discrete && n.Inputs[0].DType.IsFloat))
            {
                shown.Add(node.Op.GetType());
                var x = variable("x", node.Inputs[0].Type);
                var slope = grad(v => sum(convert(Expr.Of(node.Op.With([v])), DType.F64) + 1))(x);
                Assert.True(Reference.Eval(slope, (x, Tensor.Zeros(x.Type))).Equals(Tensor.Zeros(x.Type)), name);
            }
        }
        Assert.Equal(
            typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Discrete)) && !t.IsAbstract && t != typeof(RandomBits)).Select(t => t.Name).Order(),
            shown.Select(t => t.Name).Order());
    }

    private static void Each(string name, Action<Op, ImmutableArray<Expr>, ImmutableArray<Expr>> law)
    {
        var random = new Random(name.Sum(c => c));
        for (var i = 0; i < Cases; i++)
        {
            var op = LinearOps.ByType.Single(kv => kv.Key.Name == name).Value(random);
            ImmutableArray<Expr> x = [.. op.Inputs.Take(op is Bilinear ? 2 : ((Linear)op).LinearInputs)];
            law(op, x, [.. x.Select((v, j) => variable($"d{j}", v.Type))]);
        }
    }

    private static void Equal(Op op, ImmutableArray<Expr> x, ImmutableArray<Expr> dx, Expr left, Expr right)
    {
        ImmutableArray<Expr> variables = [.. x.Concat(dx).Distinct()];
        var random = new Random(variables.Length);
        var values = Reference.Compile(new(variables, [left, right])).Run([.. variables.Select(v => LinearOps.Values(v.Type, random))]);
        for (var i = 0; i < values[0].Shape.Size; i++)
            Assert.True(values[0][i] == values[1][i], $"{op.Name}({string.Join(", ", op.Inputs.Select(v => v.Type))}; {string.Join(", ", op.Attributes)}): {values[0][i]} is not {values[1][i]}");
    }
}
