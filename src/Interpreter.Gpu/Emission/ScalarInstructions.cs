using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using Register = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

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

    /// <summary>A builder whose compiler for CUDA knows them.</summary>
    internal static Context.Builder Known(Context.Builder builder)
    {
        ILGPU.IR.IRContextExtensions.GetIntrinsicManager(builder).RegisterMethod(
            typeof(ScalarInstructions).GetMethod(nameof(UpperProduct))!, new PTXIntrinsic(typeof(ScalarInstructions), nameof(Emit), IntrinsicImplementationMode.GenerateCode));
        return builder;
    }

    /// <summary>Writes the instruction of a call.</summary>
    internal static void Emit(PTXBackend backend, PTXCodeGenerator generator, ILGPU.IR.Value value)
    {
        var call = (MethodCall)value;
        var given = new Register.PrimitiveRegister[call.Count];
        for (var i = 0; i < given.Length; i++) given[i] = generator.EnsureHardwareRegister(generator.LoadPrimitive(call[i].Resolve()));
        var result = generator.AllocateHardware(value);
        using var command = generator.BeginCommand("mul.hi.u32");
        command.AppendArgument(result);
        foreach (var register in given) command.AppendArgument(register);
    }
}
