using ILGPU.Runtime.OpenCL;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// A device has failed: a kernel took too long, read what is not there, or the device is gone. Other programs can be run, as long as the driver
/// still answers; where each run fails, the device has to be opened again, or, as CUDA's driver says of most failures, the process started again. What has been read to the host stays.
/// </summary>
public sealed class DeviceException : Exception
{
    private DeviceException(string message, Exception inner) : base(message, inner) { }

    /// <summary>A failure of a step.</summary>
    internal static DeviceException Of(Gpu gpu, Expr node, Exception inner) =>
        new($"{gpu.Name} ({gpu.Device}) fails at {node.Op.Name} ({string.Join(", ", node.Results.Select(t => $"{t}"))}): {Reason(inner)}. Other programs can be run, unless the driver has given the device up: then open it again or, where that fails, too, start the process again from the last state that was saved", inner);

    /// <summary>A failure that shows when the host waits.</summary>
    internal static DeviceException Of(Gpu gpu, Exception inner) =>
        new($"{gpu.Name} ({gpu.Device}) has failed at something that was queued before: {Reason(inner)}. IPlanned.Profile waits for each step, and says at which. If the driver has given the device up, open it again or, where that fails, too, start the process again from the last state that was saved", inner);

    private static string Reason(Exception inner) => inner.GetBaseException() is CLException error ? $"OpenCL's error {error.Error}" : inner.GetBaseException().Message.TrimEnd('.');
}
