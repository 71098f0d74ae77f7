namespace Functional.Interpreter.Gpu;

/// <summary>What kernels are run by.</summary>
public enum DeviceKind
{
    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>A device with an OpenCL driver, such as PoCL's processor.</summary>
    OpenCL,

    /// <summary>ILGPU's own threads on the processor: slow, for finding mistakes in kernels.</summary>
    Debug,

    /// <summary>What kernels mean, statement by statement, every access checked: kernels as GPUs get them, for finding races and reads of what is not there.</summary>
    Checked,
}
