using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using ChannelsLast = Functional.Interpreter.Gpu.Kernels.ChannelsLast;
using LastCopy = Functional.Interpreter.Gpu.Kernels.LastCopy;

namespace PropertyTests.Interpreters;

/// <summary>Convolutions on GPUs that are large enough that filters are copied, and whose depth goes over channels for each of the window's elements where there are many.</summary>
[Collection(OpenDevices.Name)]
public sealed class InnerChannelTests(OpenDevices devices)
{
    /// <summary>A convolution with 500 positions and more.</summary>
    /// <param name="Name">What is special of it.</param>
    /// <param name="Image">Of the image: how many, channels, rows and columns.</param>
    /// <param name="Filters">Of the filters: how many, channels of each, rows and columns.</param>
    /// <param name="Rows">The window along rows.</param>
    /// <param name="Columns">The window along columns.</param>
    /// <param name="Groups">How many groups of channels.</param>
    private sealed record Case(string Name, int[] Image, int[] Filters, WindowDim Rows, WindowDim Columns, int Groups = 1);

    private static readonly ImmutableArray<Case> Cases =
    [
        new("padded", [2, 32, 17, 16], [8, 32, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("by strides, dilated", [2, 64, 40, 36], [5, 64, 3, 2], new(3, 2, 2, 2, 2), new(2, 1, 0, 1)),
        new("of images with gaps", [2, 32, 16, 13], [4, 32, 2, 3], new(2, 1, 1, 1, 1, 2), new(3, 1, 1, 1)),
        new("in groups", [2, 64, 16, 17], [6, 32, 3, 1], new(3, 1, 1, 1), new(1), Groups: 2),
        new("without padding", [3, 32, 15, 16], [8, 32, 2, 2], new(2), new(2)),
        new("of few channels", [2, 3, 17, 16], [7, 3, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("of channels that are no multiple of a piece", [2, 48, 17, 16], [4, 48, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
    ];

    /// <summary>With so many filters that images are copied for tensor cores, their channels last.</summary>
    private static readonly ImmutableArray<Case> Copied =
    [
        new("padded, of many filters", [2, 32, 17, 16], [40, 32, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("by strides, dilated, of many filters", [2, 32, 35, 18], [105, 32, 3, 2], new(3, 2, 2, 2, 2), new(2, 1, 0, 1)),
        new("of images with gaps and many filters", [2, 32, 16, 13], [40, 32, 2, 3], new(2, 1, 1, 1, 1, 2), new(3, 1, 1, 1)),
        new("in groups of many filters", [2, 64, 16, 17], [208, 32, 3, 1], new(3, 1, 1, 1), new(1), Groups: 2),
        new("without padding, of many filters", [3, 32, 15, 16], [92, 32, 2, 2], new(2), new(2)),
        new("of one line, of many filters", [2, 32, 1, 260], [104, 32, 1, 3], new(1), new(3, 1, 1, 1)),
        new("of eight channels, of which a piece holds several elements of the window", [2, 8, 17, 16], [44, 8, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("of twelve channels, by strides", [3, 12, 33, 31], [140, 12, 3, 3], new(3, 2, 1, 1), new(3, 2, 1, 1)),
        new("of three channels", [2, 3, 17, 16], [44, 3, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("of five channels, dilated", [2, 5, 19, 18], [44, 5, 3, 3], new(3, 1, 2, 2, 2), new(3, 1, 2, 2, 2)),
        new("of four channels", [2, 4, 17, 16], [44, 4, 3, 3], new(3, 1, 1, 1), new(3, 1, 1, 1)),
        new("of many images, as a gradient by filters is", [64, 32, 6, 7], [72, 32, 4, 5], new(4, 1, 1, 1), new(5, 1, 1, 1)),
    ];

    /// <summary>The result and both gradients, of small integers: exactly those of the reference.</summary>
    private static ImmutableArray<KernelCode> Agree(Gpu gpu, Case of, DType type, bool withGradients)
    {
        Expr Of(Expr x, Expr y) => conv(convert(x, DType.F32), convert(y, DType.F32), [of.Rows, of.Columns], featureGroups: of.Groups);
        var (x, y) = (new TensorType(type, [.. of.Image]), new TensorType(type, [.. of.Filters]));
        var result = Function.Trace(p => [Of(p[0], p[1])], ("x", x), ("y", y)).Results[0].Type;
        var f = Function.Trace(
            p =>
            {
                if (!withGradients) return [Of(p[0], p[1])];
                var (dx, dy) = grad<(Expr X, Expr Y)>(q => sum(Of(q.X, q.Y) * p[2]))((p[0], p[1]));
                return [Of(p[0], p[1]), dx, dy];
            },
            ("x", x), ("y", y), ("z", result));
        var random = new Random(3);
        ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
        var (expected, actual) = (new Cpu(winograd: false).Compile(f).Run(inputs), gpu.Compile(f).Run(inputs));
        for (var r = 0; r < expected.Length; r++)
            for (var i = 0; i < expected[r].Shape.Size; i++)
                Assert.True(expected[r][i] == actual[r][i], $"{of.Name} in {type.Text} on {gpu.Name}: element {i} of result {r} is {actual[r][i]}, not {expected[r][i]}");
        return gpu.KernelCodes;
    }

    [Fact]
    public void Large_convolutions_are_exact_as_data()
    {
        foreach (var type in (DType[])[DType.F32, DType.BF16])
        {
            using var gpu = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
            var codes = Cases.SelectMany(c => Agree(gpu, c, type, withGradients: false)).ToList();
            Assert.Contains(codes, c => c.Name == "pack");
        }
    }

    [Theory]
    [InlineData(TensorCores.TF32, "f32", MatrixNumbers.TF32)]
    [InlineData(TensorCores.TF32, "bf16", MatrixNumbers.BF16)]
    [InlineData(TensorCores.Halves, "f16", MatrixNumbers.F16)]
    public void On_tensor_cores_channels_are_read_side_by_side(TensorCores cores, string type, MatrixNumbers numbers)
    {
        foreach (var of in Copied)
        {
            using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(256, 4, cores)).IfFail(e => throw e);
            var codes = Agree(gpu, of, DTypes.All.Single(t => t.Text == type), withGradients: false);
            Assert.Equal(4, Assert.Single(codes, c => c.Name == "channelsLast").Arguments.Length);
            var product = Assert.Single(codes, c => c.Name == "conv");
            Assert.All(product.Body.All().OfType<MatrixMultiplyAccumulate>(), m => Assert.Equal(numbers, m.Numbers));
            Assert.DoesNotContain(product.Body.All().SelectMany(s => s.Roots().All()), v => v is Element { Of: Argument { Index: 0 } } or UnaryValue { Kind: UnaryKind.RoundToTF32 });
        }
    }

    /// <summary>Copies are of operands as they lie, reversed or permuted; of one that has its channels last there is none.</summary>
    [Fact]
    public void Copies_are_of_operands_as_they_lie()
    {
        var of = Copied[0];
        foreach (var (copies, isReversed) in new[] { (2, true), (1, false) })
        {
            using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(256, 4, TensorCores.TF32)).IfFail(e => throw e);
            var f = Function.Trace(
                p => [conv(isReversed ? reverse(p[0], [1, 2, 3]) : permute(p[0], [0, 3, 1, 2]), reverse(p[1], [2, 3]), [of.Rows, of.Columns])],
                ("x", new(DType.F32, isReversed ? [2, 32, 17, 16] : [2, 17, 16, 32])), ("y", new(DType.F32, [.. of.Filters])));
            var random = new Random(4);
            ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
            Assert.Equal(new Cpu(winograd: false).Compile(f).Run(inputs)[0], gpu.Compile(f).Run(inputs)[0]);
            Assert.Equal(2 * copies, Assert.Single(gpu.KernelCodes, c => c.Name == "channelsLast").Arguments.Length);
            Assert.DoesNotContain(gpu.KernelCodes, c => c.Name is "permute" or "reverse");
        }
    }

    /// <summary>Copies of any number of channels hold what was there, zeros where there was nothing, and access shared memory in as few rounds as banks can serve.</summary>
    [Theory]
    [InlineData(3, 4, 23, 24)]
    [InlineData(4, 4, 23, 24)]
    [InlineData(8, 8, 23, 24)]
    [InlineData(13, 16, 23, 24)]
    [InlineData(32, 32, 23, 24)]
    [InlineData(70, 72, 23, 24)]
    [InlineData(70, 72, 3, 3)]
    [InlineData(6, 8, 1, 2)]
    [InlineData(130, 132, 5, 5)]
    public void Copies_are_made_by_all_banks(int channels, int padded, int rows, int columns)
    {
        Assert.Equal(padded, ChannelsLast.Padded(channels));
        var (x, positions) = (Strided.Of(variable("x", TensorType.F32(2, channels, rows, columns)), _ => false), rows * columns);
        var (code, numbers, rounds) = (ChannelsLast.Code(new Geometry(256, 4), new LastCopy(x, padded, Rounds: false)), new float[x.Shape.Size], new BankRounds());
        for (var i = 0; i < numbers.Length; i++) numbers[i] = i + 1;
        var copy = new byte[2 * padded * positions * sizeof(float)];
        Execution.Run(code, rounds, MemoryMarshal.AsBytes<float>(numbers).ToArray(), copy);
        Assert.InRange(rounds.Count, rounds.Least, (positions < 32 ? 2 : 1) * rounds.Least);
        var actual = MemoryMarshal.Cast<byte, float>(copy).ToArray();
        for (var i = 0; i < actual.Length; i++)
        {
            var (channel, position, image) = (i % padded, i / padded % positions, i / padded / positions);
            Assert.Equal(channel < channels ? numbers[(((image * channels) + channel) * positions) + position] : 0, actual[i]);
        }
    }

    /// <summary>Copies hold the nearest numbers of TF32: what is not rounded has no meaning to a checked device, and what is rounded already stays.</summary>
    [Fact]
    public void Copies_for_the_cores_of_TF32_are_rounded()
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(256, 4, TensorCores.TF32)).IfFail(e => throw e);
        var of = Copied[0];
        var f = Function.Trace(p => [conv(p[0], p[1], [of.Rows, of.Columns])], ("x", new(DType.F32, [.. of.Image])), ("y", new(DType.F32, [.. of.Filters])));
        var inputs = Values.Drawn([.. f.Parameters.Select(p => p.Type)], Numbers.Smooth, 1);
        ImmutableArray<Tensor> rounded = [.. inputs.Select(x => Tensor.Of<float>(x.Shape, Array.ConvertAll(x.ToArray<float>(), v => BitConverter.Int32BitsToSingle(Meaning.RoundedToTF32(v)))))];
        Assert.NotEqual(inputs[0], rounded[0]);
        Assert.Equal(gpu.Compile(f).Run(rounded)[0], gpu.Compile(f).Run(inputs)[0]);
        Assert.Equal(4, Assert.Single(gpu.KernelCodes, c => c.Name == "channelsLast").Arguments.Length);
    }

    [Theory]
    [On(DeviceKind.Cuda)]
    public void Large_convolutions_and_their_gradients_are_exact(DeviceKind kind)
    {
        foreach (var of in Cases.AddRange(Copied))
            foreach (var type in (DType[])[DType.F32, DType.BF16, DType.F16]) Agree(devices[kind], of, type, withGradients: true);
        using var gpu = Gpu.Open(kind, precision: MatmulPrecision.TF32).IfFail(e => throw e);
        foreach (var of in Copied) Agree(gpu, of, DType.F32, withGradients: true);
    }
}
