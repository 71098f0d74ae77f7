using System.Collections.Immutable;
using System.Diagnostics;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using LanguageExt;

namespace Functional.Interpreter.Gpu;

/// <summary>How precise a GPU's products of f32 are, dots and convolutions. JAX's <c>jax_default_matmul_precision</c>.</summary>
public enum MatmulPrecision
{
    /// <summary>Their factors are read as they are.</summary>
    Highest,

    /// <summary>
    /// Tensor cores compute them, where there are some: each factor is rounded to 11 bits of precision, as <c>cvt.rna.tf32.f32</c> does, which is to
    /// nearest, ties away from zero; sums stay f32. A product Σ x·y is off by at most about 2⁻¹⁰ Σ |x|·|y|.
    /// </summary>
    TF32,
}

/// <summary>How long a device took for a kernel, its launch and what waits for it included.</summary>
/// <param name="Kernel">What it computes, in a word.</param>
/// <param name="Groups">How many groups of threads.</param>
/// <param name="Threads">How many threads in each.</param>
/// <param name="Time">How long.</param>
public readonly record struct KernelTime(string Kernel, int Groups, int Threads, TimeSpan Time);

/// <summary>A kernel is about to be launched with some memory.</summary>
internal delegate void Launching(Code.KernelCode code, ReadOnlySpan<ArrayView<byte>> memory);

/// <summary>
/// The GPU interpreter: the plan of the CPU interpreter, its kernels emitted at run time and compiled by ILGPU for CUDA, OpenCL or its own
/// threads. Results stay on the device until they are read; a run returns when its kernels are queued.
/// </summary>
public sealed class Gpu : IInterpreter, IDisposable
{
    private readonly CompiledPrograms compiled = new();
    private readonly Context context;
    private readonly Lock gate = new();
    private readonly Uploads uploads;

    private List<KernelTime>? times;
    private long waits;

    private const int GroupThreads = 256, MostThreads = 512;

    private Gpu(DeviceKind kind, Context context, Device device, long? memory, MatmulPrecision precision, Geometry? geometry = null)
    {
        (Kind, this.context) = (kind, context);
        Accelerator = device.CreateAccelerator(context);
        Stream = Accelerator.CreateStream();
        DeviceBytes = Math.Min(memory ?? long.MaxValue, Accelerator.MemorySize);
        Memory = new(Accelerator, DeviceBytes);
        uploads = new(this);
        Capturing = CudaGraphs.Of(Accelerator);
        Kernels = new(Accelerator);
        Geometry = geometry ?? (kind == DeviceKind.Debug ? new(4, 1)
            : device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU } ? new(1, Math.Max(1, Accelerator.NumMultiprocessors), VectorBytes: Geometry.VectorBytesHere)
            : new(GroupThreads, Math.Max(1, Accelerator.NumMultiprocessors), Cores(precision)) { MostThreads = kind == DeviceKind.Checked ? MostThreads : Math.Clamp(Accelerator.MaxNumThreadsPerGroup, GroupThreads, MostThreads) });
    }

    private TensorCores Cores(MatmulPrecision precision) =>
        Kind != DeviceKind.Checked && !(Accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80) ? TensorCores.None
        : precision == MatmulPrecision.TF32 ? TensorCores.TF32 : TensorCores.Halves;

    /// <summary>Opens a device: CUDA's first, or, where a kind is given, the first of that kind. It fails with a reason, and never throws.</summary>
    /// <param name="kind">What kernels are run by; where not given, CUDA, or else OpenCL.</param>
    /// <param name="memory">The most bytes of the device's memory that are used; all where not given.</param>
    /// <param name="precision">How precise products of f32 are, where the device has tensor cores.</param>
    public static Fin<Gpu> Open(DeviceKind? kind = null, long? memory = null, MatmulPrecision precision = MatmulPrecision.Highest) => kind is { } k
        ? Devices.Open(k).Map(d => new Gpu(k, d.Context, d.Device, memory, precision))
        : Open(DeviceKind.Cuda, memory, precision).BiBind(gpu => gpu, cuda =>
            Open(DeviceKind.OpenCL, memory, precision).BiBind(gpu => gpu, openCL => Fin<Gpu>.Fail($"no GPU: {cuda.Message}; and {openCL.Message}")));

    /// <summary>Opens a device that divides work as another does.</summary>
    internal static Fin<Gpu> Open(DeviceKind kind, Geometry geometry) => Devices.Open(kind).Map(d => new Gpu(kind, d.Context, d.Device, null, MatmulPrecision.Highest, geometry));

    /// <summary>What kernels are run by.</summary>
    public DeviceKind Kind { get; }

    /// <inheritdoc/>
    public string Name => Kind switch { DeviceKind.Cuda => "cuda", DeviceKind.OpenCL => "opencl", DeviceKind.Checked => "gpu-checked", _ => "gpu-debug" };

    /// <summary>The device's name, as its driver says it.</summary>
    public string Device => Accelerator.Name;

    /// <summary>Whether it has tensor cores that multiply TF32, bf16 and f16: NVIDIA's from Ampere (compute capability 8.0) on.</summary>
    public bool HasTensorCores => Geometry.Cores != TensorCores.None;

    /// <summary>The device's memory, in bytes, or what may be used of it.</summary>
    public long DeviceBytes { get; }

    /// <summary>The device memory that has been obtained for results and intermediate values, in bytes.</summary>
    public long ObtainedBytes => Memory.Bytes;

    /// <summary>The device memory that tensors, constants and programs hold, or held until the collector last looked, in bytes.</summary>
    public long UsedBytes => Memory.Bytes - Memory.Idle;

    /// <summary>How often the host has waited for what it queued: to read, to write, and where a branch or a loop asks how to go on. <see cref="Put"/> does not.</summary>
    public long HostWaits => Volatile.Read(ref waits);

    /// <summary>Told of each kernel before it is launched.</summary>
    internal event Launching? Launching;

    internal Accelerator Accelerator { get; }

    internal AcceleratorStream Stream { get; }

    internal DeviceMemory Memory { get; }

    internal KernelCompiler Kernels { get; }

    /// <summary>What takes launches down; null where nothing can.</summary>
    internal ICapturing? Capturing { get; set; }

    internal Geometry Geometry { get; }

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">A run takes more memory than the device has; it says what fills it.</exception>
    /// <exception cref="KernelException">The device's compiler refuses a kernel.</exception>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) =>
        compiled.Get(program, donated, () => new GpuExecutable(program, donated, this));

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">The device has no memory for it.</exception>
    /// <exception cref="DeviceException">The device has failed.</exception>
    public Tensor Put(Tensor value) => value.Storage is DeviceStorage here && here.Home == this
        ? value
        : new(value.Type, uploads.Put(value.Storage.ToHost(), value.Type.Bytes));

    /// <summary>Waits until all that is queued is done.</summary>
    /// <exception cref="DeviceException">Something that was queued has failed.</exception>
    public void Synchronize() => Queue(stream => Wait(stream.Synchronize));

    /// <summary>Does something that launches kernels, such as <see cref="IPlanned.Profile"/>, waits for each of them, and says how long each took.</summary>
    public ImmutableArray<KernelTime> Timed(Action work)
    {
        lock (gate)
        {
            times = [];
            try
            {
                work();
                return [.. times];
            }
            finally
            {
                times = null;
            }
        }
    }

    /// <summary>Queues work; one caller at a time.</summary>
    internal void Queue(Action<AcceleratorStream> work)
    {
        lock (gate) work(Stream);
    }

    /// <summary>A mark behind all that is queued so far.</summary>
    internal ProfilingMarker Mark()
    {
        lock (gate) return Stream.AddProfilingMarker();
    }

    internal void Launch(LoadedKernel kernel, AcceleratorStream stream, ReadOnlySpan<ArrayView<byte>> memory)
    {
        Launching?.Invoke(kernel.Code, memory);
        if (times is null)
        {
            kernel.Launch(stream, memory);
            return;
        }
        stream.Synchronize();
        var start = Stopwatch.GetTimestamp();
        kernel.Launch(stream, memory);
        stream.Synchronize();
        times.Add(new(kernel.Code.Name, kernel.Code.Groups, kernel.Code.Threads, Stopwatch.GetElapsedTime(start)));
    }

    internal unsafe HostStorage Download(ArrayView<byte> view)
    {
        var host = HostStorage.Uninitialized(view.Length);
        if (view.Length > 0) Queue(s => Read(s, view, new Span<byte>(host.Pointer, checked((int)view.Length))));
        GC.KeepAlive(host);
        return host;
    }

    /// <summary>Waits for bytes of the device.</summary>
    internal unsafe void Read(AcceleratorStream stream, ArrayView<byte> view, Span<byte> to)
    {
        fixed (byte* target = to)
        {
            var (address, length) = ((nint)target, to.Length);
            Wait(() => view.SubView(0, length).CopyToCPU(stream, new Span<byte>((byte*)address, length)));
        }
    }

    /// <summary>Copies host memory to the device.</summary>
    internal unsafe void Upload(AcceleratorStream stream, HostStorage host, ArrayView<byte> view)
    {
        if (view.Length > 0) Wait(() => view.CopyFromCPU(stream, new ReadOnlySpan<byte>(host.Pointer, checked((int)view.Length))));
        GC.KeepAlive(host);
    }

    private void Wait(Action action)
    {
        Interlocked.Increment(ref waits);
        try
        {
            action();
        }
        catch (AcceleratorException e)
        {
            throw DeviceException.Of(this, e);
        }
    }

    /// <summary>Frees the device, and never throws, even where it has failed; tensors that are still on it cannot be read afterwards.</summary>
    public void Dispose()
    {
        try
        {
            Synchronize();
        }
        catch (DeviceException)
        {
            // what was queued is not wanted any longer
        }
        foreach (var part in (IDisposable[])[Kernels, uploads, Memory, Stream, Accelerator, context])
            try
            {
                part.Dispose();
            }
            catch (AcceleratorException)
            {
                // a device that has failed answers every call with its failure, and keeps what it had until the process ends
            }
    }
}
