using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using Register = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// The instructions of tensor cores, which ILGPU does not have: methods that emitted kernels call, for each of which the compiler writes one
/// instruction, with registers for what it is given and gives; nothing goes through memory. Public, since kernels lie in an assembly of their own.
/// </summary>
public static class MatrixInstructions
{
    /// <summary>A thread's sums: see <see cref="MatrixMultiplyAccumulate"/>.</summary>
    [IntrinsicImplementation]
    public static Four<float> TF32(int a0, int a1, int a2, int a3, int b0, int b1, float c0, float c1, float c2, float c3) => throw new NotSupportedException("only CUDA has tensor cores");

    /// <inheritdoc cref="TF32"/>
    [IntrinsicImplementation]
    public static Four<float> F16(int a0, int a1, int a2, int a3, int b0, int b1, float c0, float c1, float c2, float c3) => throw new NotSupportedException("only CUDA has tensor cores");

    /// <inheritdoc cref="TF32"/>
    [IntrinsicImplementation]
    public static Four<float> BF16(int a0, int a1, int a2, int a3, int b0, int b1, float c0, float c1, float c2, float c3) => throw new NotSupportedException("only CUDA has tensor cores");

    /// <summary>A builder whose compiler for CUDA knows them.</summary>
    internal static Context.Builder Known(Context.Builder builder) => PtxCalls.Written(builder, typeof(MatrixInstructions), nameof(Emit), Enum.GetNames<MatrixNumbers>());

    /// <summary>The instruction.</summary>
    internal static string Text(MatrixNumbers numbers) => numbers switch
    {
        MatrixNumbers.TF32 => "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32",
        MatrixNumbers.F16 => "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32",
        _ => "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32",
    };

    /// <summary>Writes the instruction of a call.</summary>
    internal static void Emit(PTXBackend backend, PTXCodeGenerator generator, ILGPU.IR.Value value)
    {
        var call = (MethodCall)value;
        var given = PtxCalls.Given(generator, call);
        var sums = ((Register.CompoundRegister)generator.Allocate(value)).SliceAs<Register.PrimitiveRegister>(0, 4);
        using var command = generator.BeginCommand(Text(Enum.Parse<MatrixNumbers>(call.Target.Source.Name)));
        command.AppendVectorArgument(sums);
        command.AppendVectorArgument(given[..4]);
        command.AppendVectorArgument(given[4..6]);
        command.AppendVectorArgument(given[6..]);
    }
}
