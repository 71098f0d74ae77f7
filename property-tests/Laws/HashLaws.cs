using System.Reflection;
using FsCheck.Fluent;
using Functional;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>The structural hash: equal where the structure is, other where anything of it is, the same in every process.</summary>
public sealed class HashLaws
{
    /// <summary>
    /// Nodes of random ops and programs have one hash exactly if op, every property that the record declares (whether or not it is among the
    /// attributes that are hashed), and the inputs' hashes are the same.
    /// </summary>
    [Fact]
    public void Nodes_are_told_apart_by_every_property_of_their_ops()
    {
        var random = new Random(5);
        var ops = LinearOps.ByType.Values.SelectMany(make => Enumerable.Range(0, 150).Select(_ => Expr.Of(make(random))));
        var programs = Program.Of(Numbers.Integers, DType.F32).Generator.Sample(150, 60).SelectMany(p => p.Function.Nodes);
        var byKey = new Dictionary<string, UInt128>();
        var byHash = new Dictionary<UInt128, string>();
        foreach (var node in ops.Concat(programs).SelectMany(x => Fold.PostOrder(x)))
        {
            var (key, hash) = (Key(node), StructuralHash.Of(node));
            Assert.True(byKey.TryAdd(key, hash) || byKey[key] == hash, $"two hashes of {key}");
            Assert.True(byHash.TryAdd(hash, key) || byHash[hash] == key, $"one hash of {key} and {byHash[hash]}");
        }
        Assert.True(byKey.Count > 2000, $"only {byKey.Count} different nodes");
    }

    private static string Key(Expr node)
    {
        string[] derived = ["Inputs", "Flops", "BytesRead", "Attributes", "LinearInputs", "Name", "EqualityContract", "FreeX", "FreeY"];
        var own = node.Op.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => !derived.Contains(p.Name) && p.PropertyType != typeof(Expr) && p.PropertyType != typeof(ValueArray<Expr>))
            .Select(p => $"{p.Name}={(p.GetValue(node.Op) is Literal l ? $"{l.Type}{System.Convert.ToHexString(l.Bytes)}" : p.GetValue(node.Op))}");
        return $"{node.Op.GetType()}({string.Join(", ", own)}; {string.Join(", ", node.Inputs.Select(x => StructuralHash.Of(x)))})";
    }

    [Fact]
    public void Constants_are_told_apart_by_their_bits()
    {
        var values = new[] { 0.0, -0.0, 1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon };
        Assert.Equal(values.Length, values.Select(v => StructuralHash.Of(constant(v, DType.F64))).Distinct().Count());
        Assert.Equal(StructuralHash.Of(constant(double.NaN)), StructuralHash.Of(constant(double.NaN)));
        Assert.Equal(DTypes.All.Count, DTypes.All.Select(t => StructuralHash.Of(constant(1, t))).Distinct().Count());
    }

    [Fact]
    public void Functions_are_told_apart_by_the_order_and_use_of_parameters()
    {
        static Function F(Func<Expr, Expr, Expr> f) => Function.Trace(a => [f(a[0], a[1])], ("a", TensorType.F32(2)), ("b", TensorType.F32(2)));
        Function[] different = [F((a, b) => a - b), F((a, b) => b - a), F((a, _) => a - a), F((a, b) => a + b), F((a, b) => (a + b) * (a + b))];
        Assert.Equal(different.Length, different.Select(f => f.Hash).Distinct().Count());
        Assert.Equal(F((a, b) => a - b), Function.Trace(a => [a[0] - a[1]], ("other", TensorType.F32(2)), ("names", TensorType.F32(2))));
        Assert.NotEqual(F((a, b) => a - b), Function.Trace(a => [a[0] - a[1]], ("a", TensorType.F64(2)), ("b", TensorType.F64(2))));
    }

    [Fact]
    public void Sharing_does_not_change_the_hash()
    {
        var x = variable("x");
        var y = x * x;
        Assert.Equal(StructuralHash.Of(x * x + x * x), StructuralHash.Of(y + y));
        Assert.Equal(StructuralHash.Of(x * x + x * x), StructuralHash.Of(share(x * x + x * x)));
    }

    /// <summary>Pinned, so that a cache or a file that another process wrote is found again. A change here is a change of format; so the program is made of ops alone, no composition.</summary>
    [Fact]
    public void The_hash_is_the_same_in_every_process()
    {
        var f = Function.Trace(
            a => [exp(relu(conv2d(a[0], a[1], 2, Padding.Same))), convert(argmax(a[0], 1), DType.I64)],
            ("x", TensorType.F32(2, 3, 8, 8)), ("w", TensorType.F32(4, 3, 3, 3)));
        Assert.Equal(
            ["53e3e352e9d9de04853b20682c33ecc5", "34a5144b4bf04457e77d635bc37b9ef3", "c83882fb15c002876062729c703cc243"],
            new[] { StructuralHash.Of(variable("x")), StructuralHash.Of(constant(1.5f, DType.F64)), f.Hash }.Select(h => h.ToString("x32")));
    }
}
