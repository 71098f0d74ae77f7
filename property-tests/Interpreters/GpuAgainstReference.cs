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
    private void Agree(string name, Func<Expr[], Expr> program, TensorType[] inputs, Func<TensorType, Random, Tensor> draw, params ReadOnlySpan<DeviceKind> kinds)
    {
        IInterpreter[] interpreters = [.. kinds.ToArray().Select(k => devices[k])];
        var results = CpuAgainstReference.NearReference(name, program, inputs, draw, interpreters);
        for (var i = 0; i < results[0].Shape.Size; i++)
            Assert.True(BitConverter.DoubleToInt64Bits(results[0][i]) == BitConverter.DoubleToInt64Bits(results[^1][i]) || (double.IsNaN(results[0][i]) && double.IsNaN(results[^1][i])), $"{name}: element {i} is {results[0][i]}, which means {results[^1][i]}");
    }

    /// <summary>ILGPU's own threads take long to meet: ops run on them in one type of each size, and as data in all.</summary>
    private static DeviceKind[] Kinds(DeviceKind kind, DType type) =>
        kind != DeviceKind.Debug ? [kind] : type is DType.F32 or DType.I64 ? [kind, DeviceKind.Checked] : [DeviceKind.Checked];

    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Every_op_gives_the_same_on_small_integers(DeviceKind kind)
    {
        foreach (var type in DTypes.All.Where(t => t.IsNumber))
            foreach (var (name, program, inputs) in OpExamples.Of(type)) Agree(name, program, inputs, OpExamples.Small, Kinds(kind, type));
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
                Agree(name, program, inputs, OpExamples.Small, Kinds(kind, DType.F32));
                if (type.IsFloat) Agree($"{name} at corners", program, inputs, OpExamples.Corners, Kinds(kind, DType.F32));
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
                Agree($"{name} of all magnitudes", program, [.. inputs.Select(t => new TensorType(t.DType, [2000]))], OfAllMagnitudes, Kinds(kind, DType.F32));
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

    /// <summary>LLVM makes one instruction of a bitwise function of three numbers and a choice between it and one of them, and has mixed up their order.</summary>
    [Theory]
    [On(DeviceKind.Debug)]
    [On(DeviceKind.OpenCL)]
    [On(DeviceKind.Cuda)]
    public void Choices_between_bits_and_what_they_are_made_of_are_right(DeviceKind kind)
    {
        foreach (var type in (DType[])[DType.U8, DType.I32, DType.I64])
        {
            var (vector, mask) = (new TensorType(type, [67]), constant(10, type));
            foreach (var chosen in (int[])[0, 1])
            {
                Agree($"merged or {chosen}", x => where(less(x[2], x[3]), or(and(x[0], mask), and(x[1], not(mask))), x[chosen]), [vector, vector, vector, vector], OpExamples.Small, Kinds(kind, type));
                Agree($"neither but {chosen}", x => where(less(x[2], x[3]), x[chosen], xor(or(x[1], x[0]), mask)), [vector, vector, vector, vector], OpExamples.Small, Kinds(kind, type));
            }
        }
    }
}
