using System.Runtime.InteropServices;
using Functional.Interpreter.Gpu.Emission;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using LanguageExt;
using LanguageExt.Common;

namespace Functional.Interpreter.Gpu;

/// <summary>Opens devices.</summary>
internal static class Devices
{
    private static readonly Lazy<bool> Resolver = new(Resolve);

    /// <summary>Stands for host memory, on which kernels are not compiled but interpreted.</summary>
    private static readonly CPUDevice Interpreting = new(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);

    /// <summary>A context with one device of a kind and that device, or why there is none.</summary>
    public static Fin<(Context Context, Device Device)> Open(DeviceKind kind)
    {
        _ = Resolver.Value;
        Context? context = null;
        try
        {
            context = Create(kind);
            if (context.Devices.FirstOrDefault(d => d.AcceleratorType == Type(kind)) is { } device) return (context, device);
            context.Dispose();
            return Error.New(Absent(kind));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context?.Dispose();
            return Error.New($"{Absent(kind)} ({e.GetBaseException().Message})");
        }
    }

    /// <summary>
    /// A context that knows the devices of a kind. The level is the highest that leaves loads and stores on their side of a barrier, and branches
    /// of single threads as they are.
    /// </summary>
    public static Context Create(DeviceKind kind) => Context.Create(b => With(ScalarInstructions.Known(MatrixInstructions.Known(b.Profiling().Optimize(OptimizationLevel.O1).PTXBackend(PTXBackendMode.Enhanced))), kind));

    /// <summary>Whether kernels are not compiled for a device but interpreted.</summary>
    public static bool Interprets(Accelerator accelerator) => ReferenceEquals(accelerator.Device, Interpreting);

    private static Context.Builder With(Context.Builder builder, DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => builder.Cuda(),
        DeviceKind.OpenCL => builder.OpenCL(),
        DeviceKind.Checked => builder.CPU(Interpreting),
        _ => builder.CPU(new CPUDevice(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 2, numMultiprocessors: 1)),
    };

    private static AcceleratorType Type(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => AcceleratorType.Cuda,
        DeviceKind.OpenCL => AcceleratorType.OpenCL,
        _ => AcceleratorType.CPU,
    };

    private static string Absent(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => Has("libcuda.so.1", "nvcuda.dll")
            ? "the NVIDIA driver finds no GPU that it can use: see what nvidia-smi says, and whether CUDA_VISIBLE_DEVICES hides it; a compute capability of 5.0 is needed"
            : "there is no NVIDIA driver here (libcuda.so.1): install it, or use another backend (--backend opencl, cpu)",
        DeviceKind.OpenCL => Has("libOpenCL.so.1", "OpenCL.dll")
            ? "no OpenCL driver here has a device of version 2.0 with the generic address space: PoCL from 6 on has one for processors (Debian: pocl-opencl-icd)"
            : "there is no OpenCL here (libOpenCL.so.1): install ocl-icd-libopencl1 and a driver, such as pocl-opencl-icd from 6 on, or use another backend (--backend cuda, cpu)",
        _ => "ILGPU has no CPU accelerator here",
    };

    private static bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out _)) return true;
        return false;
    }

    /// <summary>ILGPU asks for libraries by names that only developers' packages install.</summary>
    private static bool Resolve()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) => name switch
            {
                "cuda" => Loaded("libcuda.so.1"),
                "OpenCL" => Loaded("libOpenCL.so.1"),
                _ => 0,
            });
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // ILGPU has one of its own, under Windows' Linux
        }
    }

    private static nint Loaded(string name) => NativeLibrary.TryLoad(name, out var library) ? library : 0;
}
