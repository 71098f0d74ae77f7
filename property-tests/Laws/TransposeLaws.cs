using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;

namespace PropertyTests;

/// <summary>
/// The law of linear and bilinear ops, ⟨ct, L x⟩ = ⟨Lᵀ ct, x⟩, exact: everything is a small integer in f64. Attributes, shapes and values are
/// random, with extents of 0, and the same in every run.
/// </summary>
public class TransposeLaws
{
    private const int Cases = 300;

    private static readonly Reference reference = new();

    public static TheoryData<string> Ops => [.. LinearOps.ByType.Keys.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void TransposeIsAdjoint(string name)
    {
        var random = new Random(name.Length * 7919 + name[0]);
        var make = LinearOps.ByType.Single(kv => kv.Key.Name == name).Value;
        var telling = 0;
        for (var i = 0; i < Cases; i++)
        {
            var op = make(random);
            Assert.True(Holds(op, random, ref telling), $"case {i}: {op.Name}({string.Join(", ", op.Inputs.Select(x => x.Type))}; {string.Join(", ", op.Attributes)})");
        }
        Assert.True(telling > Cases / 4, $"only {telling} of {Cases} products differ from 0");
    }

    [Fact]
    public void EveryLinearOpIsTested() => Assert.Equal(
        [.. typeof(Op).Assembly.GetTypes().Where(t => !t.IsAbstract && (t.IsSubclassOf(typeof(Linear)) || t.IsSubclassOf(typeof(Bilinear)))).Select(t => t.Name).Order()],
        LinearOps.ByType.Keys.Select(t => t.Name).Order());

    private static bool Holds(Op op, Random random, ref int telling)
    {
        var y = Expr.Of(op);
        var linear = op is Bilinear ? 2 : ((Linear)op).LinearInputs;
        var inputs = op.Inputs;
        Expr Transposed(int i, Expr ct) => op switch
        {
            Bilinear b => i == 0 ? b.TransposeLeft(ct) : b.TransposeRight(ct),
            _ => ((Linear)op).Transpose(i, ct),
        };
        var ct = Prelude.variable("ct", y.Type);
        ImmutableArray<Expr> variables = [.. inputs.Where(x => x.Op is Variable), ct];
        ImmutableArray<Expr> transposes = [.. Enumerable.Range(0, linear).Select(i => Transposed(i, ct))];
        if (!transposes.Select(t => t.Type).SequenceEqual(inputs.Take(linear).Select(x => x.Type))) return false;

        ImmutableArray<Tensor> values = [.. variables.Select(v => LinearOps.Values(v.Type, random))];
        var results = reference.Compile(new(variables, [y, .. transposes])).Run(values);
        var forward = Inner(results[0], values[^1]);
        if (forward != 0) telling++;
        var backward = Enumerable.Range(0, linear).Select(i => Inner(results[1 + i], values[variables.IndexOf(inputs[i])]));
        return op is Bilinear ? backward.All(b => b == forward) : backward.Sum() == forward;
    }

    private static double Inner(Tensor x, Tensor y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Shape.Size; i++) sum += x[i] * y[i];
        return sum;
    }
}
