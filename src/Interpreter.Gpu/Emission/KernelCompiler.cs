using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Makes kernels ready to launch on a device: once for each text, kept as long as this.</summary>
internal sealed class KernelCompiler(Accelerator accelerator) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<LoadedKernel>> known = new();
    private readonly ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new("Functional.Kernels"), AssemblyBuilderAccess.Run).DefineDynamicModule("kernels");
    private readonly Lock gate = new();
    private int count;

    /// <summary>How many kernels there are.</summary>
    public int Count => known.Count;

    /// <summary>The kernel of some code.</summary>
    /// <exception cref="KernelException">The device's compiler refuses it.</exception>
    public LoadedKernel Of(KernelCode code) => known.GetOrAdd(code.ToString(), _ => new(() => Compile(code))).Value;

    private LoadedKernel Compile(KernelCode code)
    {
        lock (gate)
        {
            try
            {
                var method = KernelEmitter.Emit(code, module, $"{code.Name}{count++}");
                var compiled = accelerator.GetBackend().Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), new KernelSpecialization(code.Threads, null), new DeviceCode());
                return LoadedKernel.Of(accelerator.LoadKernel(compiled), method.GetParameters()[0].ParameterType, new KernelConfig(code.Groups, code.Threads));
            }
            catch (Exception e) when (e is InternalCompilerException or NotSupportedException or AcceleratorException or TargetInvocationException)
            {
                accelerator.Context.ClearCache(ClearCacheMode.Everything); // else later kernels fail, too
                throw new KernelException(code, e);
            }
        }
    }

    public void Dispose()
    {
        foreach (var kernel in known.Values)
            if (kernel.IsValueCreated) kernel.Value.Dispose();
    }
}

/// <summary>A kernel that a device's compiler has refused.</summary>
public sealed class KernelException : Exception
{
    internal KernelException(KernelCode code, Exception inner)
        : base($"the device's compiler refuses the kernel of {code.Name}: {inner.GetBaseException().Message}. Other kernels are not affected. The kernel:\n{code}", inner) { }
}

/// <summary>A kernel that a device has.</summary>
internal abstract class LoadedKernel(Kernel kernel) : IDisposable
{
    public static LoadedKernel Of(Kernel kernel, Type arguments, KernelConfig config) =>
        (LoadedKernel)Activator.CreateInstance(typeof(LoadedKernel<>).MakeGenericType(arguments), kernel, config)!;

    /// <summary>Has a stream run it with some memory.</summary>
    public abstract void Launch(AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory);

    public void Dispose() => kernel.Dispose();
}

/// <inheritdoc/>
internal sealed class LoadedKernel<TArguments>(Kernel kernel, KernelConfig config) : LoadedKernel(kernel) where TArguments : struct, IArguments<TArguments>
{
    private readonly Action<AcceleratorStream, KernelConfig, TArguments> launch = kernel.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>();

    public override void Launch(AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory) => launch(stream, config, TArguments.Of(memory));
}
