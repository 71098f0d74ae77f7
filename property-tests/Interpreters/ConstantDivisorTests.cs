using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using ILGPU.Runtime;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Divisions by constants, which are made multiplications.</summary>
[Collection(OpenDevices.Name)]
public sealed class ConstantDivisorTests(OpenDevices devices)
{
    private static readonly ImmutableArray<int> Divisors = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 25, 127, 128, 129, 641, 3136, 65535, 65536, 65537, 1 << 30, (1 << 30) + 1, int.MaxValue - 1, int.MaxValue];

    /// <summary>Numbers about the multiples of a divisor, the first and the last, of both signs.</summary>
    private static IEnumerable<int> Around(int divisor)
    {
        var most = int.MaxValue / divisor;
        foreach (var multiple in new[] { 0, 1, 2, most / 2, most - 1, most }.Distinct())
            for (var rest = -1; rest <= 1; rest++)
                foreach (var sign in (int[])[1, -1]) yield return (int)Math.Clamp(sign * (((long)multiple * divisor) + rest), int.MinValue, int.MaxValue);
        yield return int.MinValue;
        yield return int.MaxValue;
    }

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Quotients_and_what_they_leave_are_exact(DeviceKind kind)
    {
        foreach (var divisor in Divisors)
        {
            int[] numbers = [.. Around(divisor)];
            var k = new KernelBuilder("divisions");
            var (x, y) = (k.Argument(DType.I32), k.Argument(DType.I32));
            for (var i = 0; i < numbers.Length; i++)
            {
                var of = k.Let(x[i]);
                k.Put(y, 2 * i, new BinaryValue(BinaryKind.Divide, of, divisor));
                k.Put(y, (2 * i) + 1, new BinaryValue(BinaryKind.Remainder, of, divisor));
            }
            var results = Run(k.Build(1, 1), numbers, 2 * numbers.Length, kind);
            Assert.All(numbers.Select((n, i) => (n, i)), n => Assert.Equal((n.n / divisor, n.n % divisor), (results[2 * n.i], results[(2 * n.i) + 1])));
        }
    }

    /// <summary>Of indices, which are known not to be negative: up to the largest that there are.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Quotients_of_indices_are_exact(DeviceKind kind)
    {
        foreach (var divisor in Divisors)
        {
            const int threads = 4;
            var (k, factor) = (new KernelBuilder("indices"), int.MaxValue / (threads - 1));
            var (_, y, thread) = (k.Argument(DType.I32), k.Argument(DType.I32), KernelBuilder.Thread);
            Value[] of = [thread, thread * factor, (thread * factor) + 1, thread % 2 * int.MaxValue];
            for (var i = 0; i < of.Length; i++)
            {
                k.Put(y, (thread * 8) + (2 * i), new BinaryValue(BinaryKind.Divide, of[i], divisor));
                k.Put(y, (thread * 8) + (2 * i) + 1, new BinaryValue(BinaryKind.Remainder, of[i], divisor));
            }
            var results = Run(k.Build(1, threads), [0], threads * 8, kind);
            for (var t = 0; t < threads; t++)
            {
                int[] numbers = [t, t * factor, (t * factor) + 1, t % 2 * int.MaxValue];
                Assert.All(numbers.Select((n, i) => (n, i)), n => Assert.Equal((n.n / divisor, n.n % divisor), (results[(8 * t) + (2 * n.i)], results[(8 * t) + (2 * n.i) + 1])));
            }
        }
    }

    /// <summary>Of users' integers, of both signs, by constants of both.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Users_integers_are_divided_by_constants_as_by_others(DeviceKind kind)
    {
        foreach (var type in (DType[])[DType.I32, DType.I64])
            foreach (var divisor in new[] { 1, 2, 3, 8, -1, -2, -7, 0 })
            {
                var f = Function.Trace(p => [p[0] / constant(divisor, type), rem(p[0], constant(divisor, type))], ("x", new TensorType(type, [9])));
                var x = type == DType.I32 ? Tensor.Of(-9, -8, -3, -2, -1, 0, 1, 7, 8) : Tensor.Of<long>([9], [-9, -8, -3, -2, -1, 0, 1, 7, 8]);
                Assert.Equal(new Reference().Compile(f).Run(x).AsEnumerable(), devices[kind].Compile(f).Run(x));
            }
    }

    private int[] Run(KernelCode code, int[] given, int count, DeviceKind kind)
    {
        var gpu = devices[kind];
        using var x = gpu.Accelerator.Allocate1D<byte>(given.Length * sizeof(int));
        using var y = gpu.Accelerator.Allocate1D<byte>(count * sizeof(int));
        var results = new byte[count * sizeof(int)];
        gpu.Queue(stream =>
        {
            x.View.BaseView.CopyFromCPU(stream, MemoryMarshal.AsBytes<int>(given));
            gpu.Launch(gpu.Kernels.Of(code), stream, [x.View.BaseView, y.View.BaseView]);
            y.View.BaseView.CopyToCPU(stream, results);
        });
        return MemoryMarshal.Cast<byte, int>(results).ToArray();
    }

    /// <summary>What is bounded is so on any thread; what may wrap, or may be negative, is not bounded.</summary>
    [Fact]
    public void Bounds_hold_of_indices_and_of_nothing_that_may_be_negative()
    {
        var k = new KernelBuilder("bounds");
        var (x, thread, group) = (k.Argument(DType.I32), KernelBuilder.Thread, new Place(PlaceKind.Group));
        var (once, twice, itself) = (k.Let(thread + 5), k.Let(thread), k.Let(0));
        k.Set(twice, group * 100);
        Local? counter = null;
        k.For(2, 40, 3, i =>
        {
            counter = (Local)i;
            k.Set(itself, itself + 1);
        });
        k.Put(x, 0, itself + twice + once);
        var bounds = new Bounds(k.Build(7, 64));
        Assert.Equal(63, bounds.Of(thread));
        Assert.Equal(6, bounds.Of(group));
        Assert.Equal(68, bounds.Of(once));
        Assert.Equal(600, bounds.Of(twice));
        Assert.Equal(39, bounds.Of(counter!));
        Assert.Equal((63 * 1000) + 6, bounds.Of((thread * 1000) + group));
        Assert.Equal(13, bounds.Of(thread * 1000 / 4839));
        Assert.Equal(9, bounds.Of(thread % 10));
        Assert.Equal(63, bounds.Of(thread % 100));
        Assert.Equal(127, bounds.Of(thread | 64));
        Assert.Equal(15, bounds.Of(x[0] & 15));
        Assert.Equal(100, bounds.Of(Value.Select(thread < 3, thread, 100)));
        Assert.All((Value[])[x[0], itself, thread - 1, -thread, thread * int.MaxValue, (thread * (1 << 25)) + int.MaxValue, Number.Of(-1), x[0] % 10, thread << 2, Value.Select(thread < 3, thread, x[0])], v => Assert.Null(bounds.Of(v)));
    }
}
