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

/// <summary>
/// Fused loops whose threads do several neighbours at a time, on numbers that every order of summation adds exactly: rows of a multiple of 4, of 2 and
/// of neither, by a device so small that short ones have enough for it.
/// </summary>
public sealed class LoopLanesTests
{
    private static readonly Geometry Small = new(4, 1);

    private static readonly (int Images, int Channels, int Height, int Width)[] Extents = [(2, 8, 4, 4), (3, 8, 3, 2), (2, 12, 3, 3), (5, 4, 2, 40), (3, 9, 1, 28)];

    private static TensorType Type(DType type, params int[] extents) => new(type, Shape.Of(extents));

    private static int Wide(KernelCode code) => code.Body.All().Count(s => s is WideRead { Source: Argument } or WideWrite { Target: Argument });

    /// <summary>The reference's values, in place where that may be, too.</summary>
    /// <returns>How many accesses are wide.</returns>
    private static int Agree(Gpu gpu, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, params TensorType[] types)
    {
        var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
        ImmutableArray<Tensor> Inputs() => [.. types.Select((t, i) => OpExamples.Small(t, new(i)))];
        var expected = new Reference().Compile(f).Run(Inputs());
        foreach (var donated in (ValueArray<int>[])[default, ImmutableArray.Create(0)])
        {
            var actual = gpu.Compile(f, donated).Run([.. Inputs().Select(gpu.Put)]);
            for (var r = 0; r < expected.Length; r++)
                for (var i = 0; i < expected[r].Shape.Size; i++) Assert.True(expected[r][i].Equals(actual[r][i]) || expected[r][i] == actual[r][i], $"result {r} of {string.Join(", ", types)}: element {i} is {actual[r][i]}, not {expected[r][i]}");
        }
        return gpu.KernelCodes.Sum(Wide);
    }

    private static Expr Along(Expr x, Shape shape, params int[] axes) => broadcast(x, shape, Axes.Of(axes));

    /// <summary>Images with numbers of channels, of planes, of columns, of all; slices, parts and results of several types beside.</summary>
    private static int Maps(Gpu gpu, DType type)
    {
        var wide = 0;
        foreach (var (n, c, h, w) in Extents)
        {
            var image = Type(type, n, c, h, w);
            wide = Agree(gpu, p => [(p[0] * p[1]) + Along(p[2], p[0].Shape, 1), p[0] + Along(p[3], p[0].Shape, 3) + p[4]], image, image, Type(type, c), Type(type, w), Type(type));
            wide = Agree(gpu, p => [p[0] + slice(p[1], 1, c..(2 * c)), slice(p[1], 1, ..c) * Along(p[2], p[0].Shape, 0, 1)], image, Type(type, n, 2 * c, h, w), Type(type, n, c));
            wide = Agree(gpu, p => [concat(1, p[0] + p[1], p[0] * p[1])], image, image);
            wide = Agree(gpu, p => [where(less(p[0], p[1]), p[0], p[1] + p[1]), less(p[0], p[1]), convert(p[0] * p[0], DType.BF16), convert(p[1], DType.F64)], image, image);
        }
        return wide;
    }

    /// <summary>Rows of one piece and of several, in one stage and two, by one group and by several; numbers of rows are results, too.</summary>
    private static int Rows(Gpu gpu, DType type)
    {
        var wide = 0;
        foreach (var (n, c, h, w) in Extents)
        {
            var image = Type(type, n, c, h, w);
            Expr OfChannel(Expr x) => Along(sum(x, [0, 2, 3]), x.Shape, 1);
            Expr OfImage(Expr x) => Along(sum(x, [1, 2, 3]), x.Shape, 0);
            wide = Agree(gpu, p => [(p[0] * 2) - OfChannel(p[0] - p[1])], image, image);
            wide = Agree(gpu, p => [p[0] - OfChannel(p[0] * p[1]) + OfChannel(p[1]), sum(p[0] * p[1], [0, 2, 3])], image, image);
            wide = Agree(gpu, p => [p[0] - OfImage(p[0]), sum(p[0] + p[1], [1, 2, 3]), max(p[1], [1, 2, 3])], image, image);
        }
        return wide;
    }

    public static TheoryData<DType> Types => [DType.F32, DType.F64, DType.I32, DType.I64, DType.U8];

    [Theory]
    [MemberData(nameof(Types))]
    public void Neighbours_are_what_one_by_one_would_be(DType type)
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, Small).IfFail(e => throw e);
        Assert.InRange(Maps(gpu, type) + Rows(gpu, type), 20, int.MaxValue);
        using var ptx = new Ptx((9, 0), (8, 4));
        Assert.All(gpu.KernelCodes, code => Assert.Empty(PtxLint.Findings(ptx.Of(code), code)));
    }

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void The_same_on_devices(DeviceKind kind)
    {
        using var gpu = Gpu.Open(kind, kind == DeviceKind.Debug ? Small : new Geometry(32, 1)).IfFail(e => throw e);
        foreach (var type in (DType[])[DType.F32, DType.U8]) Assert.InRange(Maps(gpu, type) + (kind == DeviceKind.Debug ? 0 : Rows(gpu, type)), 10, int.MaxValue);
    }

    /// <summary>16-bit numbers, which are computed with in f32, by words of four and of two.</summary>
    [Fact]
    public void Numbers_of_16_bits_are_read_and_written_together()
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, Small).IfFail(e => throw e);
        foreach (var type in (DType[])[DType.F16, DType.BF16])
            foreach (var (n, c, h, w) in Extents)
                Agree(gpu, p => [convert(convert(p[0], DType.F32) + convert(p[1], DType.F32), type), convert(p[1], DType.F32) * 2], Type(type, n, c, h, w), Type(type, n, c, h, w));
        Assert.Contains(gpu.KernelCodes, code => code.Body.All().Any(s => s is WideWrite { Values.Length: 4, Target.Type.Size: 2 }));
    }

    /// <summary>Whatever an index sees: repeated elements and stretches of all lengths, from anywhere, rows that are no multiple of either.</summary>
    [Fact]
    public void Neighbours_see_what_their_indices_say()
    {
        var (random, wide) = (new Random(4), 0);
        int Drawn() => random.Next(3) switch { 0 => random.Next(1, 10), 1 => 2 * random.Next(1, 5), _ => 4 * random.Next(1, 4) };
        for (var trial = 0; trial < 400; trial++)
        {
            var (rows, columns, extent, inner) = (random.Next(1, 5), Drawn(), Drawn() * Drawn(), trial % 2 == 0 ? 1 : Drawn());
            var access = new Access(extent, inner);
            if (trial % 3 == 0 && Drawn() is var stretch) access = new(stretch * Drawn(), 1, stretch, stretch + random.Next(9), random.Next(6));
            var (size, seen) = (rows * columns, (int)access.At((access.Extent - 1) * access.Inner) + 1);
            var (from, to) = (variable("from", TensorType.F32((seen + 3) / 4 * 4)), variable("to", TensorType.F32(size)));
            var loop = new FusedLoop(1, rows, columns, [new(from, false, access), new(to, false, new(size, 1))], [DType.F32], [new([], [new Load(0, 0), new Store(1, 0)])]);
            var k = new KernelBuilder("copy");
            var lanes = new LoopLanes(loop, k, LoopLanes.CountOf(loop, new(1, 1)));
            var code = k.ForEach(size / lanes.Count, new(1, 1), i =>
            {
                foreach (var instruction in loop.Stages[0].Columns) lanes.Do(instruction, k.Let(i * lanes.Count / columns), k.Let(i * lanes.Count), []);
            });
            var (x, y) = (AlignedMemory.Of((int)from.Type.Bytes), AlignedMemory.Of((int)to.Type.Bytes));
            for (var i = 0; i < seen; i++) MemoryMarshal.Cast<byte, float>(x.Span)[i] = i;
            Execution.Run(code, x, y);
            for (var i = 0; i < size; i++) Assert.True(access.At(i) == MemoryMarshal.Cast<byte, float>(y.Span)[i], $"{access}, {rows} rows of {columns}: {i} sees {MemoryMarshal.Cast<byte, float>(y.Span)[i]}, not {access.At(i)}");
            wide += code.Body.All().Count(s => s is WideRead);
        }
        Assert.InRange(wide, 50, int.MaxValue);
    }
}
