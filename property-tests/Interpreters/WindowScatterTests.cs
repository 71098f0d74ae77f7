using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Emission;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Updates that go where windows have found their greatest element.</summary>
[Collection(OpenDevices.Name)]
public sealed class WindowScatterTests(OpenDevices devices)
{
    private static readonly Reference Reference = new();

    private static readonly ImmutableArray<(string Name, int[] Shape, ValueArray<WindowDim> Window)> Cases =
    [
        ("beside each other", [2, 3, 8, 10], [new(2, 2), new(2, 2)]),
        ("that overlap, padded", [2, 3, 11, 9], [new(3, 2, 1, 1), new(3, 2, 1, 1)]),
        ("one at each place", [1, 2, 7, 6], [new(3, 1, 1, 1), new(2, 1, 1)]),
        ("with elements between", [2, 2, 9, 8], [new(2, 4), new(1, 3)]),
        ("dilated", [1, 3, 12, 9], [new(3, 2, 2, 1, 2), new(2, 1, 0, 1, 3)]),
        ("over gaps", [1, 2, 6, 5], [new(3, 2, 1, 2, 1, 2), new(2, 1, 1, 1, 1, 3)]),
        ("that leave out the first", [1, 2, 9, 9], [new(3, 2, -1, 1), new(3, 3, -2)]),
        ("of all", [3, 2, 5, 4], [new(5), new(4)]),
        ("wholly in padding", [1, 1, 4, 4], [new(2, 1, 3, 3), new(2, 2, 2, 2)]),
        ("too large for any", [1, 2, 3, 4], [new(4), new(2)]),
        ("along one axis", [2, 13], [new(3, 2, 1, 1)]),
        ("along three", [1, 5, 4, 6], [new(2, 1), new(2, 2), new(3, 1, 1, 1)]),
        ("too many over each", [1, 1, 14, 14], [new(9, 1), new(9, 1)]),
    ];

    private static void Agree(Gpu gpu, string name, int[] shape, ValueArray<WindowDim> window)
    {
        var (x, lead) = (TensorType.F32(shape), shape.Length - window.Count);
        var positions = Function.Trace(p => [windowArgMax(p[0], window)], ("x", x)).Results[0].Shape;
        var extent = shape[lead..].Aggregate(1, (n, e) => n * e);
        var f = Function.Trace(p => [scatterAdd(p[1], windowArgMax(p[0], window), extent, lead, lead)], ("x", x), ("updates", new TensorType(DType.F32, positions)));
        var random = new Random(5);
        ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
        var (expected, actual) = (Reference.Compile(f).Run(inputs)[0], gpu.Compile(f).Run(inputs)[0]);
        for (var i = 0; i < expected.Shape.Size; i++) Assert.True(expected[i] == actual[i], $"windows {name} on {gpu.Name}: element {i} is {actual[i]}, not {expected[i]}");
    }

    [Fact]
    public void Sums_are_those_of_the_reference_as_data()
    {
        foreach (var (name, shape, window) in Cases)
        {
            using var gpu = Gpu.Open(DeviceKind.Checked).IfFail(e => throw e);
            Agree(gpu, name, shape, window);
            var isSorted = gpu.KernelCodes.Any(c => c.Name.StartsWith("sort", StringComparison.OrdinalIgnoreCase));
            Assert.True(isSorted == name.StartsWith("too many", StringComparison.Ordinal), $"windows {name}: {string.Join(", ", gpu.KernelCodes.Select(c => c.Name))}");
        }
    }

    [Theory]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Sums_are_those_of_the_reference(DeviceKind kind)
    {
        foreach (var (name, shape, window) in Cases) Agree(devices[kind], name, shape, window);
    }
}
