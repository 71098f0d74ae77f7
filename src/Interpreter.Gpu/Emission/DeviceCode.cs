using System.Reflection;
using Functional.Interpreter.Gpu.Code;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Rewriting;
using ILGPU.IR.Transformations;
using ILGPU.IR.Values;
using ILGPU.Runtime;
using CompiledKernel = ILGPU.Backends.CompiledKernel;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// What is done to a kernel between ILGPU's front end and the device's code: fused multiply-adds become the compiler's own operation, and the
/// memory that a kernel is given is known to be global, which ILGPU finds out by itself only at the level that moves loads past barriers.
/// </summary>
internal readonly struct DeviceCode : IBackendHook
{
    /// <summary>The device's code of a kernel's method; only CUDA's compiler is told how many groups shall have room.</summary>
    public static CompiledKernel Of(MethodInfo method, KernelCode code, Backend backend)
    {
        var specialization = new KernelSpecialization(code.Threads, backend is PTXBackend && code.Resident > 1 ? code.Resident : null);
        var kernel = backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), specialization, new DeviceCode());
        if (kernel is PTXCompiledKernel ptx) PtxText.Normalise(ptx);
        if (kernel is CLCompiledKernel text) OpenClText.Widen(text);
        return kernel;
    }

    public void FinishedCodeGeneration(IRContext context, Method entryPoint) { }

    public void InitializedKernelContext(IRContext context, Method entryPoint) { }

    public void OptimizedKernelContext(IRContext context, Method entryPoint)
    {
        var passes = Transformer.CreateBuilder(TransformerConfiguration.Empty);
        passes.Add(new MultiplyAdds());
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

    /// <summary>Calls of the framework's function, which no device has, become the operation that all have.</summary>
    private sealed class MultiplyAdds : UnorderedTransformation
    {
        private static readonly Rewriter Calls = Rewriting();

        private static Rewriter Rewriting()
        {
            var rewriter = new Rewriter();
            rewriter.Add<MethodCall>(call => call.Target.HasSource && call.Target.Source.Name == nameof(MathF.FusedMultiplyAdd),
                (context, call) => context.ReplaceAndRemove(call, context.Builder.CreateArithmetic(call.Location, call[0], call[1], call[2], TernaryArithmeticKind.MultiplyAdd)));
            return rewriter;
        }

        protected override bool PerformTransformation(Method.Builder builder) => Calls.Rewrite(builder.SourceBlocks, builder);
    }
}
