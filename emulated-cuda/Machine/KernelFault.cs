namespace EmulatedCuda.Machine;

/// <summary>A kernel has done what it must not.</summary>
internal sealed class KernelFault(Driver.Result result, string problem) : Exception(problem)
{
    /// <summary>What the driver says of it.</summary>
    public Driver.Result Result { get; } = result;
}
