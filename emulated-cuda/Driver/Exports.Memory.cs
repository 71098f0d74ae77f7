using System.Runtime.InteropServices;

namespace EmulatedCuda.Driver;

/// <summary>"Memory Management" and "Unified Addressing".</summary>
internal static unsafe partial class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemGetInfo_v2")]
    public static Result MemoryInfo(nint* free, nint* total) => Driver.Call(() => (*free, *total) = ((nint)Driver.Memory.FreeBytes, (nint)Driver.Memory.Bytes));

    [UnmanagedCallersOnly(EntryPoint = "cuMemAlloc_v2")]
    public static Result Allocate(nint* address, nint bytes) => Driver.CallNow(() => *address = (nint)Driver.Memory.Allocate(bytes));

    /// <summary>Waits for all that runs.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuMemFree_v2")]
    public static Result Free(nint address) => Driver.CallNow(() =>
    {
        Driver.Finish();
        Driver.Memory.Free((ulong)address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocHost_v2")]
    public static Result AllocateHost(nint* address, nint bytes) => Driver.CallNow(() => *address = Driver.Host.Allocate(bytes));

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeHost")]
    public static Result FreeHost(nint address) => Driver.CallNow(() =>
    {
        Driver.Finish();
        Driver.Host.Free(address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostRegister_v2")]
    public static Result RegisterHost(nint address, nint bytes, uint flags) => Driver.CallNow(() => Driver.Host.Register(address, bytes));

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostUnregister")]
    public static Result UnregisterHost(nint address) => Driver.CallNow(() =>
    {
        Driver.Finish();
        Driver.Host.Unregister(address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostGetDevicePointer_v2")]
    public static Result HostPointer(nint* address, nint host, uint flags) => Driver.Call(() =>
        *address = Driver.Host.IsLocked(host, 1) ? host : throw new DriverException(Result.InvalidValue, $"no locked memory is known at {host:x}"));

    [UnmanagedCallersOnly(EntryPoint = "cuPointerGetAttribute")]
    public static Result PointerAttribute(nint target, int attribute, nint address) => attribute == 2 /* the kind of memory */
        ? Driver.Call(() => *(int*)target = (ulong)address >> 56 != 0 ? 2 : Driver.Host.IsLocked(address, 1) ? 1 : throw new DriverException(Result.InvalidValue, "the pointer is none of CUDA's"))
        : Result.NotSupported;

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyAsync")]
    public static Result Copy(nint to, nint from, nint bytes, nint stream) => Driver.Call(() => Driver.Copy(to, from, bytes, Driver.Get<Stream>(stream)));

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8Async")]
    public static Result Set(nint address, byte value, nint bytes, nint stream) => Driver.Call(() =>
    {
        var memory = Driver.Memory.Of((ulong)address, bytes) ?? throw new DriverException(Result.InvalidValue, $"{bytes} bytes are set at {address:x}, where there is no memory");
        Driver.Get<Stream>(stream).Add(Driver.Work(() => NativeMemory.Fill(memory.Host((ulong)address), (nuint)bytes, value)));
    });
}
