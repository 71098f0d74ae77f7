using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Elements that are read or written together: what that means, and that products read so what lies so, and nothing else.</summary>
public sealed class WideAccessTests
{
    private static readonly Reference Reference = new();

    private static readonly Geometry Threads = new(256, 1), Cores = new(256, 1, TensorCores.TF32);

    private static Value Thread => KernelBuilder.Thread;

    /// <summary>Two threads copy four numbers each, through shared memory.</summary>
    private static KernelCode Copy(Func<Value, Value> from, Func<KernelBuilder, Value, Value> through, int distance = 0)
    {
        var k = new KernelBuilder("copy");
        var (x, y, shared) = (k.Argument(DType.I32), k.Argument(DType.I32), k.Shared(DType.I32, 16));
        var read = k.Read(x, from(Thread * 4), 4);
        k.Put(shared, through(k, Thread * 4) + distance, [.. read]);
        k.Put(y, Thread * 4, [.. k.Read(shared, through(k, Thread * 4) + distance, 4)]);
        return k.Build(1, 2);
    }

    [Fact]
    public void Elements_together_lie_at_a_multiple_of_their_bytes()
    {
        var (x, y) = (AlignedMemory.Of(32), AlignedMemory.Of(32));
        for (var i = 0; i < 32; i++) x.Span[i] = (byte)i;
        Execution.Run(Copy(i => i, (k, i) => k.Let(i), 4), x, y);
        Assert.Equal(x.ToArray(), y.ToArray());
        void Faults(string because, KernelCode code, Memory<byte> from, Memory<byte> to) =>
            Assert.Contains(because, Assert.Throws<KernelFault>(() => Execution.Run(code, from, to)).Message, StringComparison.Ordinal);
        Faults("thread 0 of group 0 accesses 4 elements of i32 together from 1 on", Copy(i => i + 1, (k, i) => k.Let(i)), x, y);
        Faults("thread 0 of group 0 accesses 4 elements of i32 together from 0 on", Copy(i => i, (k, i) => k.Let(i)), AlignedMemory.Of(32, behind: 8), y);
        Faults("thread 0 of group 0 accesses 4 elements of i32 together from 0 on", Copy(i => i, (k, i) => k.Let(i)), x, AlignedMemory.Of(32, behind: 4));
        Faults("together from 2 on, counted from 0", Copy(i => i, (k, i) => k.Let(i), 2), x, y);
        Faults("together from 4 on, counted from 2", Copy(i => i, (k, i) => k.Let(i + 2), 2), x, y);
        Faults("thread 1 of group 0 reads p0[8], of 8 elements", Copy(i => i + 4, (k, i) => k.Let(i)), x, y);
    }

    private static ImmutableArray<KernelCode> Agree(string name, Gpu gpu, Function f, Random random)
    {
        ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
        var (expected, actual) = (Reference.Compile(f).Run(inputs), gpu.Compile(f).Run(inputs));
        for (var r = 0; r < expected.Length; r++)
            for (var i = 0; i < expected[r].Shape.Size; i++) Assert.True(expected[r][i].Equals(actual[r][i]) || (expected[r][i] == 0 && actual[r][i] == 0), $"{name}: element {i} of result {r} is {actual[r][i]}, not {expected[r][i]}");
        return gpu.KernelCodes;
    }

    private static int WideReads(IEnumerable<KernelCode> codes) => codes.Sum(c => c.Body.All().OfType<WideRead>().Count(r => r.Source is Argument));

    public static IEnumerable<object[]> Kinds =>
        from type in new[] { DType.U8, DType.I32, DType.F32, DType.F64, DType.F16, DType.BF16 }
        from way in new[] { "threads", "cores", "debug" }
        select new object[] { type, way };

    private static Gpu Opened(string way) => (way == "debug" ? Gpu.Open(DeviceKind.Debug) : Gpu.Open(DeviceKind.Checked, way == "cores" ? Cores : Threads)).IfFail(e => throw e);

    /// <summary>Whatever the order of the axes of operands, in batches and reversed, of extents that have 2, 4 or 8 as a divisor, and of some that have not.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Dots_equal_the_reference_however_their_operands_lie(DType type, string way)
    {
        using var gpu = Opened(way);
        var codes = way == "debug" ? Dots(gpu, type, 10, [1, 3, 4, 6, 8]) : Dots(gpu, type, 30, [1, 2, 4, 5, 6, 8, 12, 16, 24, 40]);
        if (type == DType.U8) Assert.Equal(0, WideReads(codes));
        else Assert.InRange(WideReads(codes), 10, int.MaxValue);
    }

    /// <summary>By tiles, as a GPU's driver would be given them.</summary>
    [Theory]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Dots_by_tiles_equal_the_reference(DeviceKind kind)
    {
        using var gpu = Gpu.Open(kind, Threads).IfFail(e => throw e);
        Assert.InRange(WideReads(Dots(gpu, DType.F32, 6, [4, 8, 12, 40])), 6, int.MaxValue);
    }

    private static ImmutableArray<KernelCode> Dots(Gpu gpu, DType type, int trials, int[] extents)
    {
        var random = new Random(11);
        int Extent() => extents[random.Next(extents.Length)];
        var codes = ImmutableArray<KernelCode>.Empty;
        for (var trial = 0; trial < trials; trial++)
        {
            int[] extent = [random.Next(1, 3), Extent(), Extent(), Extent(), random.Next(1, 3)], orderX = [0, 1, 2, 4], orderY = [0, 2, 3, 4];
            random.Shuffle(orderX);
            random.Shuffle(orderY);
            var (x, y) = (new TensorType(type, [.. orderX.Select(axis => extent[axis])]), new TensorType(type, [.. orderY.Select(axis => extent[axis])]));
            Axes At(int[] order, params int[] axes) => Axes.Of(axes.Select(a => Array.IndexOf(order, a)));
            var f = Function.Trace(
                p =>
                {
                    var (a, b) = type.IsHalf ? (convert(p[0], DType.F32), convert(p[1], DType.F32)) : (p[0], p[1]);
                    if (trial % 3 == 0) a = reverse(a, [random.Next(4)]);
                    return [dot(a, b, At(orderX, 0), At(orderY, 0), trial % 2 == 0 ? At(orderX, 2, 4) : At(orderX, 4, 2), trial % 2 == 0 ? At(orderY, 2, 4) : At(orderY, 4, 2))];
                },
                ("x", x), ("y", y));
            codes = Agree($"{x} {y} trial {trial}", gpu, f, random);
        }
        return codes;
    }

    /// <summary>Convolutions whose windows see nothing but elements, and such as see more, with groups, strides and dilations; and the gradients of those of floating-point numbers.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Convolutions_equal_the_reference(DType type, string way)
    {
        var random = new Random(12);
        using var gpu = Opened(way);
        using var ofGroups = Opened(way);
        for (var trial = 0; trial < (way == "debug" ? 6 : 20); trial++)
        {
            var (features, size, across, low) = (random.Next(1, 3), trial % 2 == 0 ? 1 : random.Next(1, 4), trial % 5 == 1 ? 2 : 1, trial % 4 == 3 ? 1 : 0);
            var (x, y) = (new TensorType(type, [random.Next(1, 3), features * random.Next(1, 5), random.Next(1, 3) * (trial % 7 == 4 ? 1 : 4), trial % 6 == 2 ? 9 : 4]), new TensorType(type, [features * 4, 0, size, across]));
            y = y with { Shape = y.Shape.With(1, x.Shape[1] / features) };
            WindowDim[] window = [new(size, 1, low, low, Dilation: random.Next(1, 3)), new(across, random.Next(1, 3), trial % 6 == 2 ? -1 : 0)];
            Expr Conv(Expr a, Expr b) => conv(a, b, [.. window], features, precision: type == DType.F16 ? Precision.F16 : type == DType.BF16 ? Precision.BF16 : Precision.Full);
            var held = type.IsHalf ? DType.F32 : type;
            var z = conv(variable("x", x), variable("y", y), [.. window], features).Type;
            var f = Function.Trace(
                p => held == DType.F32 ? [Conv(p[0], p[1]), .. Both(grad<(Expr, Expr)>(q => sum(Conv(q.Item1, q.Item2) * p[2]))((p[0], p[1])))] : [Conv(p[0], p[1])],
                ("x", x with { DType = held }), ("y", y with { DType = held }), ("z", z with { DType = held }));
            Agree($"{x} {y} {string.Join(", ", window)}, trial {trial}", features == 1 ? gpu : ofGroups, f, random);
        }
        if (type == DType.U8) Assert.Equal(0, WideReads(gpu.KernelCodes));
        else Assert.InRange(WideReads(gpu.KernelCodes), 2, int.MaxValue);
        if (!type.IsHalf || way != "cores") return;
        Assert.All(gpu.KernelCodes.Where(c => c.Name.StartsWith("conv", StringComparison.Ordinal) && c.Shared.Length > 0), c =>
            Assert.Equal([type == DType.F16 ? MatrixNumbers.F16 : MatrixNumbers.BF16], c.Body.All().OfType<MatrixMultiplyAccumulate>().Select(m => m.Numbers).Distinct()));
    }

    private static Expr[] Both((Expr X, Expr Y) pair) => [pair.X, pair.Y];

    /// <summary>Slices of what loops go along, which lie one behind another: of so many bytes that all are aligned, and of others.</summary>
    [Theory]
    [InlineData(8, 12, 4)]
    [InlineData(3, 3, 5)]
    [InlineData(1, 2, 8)]
    [InlineData(3, 5, 4)]
    public void Slices_in_loops_are_read_together_only_where_all_are_aligned(int m, int k, int n)
    {
        using var gpu = Opened("threads");
        var f = Function.Trace(
            p => [scan<Expr, Expr, Expr>((c, t) => scan<Expr, Expr, Expr>((d, u) => (d + 1, matmul(u, p[1]) + d), c, t), zeros(TensorType.F32(m, n)), p[0]).Ys],
            ("x", TensorType.F32(3, 2, m, k)), ("y", TensorType.F32(k, n)));
        Agree($"{m}×{k}×{n}", gpu, f, new(3));
    }

    /// <summary>Of images of nine elements, the last of which no window sees.</summary>
    [Fact]
    public void Parts_of_slices_that_are_not_aligned_are_read_one_by_one()
    {
        using var gpu = Opened("threads");
        var f = Function.Trace(
            p => [scan<Expr, Expr, Expr>((c, t) => (c, conv(t, p[1], [new(1, 1, 0, -1)]) + c), p[2], p[0]).Ys],
            ("x", TensorType.F32(3, 1, 1, 9)), ("y", TensorType.F32(1, 1, 1)), ("c", TensorType.F32()));
        Assert.Equal(0, WideReads(Agree("conv", gpu, f, new(4))));
    }

    /// <summary>Rows of eight, of which windows see five: what one access would read with the fifth is of no line, and the next line is elsewhere.</summary>
    [Fact]
    public void Rows_that_end_within_an_access_are_read_one_by_one()
    {
        using var gpu = Opened("threads");
        var f = Function.Trace(p => [conv(p[0], p[1], [new(1, 1, 0, -3)])], ("x", TensorType.F32(4, 1, 8)), ("y", TensorType.F32(1, 1, 1)));
        Assert.Equal(0, WideReads(Agree("conv", gpu, f, new(5))));
    }

    /// <summary>How wide the accesses are by which an operand is read, in numbers, or in words of two of 16 bits: of these, two at most across the depth.</summary>
    [Theory]
    [InlineData(false, 64, 64, 64, 4, 4)]
    [InlineData(false, 64, 64, 63, 4, 1)]
    [InlineData(false, 64, 63, 64, 1, 4)]
    [InlineData(false, 33, 68, 66, 4, 2)]
    [InlineData(true, 64, 64, 64, 4, 2)]
    [InlineData(true, 64, 64, 68, 4, 2)]
    [InlineData(true, 64, 36, 64, 2, 2)]
    [InlineData(true, 64, 63, 64, 1, 2)]
    public void Operands_are_read_by_as_many_as_their_rows_allow(bool isHalf, int m, int k, int n, int left, int right)
    {
        using var gpu = Opened("cores");
        var type = isHalf ? DType.BF16 : DType.F32;
        gpu.Compile(Function.Trace(p => [isHalf ? matmul(convert(p[0], DType.F32), convert(p[1], DType.F32)) : matmul(p[0], p[1])], ("x", new(type, [m, k])), ("y", new(type, [k, n]))));
        var code = Assert.Single(gpu.KernelCodes, c => c.Name == "dot");
        int Width(int argument) => code.Body.All().OfType<WideRead>().Where(r => r.Source is Argument a && a.Index == argument).Select(r => r.Targets.Length).DefaultIfEmpty(1).Distinct().Single();
        Assert.Equal((left, right), (Width(0), Width(1)));
    }
}
