using System.Collections.Immutable;
using System.IO.Hashing;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using PropertyTests.Interpreters;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Serialization;

/// <summary>Bytes and back is the identity; no bytes from anyone do harm.</summary>
public sealed class SerializationLaws
{
    private static readonly Reference Reference = new();

    private static Function Back(byte[] bytes) => deserialize(bytes).IfFail(e => throw new InvalidOperationException(e.Message));

    private static string Problem(byte[] bytes) => deserialize(bytes).Match(f => throw new InvalidOperationException($"read {f}"), e => e.Message);

    private static IEnumerable<Function> Programs() => new[] { (Numbers.Integers, DType.F32), (Numbers.Smooth, DType.F32), (Numbers.Smooth, DType.F16), (Numbers.Smooth, DType.BF16) }
        .SelectMany(n => Program.Of(n.Item1, n.Item2).Generator.Sample(100, 60)).Select(p => p.Function);

    [Fact]
    public void Bytes_and_back_keep_hash_names_sharing_and_bytes()
    {
        foreach (var f in Programs())
        {
            var bytes = serialize(f);
            var g = Back(bytes);
            Assert.Equal(f.Hash, g.Hash);
            Assert.Equal(f.Nodes.Length, g.Nodes.Length);
            Assert.Equal(f.Parameters.Select(p => p.Op), g.Parameters.Select(p => p.Op));
            Assert.Equal(show(f), show(g));
            Assert.Equal(bytes, serialize(g));
        }
    }

    [Fact]
    public void Bytes_and_back_keep_the_value()
    {
        foreach (var p in Program.Of(Numbers.Smooth, DType.F64).Generator.Sample(60, 60))
            Assert.True(Reference.Compile(p.Function).Run(p.Inputs).SequenceEqual(new Reference().Compile(Back(serialize(p.Function))).Run(p.Inputs)), $"{p}");
    }

    /// <summary>Fails for a new op that declares something of a type that no codec writes: another test sees to it that each op has an example.</summary>
    [Fact]
    public void Every_example_of_every_op_comes_back()
    {
        foreach (var type in DTypes.All)
            foreach (var (name, make, inputs) in (type.IsNumber ? OpExamples.Of(type) : []).Concat(OpExamples.Functions(type)))
            {
                var f = Function.Trace(x => [make([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t))]);
                Assert.True(f.Equals(Back(serialize(f))), name);
            }
    }

    /// <summary>A changed format needs another version number, and must read this one still.</summary>
    [Fact]
    public void The_bytes_of_version_1_are_pinned()
    {
        var step = Function.Trace(a => [tanh(a[0] * a[1]), slice(concat(0, a[0], a[1]), 0, 1..^1, 2)], ("c", TensorType.F32(2)), ("x", TensorType.F32(2)));
        var f = Function.Trace(
            a =>
            {
                var y = results(Expr.Of(new Scan(step, 0, 1, 3, true, Residuals.Recompute, [a[0], matmul(a[1], constant<float>([2, 2], 1, -0f, float.NaN, 4))])));
                return [tap(y[0], "carry"), argsort(sum(y[1], 1), 0, descending: true), where(lessEqual(a[2], 7), convert(a[2], DType.F64), constant(0.5, DType.F64))];
            },
            ("state", TensorType.F32(2)), ("täglich/gewicht", TensorType.F32(3, 2)), ("n", TensorType.I64()));
        Assert.Equal(Version1, System.Convert.ToHexString(serialize(f)));
        Assert.Equal(f.Hash, Back(System.Convert.FromHexString(Version1)).Hash);
    }

    private const string Version1 =
        "466E4772010E234E756D62657242696E6172793C4D756C3E28583A206E6F64652C20593A206E6F64652919466C6F6174556E6172793C54616E683E28" +
        "583A206E6F6465291F436F6E6361742850617274733A206E6F64652A2C20417869733A20696E742936536C69636528583A206E6F64652C2053746172" +
        "743A20696E742A2C204C696D69743A20696E742A2C205374726964653A20696E742A2918436F6E7374616E742856616C75653A206C69746572616C29" +
        "53446F7428583A206E6F64652C20593A206E6F64652C204261746368583A20617865732C204261746368593A20617865732C20436F6E747261637458" +
        "3A20617865732C20436F6E7472616374593A2061786573296C5363616E28426F64793A2066756E6374696F6E2C20436F6E7374616E74733A20696E74" +
        "2C20436172726965733A20696E742C204C656E6774683A20696E742C20526576657273653A20626F6F6C2C204B6565703A20526573696475616C732C" +
        "20417267733A206E6F64652A291C526573756C74284F663A206E6F64652C20496E6465783A20696E74292554617028583A206E6F64652C204C616265" +
        "6C3A20746578742C204F726465723A20696E74291853756D28583A206E6F64652C20417865733A2061786573292F536F72744F7264657228583A206E" +
        "6F64652C20417869733A20696E742C2044657363656E64696E673A20626F6F6C2927436F6D70617269736F6E3C4C657373457175616C3E28583A206E" +
        "6F64652C20593A206E6F6465291B436F6E7665727428583A206E6F64652C20546F3A204454797065292953656C656374285072656469636174653A20" +
        "6E6F64652C20583A206E6F64652C20593A206E6F64652902020163040104017804010404000201010102020403000301010201060104020301030573" +
        "746174650401041074C3A4676C6963682F6765776963687404020604016E03000D0404020404000000803F000000800000C0FF000080400503010000" +
        "0102010006000002060101020501070100080105636172727900070302090101020A0100010403000007000000000000000B0A010C0B050405000000" +
        "0000000000E03F0D030201030906015C06D949834A1C383CE146E7F275D519";

    [Fact]
    public void A_million_nodes_come_back()
    {
        var x = variable("x");
        var y = x;
        for (var i = 0; i < 500_000; i++) y = sin(y) + x;
        Function f = new([x], [y]);
        var bytes = serialize(f);
        Assert.True(bytes.Length < 8 * f.Nodes.Length, $"{bytes.Length} bytes");
        var g = Back(bytes);
        Assert.Equal(f.Nodes.Length, g.Nodes.Length);
        Assert.Equal(f.Hash, g.Hash);
    }

    [Fact]
    public void A_function_that_is_called_often_stands_once()
    {
        var inner = Function.Trace(a => [sin(a[0]) * a[1]], ("a", TensorType.F32()), ("b", TensorType.F32()));
        Function Chain(int calls) => Function.Trace(a => [Enumerable.Range(0, calls).Aggregate(a[0], (y, _) => call(inner, y, a[0])[0])], ("x", TensorType.F32()));
        Assert.True(serialize(Chain(20)).Length < serialize(Chain(10)).Length + 10 * 6);
        var g = Back(serialize(Chain(20)));
        Assert.Single(g.Nodes.Select(n => n.Op).OfType<Call>().Select(c => c.Body).Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public void A_constant_of_one_value_is_small()
    {
        var f = new Function([], [constant<float>([1024], new float[1024]), constant<float>([1000], [.. Enumerable.Range(0, 1000).Select(i => (float)i)])]);
        Assert.InRange(serialize(f).Length, 4000, 4200);
        Assert.Equal(f, Back(serialize(f)));
    }

    [Fact]
    public void What_is_something_else_of_another_version_or_cut_off_is_refused_in_words()
    {
        var bytes = serialize(new Function([], [constant(1)]));
        Assert.Contains("does not begin with FnGr", Problem("{\"a\": 1}"u8.ToArray()));
        Assert.Contains("does not begin with FnGr", Problem([]));
        Assert.Contains("of version 2", Problem([.. bytes[..4], 2, .. bytes[5..]]));
        for (var length = 5; length < bytes.Length; length++) Assert.NotEmpty(Problem(bytes[..length]));
        Assert.Contains("cut off or changed", Problem([.. bytes, 0]));
        Assert.Contains("goes on for 1 bytes", Problem(Sealed([.. bytes[..^16], 0])));
    }

    [Fact]
    public void An_unknown_op_and_one_of_other_fields_are_named()
    {
        var bytes = serialize(new Function([], [iota(TensorType.F32(3))]))[..^16];
        var text = "Iota("u8;
        var at = bytes.AsSpan().IndexOf(text);
        byte[] Renamed(ReadOnlySpan<byte> by, int offset)
        {
            var copy = bytes.ToArray();
            by.CopyTo(copy.AsSpan(at + offset));
            return Sealed(copy);
        }
        Assert.Contains("does not know", Problem(Renamed("Jota"u8, 0)));
        Assert.Contains("here that is Iota(", Problem(Renamed("E"u8, 5)));
    }

    /// <summary>Every change of one byte is seen; and where the checksum is made to fit it, what is read is a function or an error, in little memory.</summary>
    [Fact]
    public void Changed_bytes_are_an_error_and_never_harm()
    {
        var random = new Random(7);
        var (read, refused) = (0, 0);
        foreach (var f in Programs().Where((_, i) => i % 4 == 0).Append(new Function([], [constant<int>([300], new int[300])])))
        {
            var bytes = serialize(f);
            for (var trial = 0; trial < 150; trial++)
            {
                var changed = bytes.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--) changed[random.Next(changed.Length - 16)] ^= (byte)(random.Next(2) == 0 ? 1 << random.Next(8) : random.Next(1, 256));
                if (!changed.SequenceEqual(bytes)) Assert.NotEmpty(Problem(changed));
                var cut = Sealed(changed.AsSpan(0, random.Next(4) == 0 ? random.Next(changed.Length - 16) : changed.Length - 16));
                var before = GC.GetAllocatedBytesForCurrentThread();
                if (deserialize(cut).IsSucc) read++;
                else refused++;
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000 + 300L * cut.Length);
            }
        }
        Assert.True(read > 50 && refused > 1000, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Random_bytes_are_an_error()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 5000; trial++)
        {
            var body = new byte[random.Next(200)];
            random.NextBytes(body);
            Assert.True(deserialize(Sealed([.. "FnGr"u8, 1, .. body])).IsFail);
        }
    }

    private static byte[] Sealed(ReadOnlySpan<byte> body) => [.. body, .. XxHash128.Hash(body)];
}
