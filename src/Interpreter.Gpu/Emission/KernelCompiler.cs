using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Makes kernels ready to launch on a device: once for each text, kept as long as this.</summary>
internal sealed class KernelCompiler(Accelerator accelerator) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<LoadedKernel>> known = new();
    private readonly ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new("Functional.Kernels"), AssemblyBuilderAccess.Run).DefineDynamicModule("kernels");
    private readonly Lock gate = new();
    private int count;

    /// <summary>The kernels that have been made ready.</summary>
    public IEnumerable<KernelCode> Codes => known.Values.Where(k => k.IsValueCreated).Select(k => k.Value.Code);

    /// <summary>The kernel of some code.</summary>
    /// <exception cref="KernelException">The device's compiler refuses it.</exception>
    public LoadedKernel Of(KernelCode code) => known.GetOrAdd(code.ToString(), _ => new(() => Devices.Interprets(accelerator)
        ? new InterpretedKernel(code)
        : Load(code, () => KernelEmitter.Emit(code, module, $"{code.Name}{count++}", accelerator.AcceleratorType == AcceleratorType.OpenCL)))).Value;

    /// <summary>The kernel of a method that does what some code says.</summary>
    internal LoadedKernel Load(KernelCode code, Func<MethodInfo> emit)
    {
        lock (gate)
        {
            try
            {
                var method = emit();
                var compiled = DeviceCode.Of(method, code, accelerator.GetBackend());
                return DeviceKernel.Of(code, accelerator.LoadKernel(compiled), method.GetParameters()[0].ParameterType);
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

/// <summary>A kernel that is ready to launch.</summary>
internal abstract class LoadedKernel(KernelCode code) : IDisposable
{
    /// <summary>What it does.</summary>
    public KernelCode Code { get; } = code;

    /// <summary>Has a stream run it with some memory.</summary>
    public abstract void Launch(AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory);

    public virtual void Dispose() { }
}

/// <summary>A kernel that runs when it is launched, as its code says.</summary>
internal sealed class InterpretedKernel(KernelCode code) : LoadedKernel(code)
{
    public override void Launch(AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory)
    {
        stream.Synchronize();
        var pieces = new (nint, long)[memory.Length];
        for (var i = 0; i < pieces.Length; i++) pieces[i] = (memory[i].Length == 0 ? 0 : memory[i].LoadEffectiveAddressAsPtr(), memory[i].Length);
        Execution.Run(Code, pieces);
    }
}

/// <summary>A kernel that a device has.</summary>
internal abstract class DeviceKernel(KernelCode code, Kernel kernel) : LoadedKernel(code)
{
    public static DeviceKernel Of(KernelCode code, Kernel kernel, Type arguments) =>
        (DeviceKernel)Activator.CreateInstance(typeof(DeviceKernel<>).MakeGenericType(arguments), code, kernel)!;

    public override void Dispose()
    {
        base.Dispose();
        kernel.Dispose();
    }
}

/// <inheritdoc/>
internal sealed class DeviceKernel<TArguments>(KernelCode code, Kernel kernel) : DeviceKernel(code, kernel) where TArguments : struct, IArguments<TArguments>
{
    private readonly KernelConfig config = new(code.Groups, code.Threads);
    private readonly Action<AcceleratorStream, KernelConfig, TArguments> launch = kernel.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>();

    public override void Launch(AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory) => launch(stream, config, TArguments.Of(memory));
}
