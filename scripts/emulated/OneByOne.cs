using Xunit.Abstractions;

namespace Emulated;

/// <summary>xunit's options: those it comes with, but no two tests at once.</summary>
internal sealed class OneByOne : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
{
    private readonly Dictionary<string, object?> values = new() { ["xunit.execution.DisableParallelization"] = true };

    /// <inheritdoc/>
    public T GetValue<T>(string name) => values.TryGetValue(name, out var value) && value is T given ? given : default!;

    /// <inheritdoc/>
    public void SetValue<T>(string name, T value) => values[name] = value;
}
