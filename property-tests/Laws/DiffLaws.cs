using System.Collections.Immutable;
using FsCheck.Fluent;
using Functional;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>What differs between two graphs, in words.</summary>
public sealed class DiffLaws
{
    private static IEnumerable<Function> Programs() => Program.Of(Numbers.Integers, DType.F32).Generator.Sample(100, 60).Select(p => p.Function);

    private static Function F(Func<Expr, Expr, Expr> f) => Function.Trace(a => [f(a[0], a[1])], ("x", TensorType.F32()), ("y", TensorType.F32()));

    [Fact]
    public void A_function_and_its_like_do_not_differ()
    {
        foreach (var f in Programs())
        {
            Assert.Equal("no difference", diff(f, f));
            ImmutableArray<Expr> others = [.. f.Parameters.Select((p, i) => variable($"other{i}", p.Type))];
            Assert.Equal("no difference", diff(f, new(others, f.Inline(others))));
        }
    }

    [Fact]
    public void Functions_of_different_hashes_differ()
    {
        var all = Programs().DistinctBy(f => f.Hash).ToList();
        foreach (var (f, g) in all.Zip(all.Skip(1))) Assert.NotEqual("no difference", diff(f, g));
        var swapped = Function.Trace(a => [a[1], a[0]], ("x", TensorType.F32()), ("y", TensorType.F32()));
        Assert.Equal("~ result 0: x → y\n~ result 1: y → x", diff(Function.Trace(a => a, ("x", TensorType.F32()), ("y", TensorType.F32())), swapped));
    }

    [Fact]
    public void Exchanging_the_two_exchanges_what_is_named()
    {
        var all = Programs().ToList();
        foreach (var (f, g) in all.Zip(all.Skip(1)))
        {
            var (there, back) = (diff(f, g), diff(g, f));
            if (there.Contains("more …", StringComparison.Ordinal)) continue;
            Assert.Equal(there.Split('\n').Length, back.Split('\n').Length);
            Assert.Equal(there.Count(c => c == '→'), back.Count(c => c == '→'));
            foreach (var (sign, other) in new[] { ("+ ", "- "), ("- ", "+ ") })
                Assert.Equal(there.Split('\n').Count(l => l.StartsWith(sign, StringComparison.Ordinal)), back.Split('\n').Count(l => l.StartsWith(other, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_changed_op_is_named_with_what_reads_it() =>
        Assert.Equal("~ exp(x) → sin(x), in exp(x) * y", diff(F((x, y) => exp(x) * y), F((x, y) => sin(x) * y)));

    [Fact]
    public void What_stands_above_stays_where_something_below_changes()
    {
        Assert.Equal("~ x + y → x - y, in tanh(x + y)", diff(F((x, y) => exp(tanh(x + y))), F((x, y) => exp(tanh(x - y)))));
        Assert.Equal("+ tanh(x * y), in exp(tanh(x * y))", diff(F((x, y) => exp(x * y)), F((x, y) => exp(tanh(x * y)))));
        Assert.Equal("- tanh(x * y), in exp(tanh(x * y))", diff(F((x, y) => exp(tanh(x * y))), F((x, y) => exp(x * y))));
    }

    [Fact]
    public void Operands_that_are_exchanged_are_a_change()
    {
        Assert.Equal("~ x - y → y - x", diff(F((x, y) => x - y), F((x, y) => y - x)));
        Assert.Equal("~ exp(x) - sin(y) → sin(y) - exp(x)", diff(F((x, y) => exp(x) - sin(y)), F((x, y) => sin(y) - exp(x))));
    }

    [Fact]
    public void Attributes_constants_and_types_count()
    {
        Assert.Equal("~ 2 → 3, in x * 2", diff(F((x, _) => x * 2), F((x, _) => x * 3)));
        var (v, w) = (variable("v", TensorType.F32(2, 2)), variable("v", TensorType.F32(2, 2)));
        Assert.Equal("~ sum(v, axes=[0]) → sum(v, axes=[1])", diff(sum(v, 0), sum(w, 1)));
        Assert.StartsWith("~ parameter 0: x: f32[] → x: f64[]", diff(Function.Trace(a => [exp(a[0])], ("x", TensorType.F32())), Function.Trace(a => [exp(a[0])], ("x", TensorType.F64()))));
    }

    [Fact]
    public void A_change_inside_a_function_that_is_called_is_found_there()
    {
        static Function Outer(Func<Expr, Expr> f) => F((x, y) => call(Function.Trace(a => [f(a[0])], ("a", TensorType.F32())), x * y)[0]);
        Assert.Contains("    in its function 0:\n    ~ exp(a) → sin(a), in exp(a) + a", diff(Outer(a => exp(a) + a), Outer(a => sin(a) + a)));
    }

    [Fact]
    public void Large_graphs_are_compared_in_little_text()
    {
        static Expr Deep(Expr x, Func<Expr, Expr> first)
        {
            var y = first(x);
            for (var i = 0; i < 100_000; i++) y = sin(y) + x;
            return y;
        }
        Assert.StartsWith("~ exp(x) → log(x)", diff(F((x, _) => Deep(x, exp)), F((x, _) => Deep(x, log))));
        Assert.True(diff(F((x, _) => Deep(x, exp)), F((_, y) => Deep(y, log))).Length < 10_000);
    }
}
