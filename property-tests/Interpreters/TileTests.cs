using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Functional.Interpreter.Gpu.Kernels;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Products by tiles: each of them, and how a group goes along the depth, of one piece, of several, and where the last is cut off.</summary>
public sealed class TileTests
{
    private static readonly Geometry Device = new(256, 1, TensorCores.TF32);

    private static IEnumerable<Tile> Tiles(MatrixNumbers? cores) => Tile.Of(Device, cores is not null, isWide: true);

    public static IEnumerable<object?[]> Each =>
        from cores in new MatrixNumbers?[] { null, MatrixNumbers.TF32, MatrixNumbers.BF16 }
        from which in Enumerable.Range(0, Tiles(cores).Count())
        select new object?[] { cores, which };

    /// <summary>
    /// Every tile, whether a product is best divided by it or not: more rows than it has, and operands that lie along the depth and across it. Those for
    /// tensor cores access shared memory in as few rounds as banks can serve, and others in hardly more.
    /// </summary>
    [Theory]
    [MemberData(nameof(Each))]
    public void Each_tile_computes_products(MatrixNumbers? cores, int which)
    {
        var (tile, random, perWord) = (Tiles(cores).ElementAt(which), new Random(which), cores?.PerWord() ?? 1);
        var type = perWord == 2 ? DType.BF16 : DType.F32;
        var size = new ProductSize(1, tile.Rows + 8, tile.Columns, (2 * tile.Depth * perWord) + 8);
        var (left, right) = (Ints(size.Rows), Ints(size.Columns));
        foreach (var isAlong in new[] { (true, false), (false, true) })
        {
            var k = new KernelBuilder("product");
            var (a, b, to) = (Matrix(k, size.Rows, isAlong.Item1), Matrix(k, size.Columns, isAlong.Item2), k.Argument(DType.F32));
            var code = TiledProduct.Code(k, DType.F32, new(tile, 1, size.Depth, cores), size, a, b, Neighbours.None, (_, _, row, column, sums) => k.Put(to, (row * size.Columns) + column, sums));
            Assert.Equal(tile.Threads, code.Threads);
            var result = new byte[size.Rows * size.Columns * sizeof(float)];
            var rounds = new BankRounds();
            Execution.Run(code, rounds, Lying(left, size.Rows, isAlong.Item1), Lying(right, size.Columns, isAlong.Item2), result);
            Assert.Equal(Product(), MemoryMarshal.Cast<byte, float>(result).ToArray());
            Assert.InRange(rounds.Count, rounds.Least, (cores is null ? 1.1 : 1) * rounds.Least);
        }

        int[] Ints(int lines) => [.. Enumerable.Range(0, lines * size.Depth).Select(_ => random.Next(-3, 4))];

        StridedMatrix Matrix(KernelBuilder k, int lines, bool isAlong)
        {
            var operand = new StridedOperand([], [new(lines, isAlong ? size.Depth : 1)], [new(size.Depth, isAlong ? 1 : lines)], 0);
            var run = StridedMatrix.RunOf(operand, type, (long)lines * size.Depth * type.Size);
            Assert.Equal(StridedMatrix.AccessBytes / type.Size, run);
            return new(k.Argument(perWord == 2 ? DType.I32 : type), type, operand, run);
        }

        Memory<byte> Lying(int[] numbers, int lines, bool isAlong)
        {
            var ordered = Enumerable.Range(0, numbers.Length).Select(i => (float)(isAlong ? numbers[i] : numbers[(i % lines * size.Depth) + (i / lines)]));
            return AlignedMemory.Of(perWord == 2 ? MemoryMarshal.AsBytes<ushort>([.. ordered.Select(x => ((BFloat16)x).Bits)]) : MemoryMarshal.AsBytes<float>([.. ordered]));
        }

        float[] Product() =>
        [
            .. from row in Enumerable.Range(0, size.Rows)
               from column in Enumerable.Range(0, size.Columns)
               select (float)Enumerable.Range(0, size.Depth).Sum(d => left[(row * size.Depth) + d] * right[(column * size.Depth) + d]),
        ];
    }

    [Theory]
    [InlineData(TensorCores.None, "f32")]
    [InlineData(TensorCores.TF32, "f32")]
    [InlineData(TensorCores.Halves, "bf16")]
    public void Threads_meet_once_for_each_piece(TensorCores cores, string name)
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, Device with { Cores = cores }).IfFail(e => throw e);
        var (type, random) = (DTypes.All.Single(t => t.Text == name), new Random(3));
        foreach (var depth in new[] { 1, 8, 9, 16, 17, 31, 32, 33, 64, 72, 100 })
        {
            var f = Function.Trace(p => [matmul(convert(p[0], DType.F32), convert(p[1], DType.F32))], ("x", new(type, [40, depth])), ("y", new(type, [depth, 24])));
            ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
            Assert.Equal(new Reference().Compile(f).Run(inputs)[0], gpu.Compile(f).Run(inputs)[0]);
        }
        var products = gpu.KernelCodes.Where(c => c.Name == "dot").ToList();
        Assert.Contains(products, c => Loops(c).Any());
        Assert.All(products, c => Assert.All(Loops(c), loop => Assert.Single(loop.Body.All().OfType<Meeting>())));
        Assert.All(products, c => Assert.Single(c.Body.OfType<Meeting>()));
    }

    private static IEnumerable<CountedLoop> Loops(KernelCode code) => code.Body.All().OfType<CountedLoop>();
}
