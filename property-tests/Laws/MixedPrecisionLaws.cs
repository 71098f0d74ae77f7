using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using static PropertyTests.Laws.ForPrograms;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>Mixed precision says of products how they read their factors, and of nothing else; what they read is off by no more than is said.</summary>
public sealed class MixedPrecisionLaws
{
    private static readonly Reference Reference = new();

    public static TheoryData<Precision> Reduced => [Precision.BF16, Precision.F16];

    private static Function Mixed(Function f, Precision precision) => mixedPrecision(f, new(precision));

    /// <summary>Checks a law of f32 programs, of which it speaks where they have products.</summary>
    private static void OfProducts(Func<Program, bool> law) => ForMost(Numbers.Integers, DType.F32, 200, p => Products(p.Function).Any() ? law(p) : null, oneIn: 6);

    /// <summary>The products of f32 of a function, those of functions that its ops own too.</summary>
    private static IEnumerable<Bilinear> Products(Function f) =>
        f.Nodes.SelectMany(n => n.Op switch { Bilinear { X.DType: DType.F32 } b => [b], Control c => c.Bodies.SelectMany(Products), _ => Enumerable.Empty<Bilinear>() });

    [Fact]
    public void Full_precision_is_the_identity() => ForAll(Numbers.Integers, DType.F32, 100, p => ReferenceEquals(p.Function, mixedPrecision(p.Function, PrecisionPolicy.Full)));

    [Theory]
    [MemberData(nameof(Reduced))]
    public void Every_product_of_f32_is_mixed_once_and_types_stay(Precision precision) => OfProducts(p =>
    {
        var (once, other) = (Mixed(p.Function, precision), precision == Precision.BF16 ? Precision.F16 : Precision.BF16);
        Assert.All(Products(once), b => Assert.Equal(precision, b.Precision));
        Assert.Equal(p.Function.Results.Select(r => r.Type), once.Results.Select(r => r.Type));
        Assert.NotEqual(p.Function.Hash, once.Hash);
        return ReferenceEquals(once, Mixed(once, precision)) && ReferenceEquals(once, Mixed(once, other)) && deserialize(serialize(once)).IfFail(p.Function).Hash == once.Hash;
    });

    /// <summary>Loops, branches, checkpoints and rules of their own among the programs.</summary>
    [Theory]
    [MemberData(nameof(Reduced))]
    public void It_commutes_with_derivatives_and_batches(Precision precision) => OfProducts(p =>
    {
        Func<Function, Function>[] transforms =
        [
            Derivatives.Forward, Derivatives.Reverse, f => Derivatives.Batched(f, 3), f => Derivatives.Batched(Derivatives.Reverse(f), 2),
            f => Derivatives.Reverse(Derivatives.Forward(f)), simplify, f => Transformation.Checkpointed(f, CheckpointPolicy.DotsSaveable),
        ];
        return transforms.All(t => t(Mixed(p.Function, precision)).Hash == Mixed(t(p.Function), precision).Hash);
    });

    /// <summary>On integers all is exact but the rounding of factors: any order of summation gives the same bits.</summary>
    [Theory]
    [MemberData(nameof(Reduced))]
    public void The_processor_computes_what_the_definition_says(Precision precision) => OfProducts(p =>
    {
        foreach (var f in new[] { p.Function, Derivatives.Reverse(p.Function) }.Select(f => Mixed(f, precision)))
        {
            var inputs = p.Values([.. f.Parameters.Select(v => v.Type)], 4);
            var (expected, actual) = (Reference.Compile(f).Run(inputs), new Cpu(2).Compile(f).Run(inputs));
            if (!expected.Zip(actual).All(r => Values.Elements(r.Item1).SequenceEqual(Values.Elements(r.Item2)))) return false;
        }
        return true;
    });

    /// <summary>What the rounding is: to the type and back, of each factor, and of nothing that is summed.</summary>
    [Theory]
    [MemberData(nameof(Reduced))]
    public void A_product_is_that_of_its_factors_converted(Precision precision)
    {
        (string, TensorType)[] types = [("x", TensorType.F32(3, 40)), ("w", TensorType.F32(40, 5)), ("image", TensorType.F32(2, 3, 7, 6)), ("filter", TensorType.F32(4, 3, 3, 2))];
        Function Of(Func<Expr, Expr> read) =>
            Function.Trace(p => [matmul(read(p[0]), read(p[1])), matmul(transpose(read(p[1])), transpose(read(p[0]))), conv2d(read(p[2]), read(p[3]), padding: 1)], [.. types]);
        var full = Of(x => x);
        var (mixed, written) = (Mixed(full, precision), Of(x => convert(convert(x, precision.Factor), DType.F32)));
        var inputs = Values.Drawn([.. types.Select(t => t.Item2)], Numbers.Smooth, 3);
        foreach (var interpreter in new IInterpreter[] { Reference, new Cpu(2) })
        {
            Assert.Equal(interpreter.Compile(written).Run(inputs).AsEnumerable(), interpreter.Compile(mixed).Run(inputs));
            Assert.All(interpreter.Compile(full).Run(inputs).Zip(interpreter.Compile(mixed).Run(inputs)), r => Assert.NotEqual(r.Item1, r.Item2));
        }
    }

    /// <summary>
    /// Sums and products of sums and products, and their gradients: where c is how many factors a term of the result passes through as, each rounded by a share u
    /// at most, the result is off by at most ((1 + u)^c − 1) of what it would be if nothing cancelled (Higham, Accuracy and Stability of Numerical Algorithms, §3).
    /// </summary>
    [Theory]
    [InlineData(Precision.BF16, -8)]
    [InlineData(Precision.F16, -11)]
    public void Values_and_gradients_are_off_by_no_more_than_their_factors(Precision precision, int unit)
    {
        var (u, telling) = (Math.ScaleB(1, unit), 0);
        for (var seed = 0; seed < 60; seed++)
        {
            var f = Polynomial(new(seed));
            foreach (var g in new[] { f, Derivatives.Reverse(f) })
            {
                var random = new Random(seed);
                ImmutableArray<Tensor> inputs = [.. g.Parameters.Select(p => Values.Of(p.Type, () => (0.5 + random.NextDouble() / 2) * (random.Next(2) == 0 ? 1 : -1)))];
                ImmutableArray<Tensor> sizes = [.. inputs.Select(x => Values.Of(x.Type, [.. Values.Elements(x).Select(Math.Abs)]))];
                var passed = Fold.Up<int>(g.Results, (node, of) => node.Op switch
                {
                    Bilinear => of.Sum() + 2,
                    NumberBinary<Functions.Mul> => of.Sum(),
                    _ => of.DefaultIfEmpty(0).Max(),
                });
                var (full, mixed) = (Reference.Compile(g).Run(inputs), Reference.Compile(Mixed(g, precision)).Run(inputs));
                var uncancelled = Reference.Compile(new(g.Parameters, Fold.Rewrite(g.Results, node => node.Op switch
                {
                    NumberBinary<Functions.Sub> s => s.X + s.Y,
                    NumberUnary<Functions.Neg> n => n.X,
                    _ => node,
                }))).Run(sizes);
                for (var k = 0; k < full.Length; k++)
                    for (var i = 0; i < full[k].Shape.Size; i++)
                    {
                        var share = Math.Pow(1 + u, passed[g.Results[k]]) - 1;
                        if (full[k][i] != mixed[k][i]) telling++;
                        Assert.InRange(Math.Abs(full[k][i] - mixed[k][i]), 0, (share * 1.001 + 1e-5) * uncancelled[k][i]);
                    }
            }
        }
        Assert.True(telling > 1000, $"only {telling} numbers differ");
    }

    /// <summary>A random polynomial of three matrices, of degree 8 at most, by products of both kinds.</summary>
    private static Function Polynomial(Random random) => Function.Trace(
        p =>
        {
            List<(Expr Value, int Degree)> known = [.. p.Select(x => (x, 1))];
            while (known.Count < 10)
            {
                var (x, y) = (known[random.Next(known.Count)], known[random.Next(known.Count)]);
                var degree = x.Degree + y.Degree;
                if (degree > 8) continue;
                known.Add(random.Next(7) switch
                {
                    0 => (x.Value + y.Value, Math.Max(x.Degree, y.Degree)),
                    1 => (x.Value - y.Value, Math.Max(x.Degree, y.Degree)),
                    2 => (x.Value * y.Value, degree),
                    3 => (-transpose(x.Value), x.Degree),
                    4 => (reshape(conv2d(reshape(x.Value, 1, 1, 4, 4), reshape(slice(y.Value, [0, 0], [3, 3]), 1, 1, 3, 3), padding: 1), 4, 4), degree),
                    _ => (matmul(x.Value, y.Value), degree),
                });
            }
            return [known[^1].Value, known[^2].Value, sum(known[^3].Value, 0)];
        },
        ("a", TensorType.F32(4, 4)), ("b", TensorType.F32(4, 4)), ("c", TensorType.F32(4, 4)));

    [Fact]
    public void Parameters_and_gradients_stay_f32_and_results_are_as_wanted()
    {
        var (x, w) = (variable("x", TensorType.F32(2, 3)), variable("w", TensorType.F32(3, 4)));
        Expr Loss(Expr v) => sum(softmax(matmul(x, v)) * 2);
        Assert.Equal(DType.BF16, mixedPrecision(v => matmul(x, v), new(Precision.BF16, Output: DType.BF16))(w).DType);
        Assert.Equal(w.Type, grad(mixedPrecision(Loss, PrecisionPolicy.F16))(w).Type);
        Assert.Equal(StructuralHash.Of(grad(mixedPrecision(Loss, PrecisionPolicy.F16))(w)), StructuralHash.Of(mixedPrecision(grad(Loss), PrecisionPolicy.F16)(w)));
        Assert.Equal("matmul(x, w, precision=bf16)", show(mixedPrecision(matmulOf, PrecisionPolicy.BF16)(x, w)));
        Assert.Equal("mixedPrecision of dot", mixedPrecision(matmulOf, PrecisionPolicy.BF16)(x, w).Origin!.Rule);

        static Expr matmulOf(Expr a, Expr b) => matmul(a, b);
    }

    [Fact]
    public void What_is_closed_over_is_left_as_it_is()
    {
        var (x, w) = (variable("x", TensorType.F32(3, 3)), variable("w", TensorType.F32(3, 3)));
        var outside = matmul(w, w);
        var y = mixedPrecision(v => matmul(v, outside), PrecisionPolicy.BF16)(x);
        Assert.Same(outside, ((Dot)y.Op).Y);
        Assert.Equal((Precision.BF16, Precision.Full), (((Dot)y.Op).Precision, ((Dot)outside.Op).Precision));
    }

    [Fact]
    public void Other_numbers_than_f32_are_not_read_less_precisely()
    {
        var x = variable("x", TensorType.F64(2, 2));
        var error = Assert.Throws<ShapeError>(() => dot(x, x, [], [], 1, 0, Precision.BF16));
        Assert.Contains("factors of f64 cannot be read as bf16", error.Message, StringComparison.Ordinal);
        Assert.Same(x, mixedPrecision(v => v, PrecisionPolicy.BF16)(x));
        var product = Function.Trace(p => [matmul(p[0], p[0])], ("x", x.Type));
        Assert.Same(product, mixedPrecision(product, PrecisionPolicy.BF16));
    }

    [Fact]
    public void Factors_of_that_type_are_read_as_they_are_and_others_rounded()
    {
        Function Of(DType type, Precision precision) => Function.Trace(p => [dot(convert(p[0], DType.F32), convert(p[0], DType.F32), [], [], 0, 0, precision)], ("x", new(type, Shape.Of([3]))));
        Assert.Equal(widen(Of(DType.F16, Precision.Full)).Hash, widen(Of(DType.F16, Precision.F16)).Hash);
        Assert.Equal(1 + 1 + 1, Reference.Compile(Of(DType.F16, Precision.BF16)).Run(Tensor.Of<Half>([3], [(Half)1.001f, (Half)1.001f, (Half)1.001f]))[0][0]);
        Assert.Equal(3 * 256.0 * 256, Reference.Compile(Of(DType.I32, Precision.BF16)).Run(Tensor.Of(257, 257, 257))[0][0]);
    }

    /// <summary>Forward and adjoint read the same converted factors, which are kept in 16 bits.</summary>
    [Fact]
    public void A_factor_that_forward_and_adjoint_read_is_converted_once()
    {
        var (x, w) = (variable("x", TensorType.F32(8, 8)), variable("w", TensorType.F32(8, 8)));
        var (y, pullback) = vjp(mixedPrecision<(Expr, Expr), Expr>(p => matmul(p.Item1, p.Item2), PrecisionPolicy.BF16), (x, w));
        var (dx, dw) = pullback(y);
        var wide = widen(new Function([x, w], [y, dx, dw]));
        Assert.Equal(3, wide.Nodes.Count(n => n.DType == DType.BF16 && n.Op is Functional.Convert));
        Assert.All(wide.Nodes.Select(n => n.Op).OfType<Dot>(), d => Assert.Equal(Precision.Full, d.Precision));
    }
}
