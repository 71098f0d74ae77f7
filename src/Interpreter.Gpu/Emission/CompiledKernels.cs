using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>What a device has been asked to run.</summary>
public static class CompiledKernels
{
    extension(Gpu gpu)
    {
        /// <summary>The kernels of all programs that have been compiled, as data, in the order of their texts.</summary>
        public ImmutableArray<KernelCode> KernelCodes => [.. gpu.Kernels.Codes.OrderBy(c => c.ToString(), StringComparer.Ordinal)];

        /// <summary>Makes a kernel ready, as compiling a program does.</summary>
        /// <exception cref="KernelException">The device's compiler refuses it.</exception>
        public void Compile(KernelCode code) => _ = gpu.Kernels.Of(code);
    }
}
