using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;
using Cpu = Functional.Interpreter.Cpu.Cpu;

namespace PropertyTests.Transforms;

/// <summary>A mask after a scatter is a mask before it.</summary>
public class MaskTests
{
    private const int Planes = 3, Side = 9;

    /// <summary>Numbers of which many are equal, with zeros of both signs, NaN and infinities.</summary>
    private static Tensor Drawn(int seed, Shape shape)
    {
        var random = new Random(seed);
        float[] special = [0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        return Tensor.Of<float>(shape, [.. Enumerable.Range(0, (int)shape.Size).Select(_ => random.Next(8) == 0 ? special[random.Next(special.Length)] : random.Next(-3, 4))]);
    }

    private static int[] Bits(Tensor x) => [.. Enumerable.Range(0, (int)x.Shape.Size).Select(i => float.IsNaN((float)x[i]) ? -1 : BitConverter.SingleToInt32Bits((float)x[i]))];

    /// <summary>The sizes of what is masked.</summary>
    private static ImmutableArray<long> Masked(ImmutableArray<Expr> roots) => [.. Fold.PostOrder(roots).Where(n => n.Op is Select).Select(n => n.Shape.Size)];

    private static Function Masks(Function f) => new(f.Parameters, Functional.Masks.Of(f.Results));

    /// <summary>The rectified image pooled, and the pullback of a cotangent.</summary>
    private static Function Pooled(WindowDim window, Func<Expr, Expr>? rectify = null) => simplify(Function.Trace(
        p => [windowMax((rectify ?? relu)(p[0]), [window, window]), vjp<Expr, Expr>(x => windowMax((rectify ?? relu)(x), [window, window]), p[0]).Pullback(p[1])],
        ("x", TensorType.F32(Planes, Side, Side)), ("u", TensorType.F32(Planes, window.Positions(Side), window.Positions(Side)))));

    public static TheoryData<WindowDim> Windows => [new(2, 2), new(3, 2), new(3, 2, 1, 1), new(3, 1, 1, 1), new(2, 3, 0, 0, 2), new(2, 4, 4, 4)];

    [Theory]
    [MemberData(nameof(Windows))]
    public void A_rectifier_is_masked_where_its_maxima_are(WindowDim window)
    {
        var f = Pooled(window);
        var g = simplify(Masks(f));
        Assert.Equal(Planes * Side * Side, Masked(f.Results).Single());
        Assert.Equal(f.Results[0].Shape.Size, Masked(g.Results).Single());
        Assert.True(new Walk(g.Results).Count <= new Walk(f.Results).Count);
        for (var seed = 0; seed < 20; seed++)
        {
            ImmutableArray<Tensor> inputs = [Drawn(seed, f.Parameters[0].Shape), Drawn(seed + 100, f.Parameters[1].Shape)];
            var expected = new Reference().Compile(f).Run(inputs);
            foreach (var results in new[] { new Reference().Compile(g).Run(inputs), new Cpu(2).Compile(f).Run(inputs) })
                foreach (var (e, a) in expected.Zip(results)) Assert.Equal(Bits(e), Bits(a));
        }
    }

    [Fact]
    public void What_others_read_or_other_values_fill_is_masked_where_it_was()
    {
        var window = new WindowDim(2, 2);
        Expr Scattered(Expr x, Expr y, Expr u) => vjp<Expr, Expr>(z => windowMax(z, [window, window]), x).Pullback(windowMax(y, [window, window]) + u);
        Function Of(Func<Expr, Expr, Expr, ImmutableArray<Expr>> results) => simplify(Function.Trace(
            p => [.. results(p[0], p[1], p[2]), windowMax(p[0], [window, window])],
            ("x", TensorType.F32(Planes, 8, 8)), ("y", TensorType.F32(Planes, 8, 8)), ("u", TensorType.F32(Planes, 4, 4))));

        Assert.True(IsChanged(Of((x, y, u) => [where(greater(x, zerosLike(x)), Scattered(x, y, u), zerosLike(x))])));
        Assert.False(IsChanged(Of((x, y, u) => [where(greater(x, zerosLike(x)), Scattered(x, y, u), -zerosLike(x))])));
        Assert.False(IsChanged(Of((x, y, u) => [where(greater(x, zerosLike(x)), Scattered(x, y, u), x)])));
        Assert.False(IsChanged(Of((x, y, u) => [where(greater(y, zerosLike(y)), Scattered(x, y, u), zerosLike(x))])));
        Assert.False(IsChanged(Of((x, y, u) => [where(greater(x, y), Scattered(x, y, u), zerosLike(x))])));
        Assert.False(IsChanged(Of((x, y, u) => Scattered(x, y, u) is var s ? [where(greater(x, zerosLike(x)), s, zerosLike(x)), s] : [])));

        static bool IsChanged(Function f) => !Masks(f).Results.SequenceEqual(f.Results);
    }

    [Fact]
    public void A_step_keeps_what_was_pooled_and_not_what_it_was_pooled_from()
    {
        var f = Function.Trace(
            p => [grad((Expr w) => sum(sin(maxPool2d(relu(conv2d(p[1], w)), 2))))(p[0])], ("w", TensorType.F32(16, 2, 3, 3)), ("x", TensorType.F32(4, 2, 34, 34)));
        var plan = new Cpu(2).Compile(f) is IPlanned planned ? planned.Plan : throw new InvalidOperationException();
        Assert.InRange(plan.ArenaBytes, 4 * 16 * 32 * 32 * sizeof(float), (2 * 4 * 16 * 32 * 32 * sizeof(float)) - 1);
    }
}
