using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// CUDA's instructions for one number that ILGPU does not have: methods that emitted kernels call, for each of which the compiler for CUDA writes
/// one instruction. Public, since kernels lie in an assembly of their own.
/// </summary>
public static class ScalarInstructions
{
    /// <summary>The upper 32 bits of the product of two unsigned integers.</summary>
    [IntrinsicImplementation]
    public static int UpperProduct(int x, int y) => (int)(((ulong)(uint)x * (uint)y) >> 32);

    /// <summary>The bits of the nearest number of TF32, of two equally near the one farther from 0; NaN stays NaN.</summary>
    [IntrinsicImplementation]
    public static int RoundedToTF32(float x) => Meaning.RoundedToTF32(x);

    /// <summary>A builder whose compiler for CUDA knows them.</summary>
    internal static Context.Builder Known(Context.Builder builder) => PtxCalls.Written(builder, typeof(ScalarInstructions), nameof(Emit), nameof(UpperProduct), nameof(RoundedToTF32));

    /// <summary>The instruction.</summary>
    private static string Text(string method) => method == nameof(UpperProduct) ? "mul.hi.u32" : "cvt.rna.tf32.f32";

    /// <summary>Writes the instruction of a call.</summary>
    internal static void Emit(PTXBackend backend, PTXCodeGenerator generator, ILGPU.IR.Value value)
    {
        var call = (MethodCall)value;
        var (given, result) = (PtxCalls.Given(generator, call), generator.AllocateHardware(value));
        using var command = generator.BeginCommand(Text(call.Target.Source.Name));
        command.AppendArgument(result);
        foreach (var register in given) command.AppendArgument(register);
    }
}
