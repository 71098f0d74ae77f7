using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using ILGPU;
using ILGPU.Runtime;
using LanguageExt;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// The GPU interpreter: the plan of the CPU interpreter, its kernels emitted at run time and compiled by ILGPU for CUDA, OpenCL or its own
/// threads. Results stay on the device until they are read; a run returns when its kernels are queued.
/// </summary>
public sealed class Gpu : IInterpreter, IDisposable
{
    private readonly CompiledPrograms compiled = new();
    private readonly Context context;
    private readonly Lock gate = new();

    private Gpu(DeviceKind kind, Context context, Device device)
    {
        (Kind, this.context) = (kind, context);
        Accelerator = device.CreateAccelerator(context);
        Stream = Accelerator.CreateStream();
        Memory = new(Accelerator);
        Kernels = new(Accelerator);
        Geometry = kind == DeviceKind.Debug ? new(4, 1) : new(256, Math.Max(1, Accelerator.NumMultiprocessors));
    }

    /// <summary>Opens a device: CUDA's first, or, where a kind is given, the first of that kind. It fails with a reason, and never throws.</summary>
    /// <param name="kind">What kernels are run by; where not given, CUDA, or else OpenCL.</param>
    public static Fin<Gpu> Open(DeviceKind? kind = null) => kind is { } k
        ? Devices.Open(k).Map(d => new Gpu(k, d.Context, d.Device))
        : Open(DeviceKind.Cuda).BiBind(gpu => gpu, cuda => Open(DeviceKind.OpenCL).BiBind(gpu => gpu, openCL => Fin<Gpu>.Fail($"no GPU: {cuda.Message}; and {openCL.Message}")));

    /// <summary>What kernels are run by.</summary>
    public DeviceKind Kind { get; }

    /// <inheritdoc/>
    public string Name => Kind switch { DeviceKind.Cuda => "cuda", DeviceKind.OpenCL => "opencl", DeviceKind.Checked => "gpu-checked", _ => "gpu-debug" };

    /// <summary>The device's name, as its driver says it.</summary>
    public string Device => Accelerator.Name;

    /// <summary>The device's memory, in bytes.</summary>
    public long DeviceBytes => Accelerator.MemorySize;

    /// <summary>The device memory that has been obtained for results and intermediate values, in bytes.</summary>
    public long ObtainedBytes => Memory.Bytes;

    /// <summary>How many kernels have been compiled.</summary>
    public int KernelCount => Kernels.Count;

    internal Accelerator Accelerator { get; }

    internal AcceleratorStream Stream { get; }

    internal DeviceMemory Memory { get; }

    internal KernelCompiler Kernels { get; }

    internal Geometry Geometry { get; }

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">A run takes more memory than the device has; it says what fills it.</exception>
    /// <exception cref="KernelException">The device's compiler refuses a kernel.</exception>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) =>
        compiled.Get(program, donated, () => new GpuExecutable(program, donated, this));

    /// <summary>Waits until all that is queued is done.</summary>
    public void Synchronize()
    {
        lock (gate) Stream.Synchronize();
    }

    /// <summary>Queues work; one caller at a time.</summary>
    internal void Queue(Action<AcceleratorStream> work)
    {
        lock (gate) work(Stream);
    }

    internal unsafe HostStorage Download(ArrayView<byte> view)
    {
        var host = HostStorage.Uninitialized(view.Length);
        if (view.Length > 0) Queue(s => view.CopyToCPU(s, new Span<byte>(host.Pointer, checked((int)view.Length))));
        GC.KeepAlive(host);
        return host;
    }

    /// <summary>Copies host memory to the device.</summary>
    internal unsafe void Upload(AcceleratorStream stream, HostStorage host, ArrayView<byte> view)
    {
        if (view.Length > 0) view.CopyFromCPU(stream, new ReadOnlySpan<byte>(host.Pointer, checked((int)view.Length)));
        GC.KeepAlive(host);
    }

    /// <summary>Frees the device; tensors that are still on it cannot be read afterwards.</summary>
    public void Dispose()
    {
        Synchronize();
        Kernels.Dispose();
        Memory.Dispose();
        Stream.Dispose();
        Accelerator.Dispose();
        context.Dispose();
    }
}
