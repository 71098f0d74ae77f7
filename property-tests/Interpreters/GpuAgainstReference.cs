using Functional;
using Functional.Interpreter.Gpu;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>The GPU interpreter on ILGPU's own threads, at small sizes.</summary>
public sealed class GpuAgainstReference(GpuAgainstReference.Debug debug) : IClassFixture<GpuAgainstReference.Debug>
{
    public sealed class Debug : IDisposable
    {
        public Gpu Gpu { get; } = Gpu.Open(DeviceKind.Debug).IfFail(e => throw e);

        public void Dispose() => Gpu.Dispose();
    }

    public static TheoryData<DType> Types => [.. DTypes.All];

    public static TheoryData<DType> Numbers => [.. DTypes.All.Where(t => t.IsNumber)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Every_op_gives_the_same_on_small_integers(DType type)
    {
        foreach (var (name, program, inputs) in OpExamples.Of(type)) CpuAgainstReference.Agree(name, program, inputs, OpExamples.Small, debug.Gpu);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_elementwise_function_is_as_near_as_it_says(DType type)
    {
        foreach (var (name, program, inputs) in OpExamples.Functions(type))
        {
            CpuAgainstReference.Agree(name, program, inputs, OpExamples.Small, debug.Gpu);
            if (type.IsFloat) CpuAgainstReference.Agree($"{name} at corners", program, inputs, OpExamples.Corners, debug.Gpu);
        }
    }
}
