using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Kernels as the text that NVIDIA's driver is given, without a GPU or a driver.</summary>
public sealed class Ptx : IDisposable
{
    private readonly Context context = Devices.Create(DeviceKind.Checked);
    private readonly PTXBackend backend;
    private readonly ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new("Functional.Ptx"), AssemblyBuilderAccess.Run).DefineDynamicModule("kernels");
    private int count;

    /// <summary>For an architecture and a version of the instruction set.</summary>
    /// <param name="architecture">Such as 9.0.</param>
    /// <param name="instructions">Such as 8.4, which the assembler of CUDA 12.4 knows.</param>
    public Ptx((int Major, int Minor) architecture, (int Major, int Minor) instructions) =>
        backend = new(context, new CudaArchitecture(architecture.Major, architecture.Minor), new CudaInstructionSet(instructions.Major, instructions.Minor), null!);

    /// <summary>A kernel's text. <see cref="PtxLint"/> says what is wrong with it.</summary>
    public string Of(KernelCode code)
    {
        lock (backend) return ((PTXCompiledKernel)DeviceCode.Of(KernelEmitter.Emit(code, module, $"{code.Name}{count++}"), code, backend)).PTXAssembly;
    }

    /// <summary>Frees the compiler.</summary>
    public void Dispose()
    {
        backend.Dispose();
        context.Dispose();
    }
}
