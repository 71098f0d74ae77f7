using System.Collections.Concurrent;
using System.Reflection;
using Functional.Interpreter.Gpu;
using Xunit;
using Xunit.Sdk;

namespace PropertyTests.Interpreters;

/// <summary>A theory's row for a kind of device; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnAttribute(DeviceKind kind) : DataAttribute
{
    private static readonly ConcurrentDictionary<DeviceKind, Lazy<string?>> Reasons = new();

    /// <summary>Why no device of the kind can be opened, if none can.</summary>
    public override string? Skip
    {
        get => Reasons.GetOrAdd(kind, k => new(() => Gpu.Open(k).Match(gpu =>
        {
            gpu.Dispose();
            return (string?)null;
        }, e => e.Message))).Value;
        set => throw new NotSupportedException("the reason is the device's");
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[kind]];
}

/// <summary>The devices that tests run on, opened when one asks, one test at a time and beside no others: ILGPU's own threads meet late where others run.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OpenDevices : IDisposable, ICollectionFixture<OpenDevices>
{
    public const string Name = "devices";

    private readonly Dictionary<DeviceKind, Gpu> open = [];

    public Gpu this[DeviceKind kind] => open.TryGetValue(kind, out var gpu) ? gpu : open[kind] = Gpu.Open(kind).IfFail(e => throw e);

    public void Dispose()
    {
        foreach (var gpu in open.Values) gpu.Dispose();
    }
}
