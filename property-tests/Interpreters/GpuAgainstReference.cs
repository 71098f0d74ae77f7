using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>The GPU interpreter, on each kind of device that is here.</summary>
[Collection(OpenDevices.Name)]
public sealed class GpuAgainstReference(OpenDevices devices)
{
    /// <summary>A device's results are near the reference's; and those of ILGPU's own threads are bit for bit what kernels mean, but for which NaN it is.</summary>
    private void Agree(string name, Func<Expr[], Expr> program, TensorType[] inputs, Func<TensorType, Random, Tensor> draw, DeviceKind kind)
    {
        IInterpreter[] interpreters = kind == DeviceKind.Debug ? [devices[kind], devices[DeviceKind.Checked]] : [devices[kind]];
        var results = CpuAgainstReference.NearReference(name, program, inputs, draw, interpreters);
        for (var i = 0; i < results[0].Shape.Size; i++)
            Assert.True(BitConverter.DoubleToInt64Bits(results[0][i]) == BitConverter.DoubleToInt64Bits(results[^1][i]) || (double.IsNaN(results[0][i]) && double.IsNaN(results[^1][i])), $"{name}: element {i} is {results[0][i]}, which means {results[^1][i]}");
    }

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Every_op_gives_the_same_on_small_integers(DeviceKind kind)
    {
        foreach (var type in DTypes.All.Where(t => t.IsNumber))
            foreach (var (name, program, inputs) in OpExamples.Of(type)) Agree(name, program, inputs, OpExamples.Small, kind);
    }

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Every_elementwise_function_is_as_near_as_it_says(DeviceKind kind)
    {
        foreach (var type in DTypes.All)
            foreach (var (name, program, inputs) in OpExamples.Functions(type))
            {
                Agree(name, program, inputs, OpExamples.Small, kind);
                if (type.IsFloat) Agree($"{name} at corners", program, inputs, OpExamples.Corners, kind);
            }
    }

    /// <summary>Numbers of all magnitudes, and the f32 that is nearest to a multiple of π/2.</summary>
    private static Tensor OfAllMagnitudes(TensorType type, Random random)
    {
        var (largest, digits) = type.DType == DType.F32 ? (127, 23) : (1023, 52);
        var values = Enumerable.Range(0, (int)type.Shape.Size).Select(_ => Math.ScaleB((random.NextDouble() + 1) * (random.Next(2) == 0 ? 1 : -1), random.Next(-largest - digits + 1, largest + 1))).ToArray();
        values[0] = Math.ScaleB(16367173, 72);
        return type.DType == DType.F32 ? Tensor.Of<float>(type.Shape, [.. values.Select(v => (float)v)]) : Tensor.Of<double>(type.Shape, values);
    }

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Large_angles_and_quotients_are_as_exact_as_small_ones(DeviceKind kind)
    {
        foreach (var type in (DType[])[DType.F32, DType.F64])
            foreach (var (name, program, inputs) in OpExamples.Functions(type).Where(f => f.Name is "Sin" or "Cos" or "Tan" or "Rem"))
                Agree($"{name} of all magnitudes", program, [.. inputs.Select(t => new TensorType(t.DType, [2000]))], OfAllMagnitudes, kind);
    }

    /// <summary>The f64 that is nearest to a multiple of π/2 (Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., §9.3.1), at which the framework's cosine is some ulps off.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void The_hardest_angle_is_right_to_the_last_bits(DeviceKind kind)
    {
        var x = variable("x", TensorType.F64());
        var (cosine, ulp) = (-4.68716592425462761112e-19, Math.BitIncrement(4.68716592425462761112e-19) - 4.68716592425462761112e-19);
        Assert.InRange(devices[kind].Eval(cos(x), (x, Tensor.Of<double>([], [Math.ScaleB(6381956970095103, 797)])))[0], cosine - (2 * ulp), cosine + (2 * ulp));
    }
}
