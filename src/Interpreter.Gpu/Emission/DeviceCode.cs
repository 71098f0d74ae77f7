using ILGPU.Backends;
using ILGPU.IR;
using ILGPU.IR.Transformations;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// What is done to a kernel between ILGPU's front end and the device's code: fused multiply-adds become the compiler's own operation, and the
/// memory that a kernel is given is known to be global, which ILGPU finds out by itself only at the level that moves loads past barriers.
/// </summary>
internal readonly struct DeviceCode : IBackendHook
{
    public void FinishedCodeGeneration(IRContext context, Method entryPoint) { }

    public void InitializedKernelContext(IRContext context, Method entryPoint) { }

    public void OptimizedKernelContext(IRContext context, Method entryPoint)
    {
        var passes = Transformer.CreateBuilder(TransformerConfiguration.Empty);
        passes.Add(new InferKernelAddressSpaces(MemoryAddressSpace.Global));
        passes.Add(new LowerStructures());
        passes.Add(new UnreachableCodeElimination());
        passes.Add(new DeadCodeElimination());
        passes.Add(new SSAStructureConstruction());
        passes.Add(new InferLocalAddressSpaces());
        passes.Add(new CleanupBlocks());
        passes.Add(new SimplifyControlFlow());
        context.Transform(passes.ToTransformer());
    }
}
