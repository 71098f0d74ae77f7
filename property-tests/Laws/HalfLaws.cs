using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Testing;
using PropertyTests.Interpreters;
using Xunit;
using static Functional.Prelude;
using Convert = Functional.Convert;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>f16 and bf16 are computed in f32 and rounded once, node by node, by every interpreter and in derivatives.</summary>
public sealed class HalfLaws
{
    private static readonly Reference Reference = new();
    private static readonly Cpu[] Cpus = [.. Enum.GetValues<VectorWidth>().Where(w => w.IsSupported).Select(w => new Cpu(2, w))];

    public static TheoryData<DType> Types => [.. DTypes.All.Where(t => t.IsHalf)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_function_is_that_of_f32_rounded(DType type)
    {
        foreach (var (name, make, inputs) in OpExamples.Functions(type))
        {
            var random = new Random(name.Length);
            ImmutableArray<Tensor> x = [.. inputs.Select(t => OpExamples.Corners(t, random))];
            var direct = Function.Trace(p => [make([.. p])], [.. inputs.Select((t, i) => ($"x{i}", t))]);
            var wide = Function.Trace(p => [make([.. p])], [.. inputs.Select((t, i) => ($"x{i}", t with { DType = DType.F32 }))]);
            var expected = Rounded(Reference.Compile(wide).Run([.. x.Select(Widened)])[0], direct.Results[0].DType);
            Same(name, [expected], Reference.Compile(direct).Run(x));
        }
    }

    private static Tensor Widened(Tensor x) => Tensor.Of<float>(x.Shape, [.. Enumerable.Range(0, (int)x.Shape.Size).Select(i => (float)x[i])]);

    private static Tensor Rounded(Tensor x, DType type) => type switch
    {
        DType.F16 => Tensor.Of<Half>(x.Shape, Array.ConvertAll(x.ToArray<float>(), v => (Half)v)),
        DType.BF16 => Tensor.Of<BFloat16>(x.Shape, Array.ConvertAll(x.ToArray<float>(), v => (BFloat16)v)),
        _ => x,
    };

    /// <summary>Equal bits, but for those of NaN.</summary>
    private static void Same(string name, ImmutableArray<Tensor> expected, ImmutableArray<Tensor> actual)
    {
        for (var k = 0; k < expected.Length; k++)
        {
            Assert.Equal(expected[k].Type, actual[k].Type);
            var size = expected[k].DType.Size;
            for (var i = 0; i < expected[k].Shape.Size; i++)
                Assert.True(expected[k].Bytes.Slice(i * size, size).SequenceEqual(actual[k].Bytes.Slice(i * size, size)) || (double.IsNaN(expected[k][i]) && double.IsNaN(actual[k][i])),
                    $"{name}: element {i} of result {k} is {actual[k][i]}, not {expected[k][i]}");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_processor_computes_what_the_definition_says(DType type) => ForPrograms(type, 7, p => Agree(p.Function, p.Inputs, $"{p}"));

    [Theory]
    [MemberData(nameof(Types))]
    public void Derivatives_have_their_types_and_are_computed_as_they_say(DType type) => ForPrograms(type, 8, p =>
    {
        foreach (var f in new[] { Derivatives.Forward(p.Function), Derivatives.Reverse(p.Function) })
            Agree(f, [.. p.Inputs, .. p.Values([.. f.Parameters[p.Inputs.Length..].Select(v => v.Type)], 3)], $"{p}");
    });

    private static void ForPrograms(DType type, int seed, Action<Program> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(20261124, (ulong)(2 * seed + 1)).WithEndSize(80), Prop.ForAll(Program.Of(Numbers.Integers, type), p =>
        {
            law(p);
            return true;
        }));

    private static void Agree(Function f, ImmutableArray<Tensor> inputs, string name)
    {
        var expected = Reference.Compile(f).Run(inputs);
        foreach (var cpu in Cpus) Same($"{name}\n{cpu.Width}", expected, cpu.Compile(f).Run(inputs));
    }

    /// <summary>Beside f32, which is where weights are kept, in one loop; and with f64, where columns are taken one by one.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Loops_of_several_precisions_round_where_the_graph_says(DType type)
    {
        var random = new Random(5);
        foreach (var n in new[] { 1, 5, 16, 37, 1000 })
            foreach (var other in new[] { DType.F32, DType.F64, DType.F16, DType.BF16, DType.I32 })
            {
                var f = Function.Trace(x =>
                {
                    var y = convert(x[0] * x[1], type) + x[2] * constant(0.3, type);
                    var z = where(less(y, x[2]), y, relu(x[2]) - y);
                    return [z, convert(z, DType.F32) * x[0] - x[1], convert(z * z, other), convert(equal(z, y), type), sum(z * x[2], 1)];
                }, ("w", TensorType.F32(3, n)), ("v", TensorType.F32(3, n)), ("x", new(type, Shape.Of([3, n]))));
                Agree(f, [.. f.Parameters.Select(p => Values.Of(p.Type, () => random.Next(-64, 65) / 64.0))], $"{n} {other}");
            }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Sums_and_products_are_accumulated_in_f32(DType type)
    {
        var (ones, n) = (Tensor.Full(new(type, Shape.Of([1, 5000])), 1), 5000);
        foreach (var interpreter in new IInterpreter[] { Reference, Cpus[0], Cpus[^1] })
        {
            Assert.Equal(Literal.Scalar(type, n)[0], interpreter.Eval(sum(constant(ones.ToLiteral()))).Value);
            var x = constant(ones.ToLiteral());
            Assert.Equal(Literal.Scalar(type, n)[0], interpreter.Eval(matmul(x, transpose(x))).Value);
            Assert.Equal(n + 1, interpreter.Eval(matmul(convert(x, DType.F32), transpose(convert(x, DType.F32))) + 1).Value);
        }
    }

    /// <summary>Of few rows and many, copied once and by each task, permuted, reversed, in batches, with another precision on the other side; f32 alone beside them.</summary>
    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    [InlineData(DType.F32)]
    public void Products_read_their_operands_as_they_lie(DType type)
    {
        var random = new Random(9);
        foreach (var (m, k, n) in new[] { (1, 40, 50), (8, 5, 9), (17, 70, 33), (390, 40, 24), (20, 1100, 10), (8, 0, 9) })
        {
            TensorType T(DType of, params int[] dims) => new(of, Shape.Of(dims));
            Expr W(Expr x) => convert(x, DType.F32);
            var f = Function.Trace(
                x => [matmul(x[0], x[1]), matmul(W(x[0]), W(x[1])), matmul(x[0], transpose(x[2])), matmul(W(transpose(x[3])), x[4]), matmul(reverse(x[0], [1]), reverse(x[1], [0])),
                    dot(W(x[5]), W(x[6]), 0, 0, 2, 1), matmul(x[0], x[1]) + x[7], relu(matmul(W(x[0]), W(x[1])) + W(x[7]))],
                ("x", T(type, m, k)), ("y", T(type, k, n)), ("yt", T(type, n, k)), ("xt", T(type, k, m)), ("y32", T(DType.F32, k, n)), ("xs", T(type, 2, m, k)), ("ys", T(type, 2, k, n)), ("b", T(type, n)));
            Agree(f, [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))], $"{m}×{k}×{n}");
        }
        var plan = ((IPlanned)Cpus[^1].Compile(Function.Trace(x => [matmul(convert(x[0], DType.F32), convert(x[1], DType.F32))], ("x", new(type, Shape.Of([16, 8]))), ("y", new(type, Shape.Of([8, 16])))))).Plan;
        Assert.Single(plan.Steps);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Convolutions_agree(DType type)
    {
        var random = new Random(3);
        var f = Function.Trace(x => [conv2d(x[0], x[1], padding: 1), sum(grad<Expr>(w => convert(sum(conv2d(x[0], w, padding: 1)), DType.F32))(x[1]), 0)],
            ("x", new(type, Shape.Of([2, 3, 7, 9]))), ("w", new(type, Shape.Of([5, 3, 3, 3]))));
        Agree(f, [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))], "conv");
    }

    /// <summary>What is left computes in f32, and to do it again changes nothing.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Widened_programs_move_and_convert_only(DType type) => ForPrograms(type, 9, p =>
    {
        var wide = widen(p.Function);
        foreach (var node in wide.Nodes.Where(n => n.Op is not (Control or Convert) && !n.Op.Moves)) Assert.DoesNotContain(node.Inputs.Append(node), x => x.Results.Length == 1 && x.DType.IsHalf);
        foreach (var c in wide.Nodes.Select(n => n.Op).OfType<Convert>().Where(c => c.X.DType.IsHalf || c.To.IsHalf)) Assert.True(c.X.DType == DType.F32 || c.To == DType.F32);
        Assert.Equal(p.Function.Results.Select(r => r.Type), wide.Results.Select(r => r.Type));
        Assert.Equal(wide.Hash, widen(wide).Hash);
        Same($"{p}", Reference.Compile(p.Function).Run(p.Inputs), Reference.Compile(simplify(p.Function)).Run(p.Inputs));
    });

    [Fact]
    public void Other_programs_are_left_as_they_are()
    {
        foreach (var p in Program.Of(Numbers.Integers, DType.F32).Generator.Sample(50, 60)) Assert.Same(p.Function, widen(p.Function));
    }

    [Fact]
    public void A_product_of_bf16_in_f32_has_gradients_in_bf16()
    {
        var (x, w) = (variable("x", TensorType.BF16(3, 4)), variable("w", TensorType.BF16(4, 2)));
        var (dx, dw) = grad<(Expr X, Expr W)>(p => sum(matmul(convert(p.X, DType.F32), convert(p.W, DType.F32))))((x, w));
        Assert.Equal((x.Type, w.Type), (dx.Type, dw.Type));
        Assert.Equal(DType.BF16, grad(v => convert(sum(v * v), DType.F32))(x).DType);
    }

    [Fact]
    public void Numbers_print_shortly_and_types_by_their_names()
    {
        Assert.Equal("0.1", Literal.Scalar(DType.BF16, 0.1).ToString());
        Assert.Equal("0.1", Literal.Scalar(DType.F16, 0.1).ToString());
        Assert.Equal("bf16[2] [3.14, 1E+30]", Tensor.Of<BFloat16>([(BFloat16)3.14f, (BFloat16)1e30f]).ToString());
        Assert.Equal("f16[2] [3.14, Infinity]", Tensor.Of<Half>([(Half)3.14f, (Half)1e30f]).ToString());
        Assert.Equal("bf16[2]", new TensorType(DType.BF16, Shape.Of([2])).ToString());
        Assert.Equal("no tensor stores UInt16: use float, double, Half, BFloat16, int, long, byte or bool", Assert.Throws<NotSupportedException>(() => Tensor.Of<ushort>([1])).Message);
        Assert.Contains("element types bf16 and f32 differ: convert one of them", Assert.Throws<ShapeError>(() => variable("x", DType.BF16) + variable("y")).Message, StringComparison.Ordinal);
        for (var bits = 0; bits < 1 << 16; bits++)
            if (BFloat16.OfBits((ushort)bits) is var x && !float.IsNaN(x)) Assert.Equal(x, (BFloat16)float.Parse(x.ToString(), System.Globalization.CultureInfo.InvariantCulture));
    }
}
