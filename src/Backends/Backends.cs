using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using LanguageExt;
using LanguageExt.Common;

namespace Functional;

/// <summary>Opens the interpreter that a command line names.</summary>
public static class Backends
{
    /// <summary>The names, as <c>--backend</c> takes them.</summary>
    public static ValueArray<string> Names => ["cpu", "gpu", "cuda", "opencl", "gpu-debug", "auto", "reference"];

    /// <summary>What the names mean, a line for each, for a command's help.</summary>
    public const string Usage = """
        cpu         this processor's vectors and threads
        gpu         the first GPU: CUDA's, or else OpenCL's
        cuda        an NVIDIA GPU
        opencl      a device with an OpenCL driver
        gpu-debug   the GPU's kernels on ILGPU's own threads (very slow)
        auto        gpu where there is one, else cpu
        reference   the definition (very slow)
        """;

    /// <summary>The interpreter of a name, or why it cannot be had. Nothing is tried in place of what is named, but for <c>auto</c>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">The threads of the CPU interpreter; all where not given.</param>
    /// <param name="precision">How precise products of f32 are; TF32 only where there are tensor cores.</param>
    public static Fin<IInterpreter> Open(string name, int? threads = null, MatmulPrecision precision = MatmulPrecision.Highest) =>
        Opened(name, threads, precision).Bind(interpreter => precision == MatmulPrecision.Highest || interpreter is Gpu { HasTensorCores: true } ? Fin<IInterpreter>.Succ(interpreter) : Refused(interpreter));

    private static Fin<IInterpreter> Refused(IInterpreter interpreter)
    {
        var error = Error.New($"{Describe(interpreter)} has no tensor cores, which tf32 is for: leave products of f32 as precise as they are (--precision f32), or take an NVIDIA GPU from Ampere (compute capability 8.0) on (--backend cuda)");
        (interpreter as IDisposable)?.Dispose();
        return error;
    }

    private static Fin<IInterpreter> Opened(string name, int? threads, MatmulPrecision precision) => name switch
    {
        "cpu" => new Cpu(threads),
        "gpu" => Gpu.Open(precision: precision).Map(IInterpreter (gpu) => gpu),
        "cuda" => Gpu.Open(DeviceKind.Cuda, precision: precision).Map(IInterpreter (gpu) => gpu),
        "opencl" => Gpu.Open(DeviceKind.OpenCL, precision: precision).Map(IInterpreter (gpu) => gpu),
        "gpu-debug" => Gpu.Open(DeviceKind.Debug, precision: precision).Map(IInterpreter (gpu) => gpu),
        "auto" => Gpu.Open(precision: precision).Match(gpu => gpu, IInterpreter (_) => new Cpu(threads)).Apply(Fin<IInterpreter>.Succ),
        "reference" => new Reference(),
        _ => Error.New($"there is no backend {name}: it is one of {string.Join(", ", Names)}"),
    };

    /// <summary>An interpreter's name with the device's.</summary>
    public static string Describe(IInterpreter interpreter) => interpreter switch
    {
        Cpu cpu => $"{cpu.Name}, {cpu.Threads} threads",
        Gpu gpu => $"{gpu.Name}, {gpu.Device}",
        _ => interpreter.Name,
    };
}
