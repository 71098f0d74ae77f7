using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>What goes along lines so long that groups share them, on numbers that every order of summation adds exactly.</summary>
[Collection(OpenDevices.Name)]
public sealed class GpuLineTests(OpenDevices devices)
{
    /// <summary>Lines of a group, of several, and such as are no multiple of anything: ILGPU's own threads, of which four are a group, share short ones.</summary>
    private static int[] Extents(DeviceKind kind) => kind switch { DeviceKind.Debug => [2, 65, 70], DeviceKind.OpenCL => [3, 2_500], _ => [1, 2, 3, 65, 1_023, 2_500, 9_000] };

    private static void Agree(Gpu gpu, Func<Expr[], Expr[]> program, params ImmutableArray<Tensor> inputs)
    {
        var f = Function.Trace(x => [.. program([.. x])], [.. inputs.Select((t, i) => ($"x{i}", t.Type))]);
        var executable = gpu.Compile(f);
        var (expected, actual, again) = (new Reference().Compile(f).Run(inputs), executable.Run(inputs), executable.Run(inputs));
        for (var r = 0; r < expected.Length; r++)
            for (var i = 0; i < expected[r].Shape.Size; i++)
            {
                Assert.True(expected[r][i].Equals(actual[r][i]) || expected[r][i] == actual[r][i], $"result {r}: element {i} of {expected[r].Type} is {actual[r][i]}, not {expected[r][i]}");
                Assert.Equal(BitConverter.DoubleToInt64Bits(actual[r][i]), BitConverter.DoubleToInt64Bits(again[r][i]));
            }
    }

    /// <summary>Numbers of which many are equal; every so many one that is not finite, where there are such.</summary>
    private static Tensor Drawn(DType type, int every, params int[] dims)
    {
        var (shape, random) = (Shape.Of(dims), new Random(dims.Sum() + every));
        var values = new double[(int)shape.Size];
        for (var i = 0; i < values.Length; i++)
            values[i] = every > 0 && type.IsFloat && random.Next(every) == 0 ? random.Next(4) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0.0, _ => double.NegativeInfinity } : random.Next(type == DType.U8 ? 0 : -40, 50);
        return Functional.Testing.Values.Of(new(type, shape), values);
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Orders_are_stable_with_what_is_not_a_number_last(DeviceKind kind)
    {
        foreach (var type in kind is DeviceKind.Debug or DeviceKind.OpenCL ? [DType.F32, DType.I64] : new[] { DType.U8, DType.BF16, DType.I32, DType.F32, DType.F64 })
            foreach (var extent in Extents(kind).Where(e => e < 5_000 || type == DType.F32))
            {
                Agree(devices[kind], x => [argsort(x[0]), argsort(x[0], descending: true), sort(x[0])], Drawn(type, 5, 3, extent));
                Agree(devices[kind], x => [argsort(x[0], 0)], Drawn(type, 5, extent, 2));
            }
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Updates_are_added_in_their_order_where_indices_say(DeviceKind kind)
    {
        foreach (var count in Extents(kind))
        {
            var (random, few) = (new Random(count), count < 100 ? 5 : 150);
            Tensor Indices(params int[] dims) => Tensor.Of<int>(Shape.Of(dims), [.. Enumerable.Range(0, (int)Shape.Of(dims).Size).Select(_ => random.Next(-1, few + 1))]);
            Agree(devices[kind], x => [scatterAdd(x[0], x[1], few)], Drawn(DType.F32, 0, count), Indices(count));
            Agree(devices[kind], x => [scatterAdd(x[0], convert(x[1], DType.I64), few, 1)], Drawn(DType.I32, 0, 2, count, 3), Indices(count));
            Agree(devices[kind], x => [scatterAdd(x[0], x[1], few, 2, 1)], Drawn(DType.F64, 0, 2, 2, count), Indices(2, count));
        }
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Lines_are_added_up_to_each_place(DeviceKind kind)
    {
        foreach (var extent in Extents(kind))
        {
            Agree(devices[kind], x => [cumulativeSum(x[0], -1), cumulativeSum(x[0], -1, reversed: true)], Drawn(DType.F32, 0, 2, extent));
            Agree(devices[kind], x => [cumulativeSum(x[0], 0)], Drawn(DType.I64, 0, extent, 3));
        }
        Agree(devices[kind], x => [cumulativeSum(x[0], -1)], Drawn(DType.F32, 40, 3, kind == DeviceKind.Debug ? 70 : 2_500));
    }

    [Theory]
    [On(DeviceKind.Checked)]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Few_long_rows_and_columns_are_reduced_by_many_groups(DeviceKind kind)
    {
        foreach (var extent in kind switch { DeviceKind.Debug => [65, 300], DeviceKind.OpenCL => [9_000], _ => new[] { 65, 1_023, 9_000, 40_000 } })
        {
            var x = Drawn(DType.F32, 0, 2, extent);
            Agree(devices[kind], p => [sum(p[0], 1), sum(p[0] * 2 + 1, 1), max(p[0], 1), min(-p[0]), sum(p[0])], x);
            Agree(devices[kind], p => [p[0] - max(p[0], -1, keepDims: true) * sum(p[0] * 2, -1, keepDims: true)], x);
            Agree(devices[kind], p => [sum(p[0], 0), sum(p[0], [0, 2]), sum(p[0], 1)], Drawn(DType.I32, 0, extent, 3, 2));
            Agree(devices[kind], p => [p[0] - max(p[0] - sum(p[0], 1, keepDims: true), -1, keepDims: true), sum(p[0], 1)], x);
            Agree(devices[kind], p => [p[0] - max(p[0] - sum(p[0], 1, keepDims: true), -1, keepDims: true), sum(p[0], 1) * 2, max(p[0] - sum(p[0], 1, keepDims: true), 1)], x);
            Agree(devices[kind], p => [p[0] - broadcast(sum(p[0], [0, 2]), p[0].Shape, [1]), sum(p[0] + 1, [0, 2])], Drawn(DType.F32, 0, 2, 9, extent / 8));
            Agree(devices[kind], p => [argmax(p[0], 1), argmin(p[0], 1)], Drawn(DType.F32, 0, 3, extent));
            Agree(devices[kind], p => [argmax(p[0], 0), argmin(p[0], 0)], Drawn(DType.F32, extent, extent, 3));
        }
    }

    /// <summary>Where rows are fewer than multiprocessors, each has more threads, as long as there is something for each of them.</summary>
    [Fact]
    public void Few_rows_have_larger_groups()
    {
        int Threads(int rows, int columns)
        {
            using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(256, 8) { MostThreads = 512 }).IfFail(e => throw e);
            gpu.Compile(Function.Trace(x => [softmax(x[0])], ("x", TensorType.F32(rows, columns))));
            return gpu.KernelCodes.Max(c => c.Threads);
        }
        Assert.Equal((512, 256, 256), (Threads(12, 2500), Threads(12, 900), Threads(40, 2500)));
    }
}
