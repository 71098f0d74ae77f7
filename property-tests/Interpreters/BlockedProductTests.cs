using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Interpreter.Gpu.Kernels;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Products as processors are given them, on every machine: kernels are run as data, where each access is checked, and by ILGPU's own threads.</summary>
[Collection(OpenDevices.Name)]
public sealed class BlockedProductTests(OpenDevices devices)
{
    private static readonly Reference Reference = new();

    private static Gpu Opened(DeviceKind kind) => Gpu.Open(kind, new Geometry(4, 2, VectorBytes: 32)).IfFail(e => throw e);

    private static void Agree(Gpu gpu, string name, Function f, ImmutableArray<Tensor> inputs)
    {
        var (expected, actual) = (Reference.Compile(f).Run(inputs), gpu.Compile(f).Run(inputs));
        for (var r = 0; r < expected.Length; r++)
            for (var i = 0; i < expected[r].Shape.Size; i++) Assert.True(expected[r][i].Equals(actual[r][i]) || (expected[r][i] == 0 && actual[r][i] == 0), $"{name}: element {i} of result {r} is {actual[r][i]}, not {expected[r][i]}");
    }

    private static ImmutableArray<Tensor> Small(Random random, params TensorType[] types) => [.. types.Select(t => OpExamples.Small(t, random))];

    private static int[] Order(Random random)
    {
        int[] order = [0, 1, 2];
        random.Shuffle(order);
        return order;
    }

    public static IEnumerable<object[]> Numeric => from kind in new[] { DeviceKind.Checked, DeviceKind.Debug } from type in DTypes.All where type.IsNumber select new object[] { kind, type };

    /// <summary>Operands that lie in every order, reversed too, in batches, of all extents around those of blocks, and what goes on with their elements.</summary>
    [Theory]
    [MemberData(nameof(Numeric))]
    public void Dots_equal_the_reference_however_their_operands_lie(DeviceKind kind, DType type)
    {
        using var gpu = Opened(kind);
        Dots(gpu, type, kind == DeviceKind.Checked ? 40 : 12);
    }

    private static void Dots(Gpu gpu, DType type, int trials)
    {
        var random = new Random(3);
        int[] extents = [0, 1, 2, 3, 4, 7, 9, 16, 21, 33, 40, 64];
        int Extent() => extents[random.Next(extents.Length)];
        for (var trial = 0; trial < trials; trial++)
        {
            var (b, m, k, n) = (random.Next(1, 4), Extent(), Extent(), Extent());
            var (orderX, orderY) = (Order(random), Order(random));
            TensorType[] types = [new(type, [.. orderX.Select(axis => new[] { b, m, k }[axis])]), new(type, [.. orderY.Select(axis => new[] { b, k, n }[axis])]), new(type, [b, m, n])];
            var f = Function.Trace(a =>
            {
                var z = dot(trial % 3 == 1 ? reverse(a[0], [random.Next(3)]) : a[0], a[1], Array.IndexOf(orderX, 0), Array.IndexOf(orderY, 0), Array.IndexOf(orderX, 2), Array.IndexOf(orderY, 1));
                return [trial % 2 == 0 ? z : (z * 2) + a[2]];
            }, [.. types.Select((t, i) => ($"x{i}", t))]);
            Agree(gpu, $"{f}", f, Small(random, types));
        }
    }

    /// <summary>The value, of floating-point numbers both gradients too, whatever stride, padding (negative too), dilations and groups; windows that fit nowhere too.</summary>
    [Theory]
    [MemberData(nameof(Numeric))]
    public void Convolutions_and_their_adjoints_equal_the_reference(DeviceKind kind, DType type)
    {
        using var gpu = Opened(kind);
        Convolutions(gpu, type, kind == DeviceKind.Checked ? 30 : 9);
    }

    private static void Convolutions(Gpu gpu, DType type, int trials)
    {
        var random = new Random(1);
        for (var trial = 0; trial < trials; trial++)
        {
            var (features, batches) = (trial % 3) switch { 0 => (1, 1), 1 => (2, 1), _ => (1, 2) };
            List<int> image = [batches * random.Next(1, 3), features * random.Next(1, 4)];
            List<int> filter = [features * batches * random.Next(1, trial % 5 == 0 ? 40 : 6), image[1] / features];
            List<WindowDim> window = [];
            for (var axis = random.Next(0, 3); axis > 0; axis--)
            {
                var size = random.Next(1, 4);
                image.Add(random.Next(1, 9));
                filter.Add(size);
                window.Add(new(size, random.Next(1, 3), random.Next(-1, 3), random.Next(-1, 3), random.Next(1, 3), random.Next(1, 3)));
            }
            TensorType[] types = [new(type, [.. image]), new(type, [.. filter])];
            var f = Function.Trace(a =>
            {
                var z = conv(a[0], a[1], [.. window], features, batches);
                if (!type.IsFloat || type.IsHalf) return [maximum(z, onesLike(z))];
                var (dx, dy) = grad<(Expr X, Expr Y)>(t => sum(conv(t.X, t.Y, [.. window], features, batches)))((a[0], a[1]));
                return [maximum(z, onesLike(z)), dx, dy];
            }, [.. types.Select((t, i) => ($"x{i}", t))]);
            Agree(gpu, $"{f}", f, Small(random, types));
        }
    }

    /// <summary>The same by an OpenCL compiler, whose vectors nothing else tries.</summary>
    [Theory]
    [On(DeviceKind.OpenCL)]
    public void Compiled_products_equal_the_reference(DeviceKind kind)
    {
        foreach (var type in new[] { DType.F32, DType.F64, DType.BF16, DType.I32 }) Dots(devices[kind], type, 6);
        foreach (var type in new[] { DType.F32, DType.U8 }) Convolutions(devices[kind], type, 5);
    }

    /// <summary>Sums are along the depth, in order: they have the bits of those that GPUs' tiles make.</summary>
    [Fact]
    public void Sums_have_the_bits_of_those_of_tiles()
    {
        using var blocks = Opened(DeviceKind.Checked);
        using var tiles = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
        foreach (var (types, program) in new (TensorType[], Func<ImmutableArray<Expr>, ImmutableArray<Expr>>)[]
        {
            ([TensorType.F32(19, 30), TensorType.F32(30, 35)], p => [relu(matmul(p[0], p[1]))]),
            ([TensorType.F64(35, 30), TensorType.F64(19, 30)], p => [dot(p[0], p[1], [], [], 1, 1)]),
            ([TensorType.F32(2, 3, 7, 6), TensorType.F32(17, 3, 3, 3)], p => [conv2d(p[0], p[1], padding: 1)]),
        })
        {
            var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
            var inputs = Values.Drawn([.. types], Functional.Testing.Numbers.Smooth, 5);
            Assert.Equal(tiles.Compile(f).Run(inputs)[0].Bytes.ToArray(), blocks.Compile(f).Run(inputs)[0].Bytes.ToArray());
        }
        Assert.DoesNotContain(blocks.KernelCodes, Meets);
        Assert.Contains(tiles.KernelCodes, Meets);
        static bool Meets(KernelCode code) => code.Body.All().Any(s => s is Meeting);
    }

    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, Block.All.Length)];

    /// <summary>Every block, whether a product is best divided by it or not: lines that are no multiple of it, read where they lie and from copies.</summary>
    [Theory]
    [MemberData(nameof(Blocks))]
    public void Each_block_computes_products(int which)
    {
        var (block, random, depth) = (Block.All[which], new Random(which), 5);
        foreach (var (across, down) in new[] { (block.Lanes, block.Others), ((2 * block.Lanes) + 1, (2 * block.Others) - 1), (block.Lanes + 1, 1) })
        {
            var (lanes, others) = (Ints(random, 2 * depth * across), Ints(random, 2 * down * depth));
            var size = block.IsAcross ? new ProductSize(2, down, across, depth) : new ProductSize(2, across, down, depth);
            var inPlace = new StridedOperand([new(2, depth * across)], [new(across, 1)], [new(depth, across)], 0);
            var y = new StridedOperand([new(2, down * depth)], [new(down, depth)], [new(depth, 1)], 0);
            foreach (var isCopied in new[] { false, true })
            {
                var (x, read) = (inPlace, Bytes(lanes));
                if (isCopied)
                {
                    x = Packed.Of(inPlace, block.Lanes);
                    read = new byte[Packed.Elements(x) * sizeof(int)];
                    Execution.Run(Packed.Code(inPlace, DType.I32, block.Lanes, DType.I32, new(4, 2)), Bytes(lanes), read);
                }
                var (k, result) = (new KernelBuilder("product"), new byte[2 * across * down * sizeof(int)]);
                var (a, b, to) = (k.Argument(DType.I32), k.Argument(DType.I32), k.Argument(DType.I32));
                var code = BlockedProduct.Code(k, DType.I32, block, size, a, x, b, y,
                    new((batch, row, column) => (((batch * size.Rows) + row) * size.Columns) + column, (isAcross, _) => isAcross ? 1 : size.Columns), (at, sum) => k.Put(to, at, sum));
                Execution.Run(code, read, Bytes(others), result);
                for (var i = 0; i < result.Length / sizeof(int); i++)
                {
                    var (batch, row, column) = (i / (across * down), i / size.Columns % size.Rows, i % size.Columns);
                    var (lane, other) = block.IsAcross ? (column, row) : (row, column);
                    Assert.Equal(Enumerable.Range(0, depth).Sum(d => lanes[(((batch * depth) + d) * across) + lane] * others[(((batch * down) + other) * depth) + d]), MemoryMarshal.Cast<byte, int>(result)[i]);
                }
            }
        }
    }

    /// <summary>Few lines over depths of every extent around vectors', read side by side in axes of several strides: each thread's share of them, and lines that are no multiple of it.</summary>
    [Theory]
    [InlineData(DeviceKind.Checked, 32)]
    [InlineData(DeviceKind.Checked, 64)]
    [InlineData(DeviceKind.Debug, 16)]
    public void Products_of_few_lines_go_along_the_depth(DeviceKind kind, int vectorBytes)
    {
        using var gpu = Gpu.Open(kind, new Geometry(4, 2, VectorBytes: vectorBytes)).IfFail(e => throw e);
        var random = new Random(4);
        foreach (var (rows, columns, extent) in new[] { (1, 1, 4), (1, 3, 16), (9, 1, 24), (5, 4, 33), (13, 2, 64), (2, 14, 55) })
            foreach (var type in new[] { DType.F32, DType.F64, DType.I32 })
            {
                var f = Function.Trace(p => [dot(slice(p[0], [0, 0, 1, 0], [2, rows, 4, extent]), p[1], [0], [0], [2, 3], [2, 3])], ("x", new(type, [2, rows, 4, extent + 1])), ("y", new(type, [2, columns, 3, extent])));
                Agree(gpu, $"{rows} rows, {columns} columns and {extent} of {type}", f, Small(random, [.. f.Parameters.Select(p => p.Type)]));
            }
        Assert.All(gpu.KernelCodes.Where(c => c.Name == "dot"), c => Assert.Equal(2, c.Shared.Length));
    }

    /// <summary>Their bits are the same on every processor, however many threads it runs and however long its vectors are.</summary>
    [Fact]
    public void Bits_depend_on_no_processor()
    {
        var inputs = Values.Drawn([TensorType.F32(2, 6, 9, 48), TensorType.F32(6, 1, 3, 3)], Functional.Testing.Numbers.Smooth, 6);
        var f = Function.Trace(p => [.. grad<(Expr X, Expr W)>(t => sum(exp(conv2d(t.X, t.W, padding: 1, groups: 6))))((p[0], p[1])) is var (dx, dw) ? [dx, dw] : ImmutableArray<Expr>.Empty], ("x", inputs[0].Type), ("w", inputs[1].Type));
        var results = new[] { new Geometry(4, 1, VectorBytes: 64), new Geometry(256, 7, VectorBytes: 32), new Geometry(64, 2, VectorBytes: 16) }.Select(g =>
        {
            using var gpu = Gpu.Open(DeviceKind.Checked, g).IfFail(e => throw e);
            return gpu.Compile(f).Run(inputs).Select(r => System.Convert.ToHexString(r.Bytes)).ToArray();
        }).ToList();
        Assert.All(results, r => Assert.Equal(results[0], r));
    }

    private static int[] Ints(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(-9, 10))];

    private static byte[] Bytes(int[] array) => MemoryMarshal.AsBytes(array.AsSpan()).ToArray();
}
