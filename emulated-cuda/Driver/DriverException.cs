namespace EmulatedCuda.Driver;

/// <summary>A call that the driver refuses.</summary>
internal sealed class DriverException(Result result, string problem) : Exception(problem)
{
    public Result Result { get; } = result;
}
