using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Products on tensor cores: what the instruction means, and that the kernels that use it compute products.</summary>
public sealed class TensorCoreTests
{
    private static readonly Reference Reference = new();

    /// <summary>The matrices of one instruction by the formulas of the PTX ISA ("Matrix Fragments for mma.m16n8k16 with floating point type", and "mma.m16n8k8" for TF32).</summary>
    [Theory]
    [InlineData(MatrixNumbers.TF32)]
    [InlineData(MatrixNumbers.F16)]
    [InlineData(MatrixNumbers.BF16)]
    public void A_warp_multiplies_the_matrices_whose_fragments_its_threads_hold(MatrixNumbers numbers)
    {
        var (isWhole, depth, random) = (numbers == MatrixNumbers.TF32, numbers == MatrixNumbers.TF32 ? 8 : 16, new Random(1));
        var (a, b, c) = (new float[16, depth], new float[depth, 8], new float[16, 8]);
        foreach (var matrix in new[] { a, b, c })
            for (var i = 0; i < matrix.GetLength(0); i++)
                for (var j = 0; j < matrix.GetLength(1); j++) matrix[i, j] = random.Next(-8, 9) / 4f;
        int Bits(float x) => numbers switch { MatrixNumbers.TF32 => BitConverter.SingleToInt32Bits(x), MatrixNumbers.F16 => BitConverter.HalfToUInt16Bits((Half)x), _ => ((BFloat16)x).Bits };
        int[] left = new int[4 * 32], right = new int[2 * 32];
        var sums = new float[4 * 32];
        for (var lane = 0; lane < 32; lane++)
        {
            var (group, thread) = (lane >> 2, lane % 4);
            for (var i = 0; i < (isWhole ? 4 : 8); i++)
            {
                var row = isWhole ? (i is 0 or 2 ? group : group + 8) : i is 0 or 1 or 4 or 5 ? group : group + 8;
                var column = isWhole ? (i < 2 ? thread : thread + 4) : (thread * 2) + (i & 1) + (i < 4 ? 0 : 8);
                if (isWhole) left[(i * 32) + lane] = Bits(a[row, column]);
                else left[(i / 2 * 32) + lane] |= Bits(a[row, column]) << (16 * (i & 1));
            }
            for (var i = 0; i < (isWhole ? 2 : 4); i++)
            {
                var row = isWhole ? thread + (4 * i) : (thread * 2) + (i & 1) + (i < 2 ? 0 : 8);
                if (isWhole) right[(i * 32) + lane] = Bits(b[row, group]);
                else right[(i / 2 * 32) + lane] |= Bits(b[row, group]) << (16 * (i & 1));
            }
            for (var i = 0; i < 4; i++) sums[(i * 32) + lane] = c[i < 2 ? group : group + 8, (thread * 2) + (i & 1)];
        }
        byte[] memory = [.. MemoryMarshal.AsBytes<int>(left)], other = [.. MemoryMarshal.AsBytes<int>(right)], results = [.. MemoryMarshal.AsBytes<float>(sums)];
        Execution.Run(One(numbers), memory, other, results);
        for (var lane = 0; lane < 32; lane++)
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = (i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane % 4 * 2) + (i & 1));
                var expected = c[row, column] + Enumerable.Range(0, depth).Sum(d => a[row, d] * b[d, column]);
                Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(results)[(i * 32) + lane]);
            }
    }

    /// <summary>One instruction on words and sums that lie fragment by fragment, for the threads of a warp of which a condition holds.</summary>
    private static KernelCode One(MatrixNumbers numbers, Func<Value, Value>? where = null)
    {
        var k = new KernelBuilder("one");
        var (left, right, c, thread) = (k.Argument(DType.I32), k.Argument(DType.I32), k.Argument(DType.F32), KernelBuilder.Thread);
        ImmutableArray<Local> sums = [.. Enumerable.Range(0, 4).Select(i => k.Let(c[thread + (i * 32)]))];
        k.Where(where?.Invoke(thread) ?? Value.True, () =>
            k.MultiplyAccumulate(numbers, sums, [.. Enumerable.Range(0, 4).Select(i => left[thread + (i * 32)])], [.. Enumerable.Range(0, 2).Select(i => right[thread + (i * 32)])]));
        for (var i = 0; i < 4; i++) k.Put(c, thread + (i * 32), sums[i]);
        return k.Build(1, 32);
    }

    [Fact]
    public void Threads_that_leave_their_warp_alone_and_numbers_that_are_not_rounded_have_no_meaning()
    {
        KernelFault Fault(KernelCode code, int word) => Assert.Throws<KernelFault>(() =>
            Execution.Run(code, MemoryMarshal.AsBytes(Enumerable.Repeat(word, 128).ToArray().AsSpan()).ToArray(), new byte[256], new byte[512]));
        Assert.Contains("multiplies matrices where others of its warp do not", Fault(One(MatrixNumbers.BF16, t => t < 31), 0).Message, StringComparison.Ordinal);
        Assert.Contains("which TF32 does not have", Fault(One(MatrixNumbers.TF32), BitConverter.SingleToInt32Bits(1 / 3f)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<Precision> Precisions => [.. Enum.GetValues<Precision>()];

    private static Gpu Opened(Precision precision, DeviceKind kind = DeviceKind.Checked) => Gpu.Open(kind, precision: precision == Precision.Full ? MatmulPrecision.TF32 : MatmulPrecision.Highest).IfFail(e => throw e);

    private static bool IsOnCores(KernelCode code) => code.Body.All().OfType<MatrixMultiplyAccumulate>().Any();

    /// <summary>A number of f32 to the nearest of TF32, ties away from 0.</summary>
    private static float Rounded(float x) => BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(x) + 0x1000) & ~0x1FFF);

    /// <summary>
    /// Products of random shapes, of which the last dimensions are no multiples of tiles, permuted, reversed, in batches and fused with what follows; convolutions and their transposes.
    /// What the reference makes of the rounded factors is met up to the rounding of sums.
    /// </summary>
    [Theory]
    [MemberData(nameof(Precisions))]
    public void Products_are_those_of_rounded_factors(Precision precision)
    {
        using var gpu = Opened(precision);
        AreOfRoundedFactors(gpu, precision);
    }

    [Theory]
    [On(DeviceKind.Cuda)]
    public void Products_of_a_device_are_those_of_rounded_factors(DeviceKind kind)
    {
        foreach (var precision in Enum.GetValues<Precision>())
        {
            using var gpu = Opened(precision, kind);
            if (gpu.HasTensorCores) AreOfRoundedFactors(gpu, precision);
        }
    }

    private static void AreOfRoundedFactors(Gpu gpu, Precision precision)
    {
        var random = new Random(7);
        for (var trial = 0; trial < 14; trial++)
        {
            var (m, k, n) = (random.Next(1, 80), trial == 0 ? 300 : random.Next(1, 70), random.Next(1, 80));
            var (name, program, types) = Form(trial, m, k, n, precision);
            var f = Function.Trace(p => [program(p)], [.. types.Select((t, i) => ($"x{i}", t))]);
            var inputs = Values.Drawn([.. types], Numbers.Smooth, trial);
            ImmutableArray<Tensor> rounded = precision == Precision.Full ? [.. inputs.Select(x => Tensor.Of<float>(x.Shape, Array.ConvertAll(x.ToArray<float>(), Rounded)))] : inputs;
            ImmutableArray<Tensor> sizes = [.. inputs.Select(x => Values.Of(x.Type, [.. Values.Elements(x).Select(Math.Abs)]))];
            var (expected, size, actual) = (Reference.Compile(f).Run(rounded)[0], Reference.Compile(f).Run(sizes)[0], gpu.Compile(f).Run(inputs)[0]);
            for (var i = 0; i < expected.Shape.Size; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= 4e-6 * Math.Abs(size[i]), $"{name} {m}×{k}×{n}: element {i} is {actual[i]}, not {expected[i]}");
        }
        Assert.All(gpu.KernelCodes.Where(c => c.Name is "dot" or "conv"), c => Assert.True(IsOnCores(c), $"{c}"));
        if (precision == Precision.Full) return;
        Assert.Contains(gpu.KernelCodes, c => c.Body.All().OfType<MatrixMultiplyAccumulate>().Any(p => p.Numbers == (precision == Precision.F16 ? MatrixNumbers.F16 : MatrixNumbers.BF16)));
    }

    private static (string Name, Func<ImmutableArray<Expr>, Expr> Program, TensorType[] Types) Form(int trial, int m, int k, int n, Precision precision) => (trial % 7) switch
    {
        0 => ("matmul", p => dot(p[0], p[1], [], [], 1, 0, precision), [TensorType.F32(m, k), TensorType.F32(k, n)]),
        1 => ("of both transposed", p => dot(p[0], p[1], [], [], 0, 1, precision), [TensorType.F32(k, m), TensorType.F32(n, k)]),
        2 => ("reversed", p => dot(reverse(p[0], [1]), reverse(p[1], [1]), [], [], 1, 1, precision), [TensorType.F32(m, k), TensorType.F32(n, k)]),
        3 => ("in batches", p => dot(p[0], p[1], 0, 0, 2, 1, precision), [TensorType.F32(3, m, k), TensorType.F32(3, k, n)]),
        4 => ("that goes on", p => relu(dot(p[0], p[1], [], [], 1, 0, precision)), [TensorType.F32(m, k), TensorType.F32(k, n)]),
        5 => ("conv", p => conv(p[0], p[1], [new(3, 2, 1, 1), new(2)], precision: precision), [TensorType.F32(2, 5, 9, 8), TensorType.F32(n, 5, 3, 2)]),
        _ => ("conv's transpose", p => conv(p[0], p[1], [new(3, 1, 2, 2, 1, 2), new(2)], precision: precision), [TensorType.F32(3, 4, 5, 6), TensorType.F32(n, 4, 3, 2)]),
    };

    /// <summary>Where sums are along the depth, in order, what means the same gives the same bits, by tensor cores or by threads.</summary>
    [Fact]
    public void Factors_of_16_bits_lose_nothing_on_the_cores_of_TF32()
    {
        using var gpu = Opened(Precision.BF16);
        var types = new[] { TensorType.BF16(20, 33), TensorType.F16(33, 24) };
        var f = Function.Trace(p => [matmul(convert(p[0], DType.F32), convert(p[1], DType.F32))], ("x", types[0]), ("y", types[1]));
        var inputs = Values.Drawn([.. types], Numbers.Smooth, 5);
        var wide = inputs.Select(x => Tensor.Of<float>(x.Shape, [.. Values.Elements(x).Select(v => (float)v)])).ToImmutableArray();
        var plain = Function.Trace(p => [matmul(p[0], p[1])], ("x", wide[0].Type), ("y", wide[1].Type));
        Assert.Equal(gpu.Compile(plain).Run(wide)[0].ToArray<float>(), gpu.Compile(f).Run(inputs)[0].ToArray<float>());
        Assert.Contains(gpu.KernelCodes, IsOnCores);
        Assert.Contains(gpu.KernelCodes, c => c.Name == "dot" && !IsOnCores(c));
    }

    [Fact]
    public void Products_of_f32_are_rounded_only_where_that_is_asked_for_and_other_devices_have_no_cores()
    {
        var f = Function.Trace(p => [matmul(p[0], p[1])], ("x", TensorType.F32(40, 40)), ("y", TensorType.F32(40, 40)));
        var half = mixedPrecision(f, PrecisionPolicy.BF16);
        using var exact = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        exact.Compile(f);
        Assert.DoesNotContain(exact.KernelCodes, IsOnCores);
        using var threads = Gpu.Open(DeviceKind.Debug, precision: MatmulPrecision.TF32).IfFail(e => throw e);
        threads.Compile(f);
        threads.Compile(half);
        Assert.DoesNotContain(threads.KernelCodes, IsOnCores);
    }

    /// <summary>The PTX of every tile says the instruction as often as the kernel, and the lint finds what is missing.</summary>
    [Fact]
    public void The_text_of_a_kernel_has_its_instructions()
    {
        using var ptx = new Ptx((9, 0), (8, 4));
        foreach (var code in ExampleKernels.OnTensorCores)
        {
            Assert.True(IsOnCores(code), $"{code}");
            var text = ptx.Of(code);
            Assert.Empty(PtxLint.Findings(text, code));
            Assert.Contains("stands there", Assert.Single(PtxLint.Findings(text.Replace("mma.sync", "nothing", StringComparison.Ordinal), code)), StringComparison.Ordinal);
            foreach (var wide in new[] { "ld.global.v4.", "st.shared.v4." }.Where(text.Contains))
                Assert.Contains($"{wide} stands there 0 times", Assert.Single(PtxLint.Findings(text.Replace(wide, wide[..^3], StringComparison.Ordinal), code)), StringComparison.Ordinal);
        }
    }
}
