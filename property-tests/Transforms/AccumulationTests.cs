using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;
using Cpu = Functional.Interpreter.Cpu.Cpu;

namespace PropertyTests.Transforms;

/// <summary>Sums that a loop makes step by step, or of padded pieces, are made at once.</summary>
public class AccumulationTests
{
    private const int Batch = 3, Width = 8, Steps = 5;

    private static Tensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return Tensor.Of<double>(Shape.Of(shape), [.. Enumerable.Range(0, (int)Shape.Of(shape).Size).Select(_ => random.NextDouble() - 0.5)]);
    }

    private static void Agrees(Function f, params ImmutableArray<Tensor> inputs)
    {
        var expected = new Reference().Compile(f).Run(inputs);
        var after = new Reference().Compile(new(f.Parameters, Accumulations.Of(f.Results))).Run(inputs);
        var planned = new Cpu(2).Compile(f).Run(inputs);
        foreach (var results in new[] { after, planned })
            foreach (var (e, a) in expected.Zip(results, (e, a) => (e, a)))
                for (var i = 0; i < e.Shape.Size; i++) Assert.Equal(e[i], a[i], 1e-12);
    }

    private static ImmutableArray<Scan> Scans(ImmutableArray<Expr> roots) => [.. Fold.PostOrder(roots).Select(n => n.Op).OfType<Scan>()];

    /// <summary>The gradient of a recurrent net by its weights: h ← tanh(h w + x).</summary>
    private static Function RecurrentGradient(bool reverse) => Function.Trace(
        p => [grad((Expr w) => sum(sin(scan((Expr h, Expr x) => (tanh(matmul(h, w) + x), h), p[1], p[2], reverse: reverse).Item1)))(p[0])],
        ("w", TensorType.F64(Width, Width)), ("h", TensorType.F64(Batch, Width)), ("x", TensorType.F64(Steps, Batch, Width)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_of_a_loops_weights_is_one_product(bool reverse)
    {
        var f = simplify(RecurrentGradient(reverse));
        var (before, after) = (Scans(f.Results), Scans(Accumulations.Of(f.Results)));
        Assert.Equal(before.Max(s => s.Carries) - 1, after.Max(s => s.Carries));
        Assert.DoesNotContain(after, s => s.Body.Results[..s.Carries].Any(c => c.Shape == Shape.Of([Width, Width])));
        Agrees(f, Random(1, Width, Width), Random(2, Batch, Width), Random(3, Steps, Batch, Width));
    }

    [Fact]
    public void A_carry_that_begins_with_a_value_keeps_it()
    {
        var f = Function.Trace(
            p => [scan((Expr s, Expr x) => (s + matmul(transpose(x), x), sum(x)), p[0], p[1]) is var (last, sums) ? last : p[0], sums],
            ("s", TensorType.F64(Width, Width)), ("x", TensorType.F64(Steps, Batch, Width)));
        Assert.Equal(0, Scans(Accumulations.Of(f.Results)).Single().Carries);
        Agrees(f, Random(4, Width, Width), Random(5, Steps, Batch, Width));
    }

    [Fact]
    public void A_carry_that_a_step_looks_at_stays()
    {
        var f = Function.Trace(
            p => [scan((Expr s, Expr x) => (s + matmul(transpose(x), x), sum(s)), p[0], p[1]) is var (last, sums) ? last : p[0], sums],
            ("s", TensorType.F64(Width, Width)), ("x", TensorType.F64(Steps, Batch, Width)));
        Assert.Equal(1, Scans(Accumulations.Of(f.Results)).Single().Carries);
        Agrees(f, Random(6, Width, Width), Random(7, Steps, Batch, Width));
    }

    [Fact]
    public void Pieces_that_fill_an_axis_are_joined()
    {
        var f = Function.Trace(
            p => [grad((Expr x) => sum(sin(slice(x, 1, 0..2)) + cos(slice(x, 1, 2..4))) + sum(exp(slice(x, 1, 4..5))))(p[0])], ("x", TensorType.F64(Batch, 5)));
        var joined = Accumulations.Of(simplify(f).Results);
        Assert.Contains(Fold.PostOrder(joined), n => n.Op is Concat);
        Assert.DoesNotContain(Fold.PostOrder(joined), n => n.Op is Pad);
        Agrees(f, Random(8, Batch, 5));
    }

    [Fact]
    public void Pieces_that_overlap_are_added()
    {
        var f = Function.Trace(p => [grad((Expr x) => sum(sin(slice(x, 0, 0..3))) + sum(cos(slice(x, 0, 2..5))))(p[0])], ("x", TensorType.F64(5)));
        Assert.DoesNotContain(Fold.PostOrder(Accumulations.Of(simplify(f).Results)), n => n.Op is Concat);
        Agrees(f, Random(9, 5));
    }
}
