using System.Runtime.InteropServices;
using System.Text;

namespace EmulatedCuda.Driver;

/// <summary>The driver's functions of devices and contexts: CUDA Driver API, "Device Management", "Context Management" and more.</summary>
internal static unsafe partial class Exports
{
    private static Emulator Driver => Emulator.Here;

    [UnmanagedCallersOnly(EntryPoint = "cuInit")]
    public static Result Init(uint flags) => flags == 0 ? Result.Success : Result.InvalidValue;

    [UnmanagedCallersOnly(EntryPoint = "cuDriverGetVersion")]
    public static Result Version(int* version) => Give(version, Device.Version);

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorString")]
    public static Result ErrorString(Result error, nint* text) => Give(text, Marshal.StringToCoTaskMemUTF8($"{error}: {Driver.Complaint}")); // kept: nobody says when it is not read any longer

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetCount")]
    public static Result DeviceCount(int* count) => Give(count, 1);

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGet")]
    public static Result DeviceOf(int* device, int number) => number == 0 ? Give(device, 0) : Result.InvalidDevice;

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetName")]
    public static Result DeviceName(byte* name, int length, int device)
    {
        var bytes = Encoding.UTF8.GetBytes(Device.Name + "\0");
        bytes.AsSpan(0, Math.Min(length, bytes.Length)).CopyTo(new(name, length));
        return Result.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceTotalMem_v2")]
    public static Result DeviceBytes(nint* bytes, int device) => Give(bytes, (nint)Device.MemoryBytes);

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetAttribute")]
    public static Result DeviceAttribute(int* value, int attribute, int device) => Give(value, Device.Attribute(attribute));

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceCanAccessPeer")]
    public static Result CanAccessPeer(int* can, int device, int peer) => Give(can, 0);

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetP2PAttribute")]
    public static Result PeerAttribute(int* value, int attribute, int device, int peer) => Give(value, 0);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxCreate_v2")]
    public static Result ContextCreate(nint* context, uint flags, int device) => Driver.Call(() =>
    {
        Driver.Mend();
        *context = Driver.Current = Driver.Add(new Context());
    }, needsContext: false);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDestroy_v2")]
    public static Result ContextDestroy(nint context) => Driver.Call(() =>
    {
        Driver.Finish();
        Driver.Remove<Context>(context);
        Driver.TakeStock();
        if (Driver.Current == context) Driver.Current = 0;
        Driver.Mend();
    }, needsContext: false);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCurrent")]
    public static Result ContextSetCurrent(nint context) => Driver.Call(() =>
    {
        if (context != 0) Driver.Get<Context>(context);
        Driver.Current = context;
    }, needsContext: false);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSynchronize")]
    public static Result ContextSynchronize() => Driver.CallNow(Driver.Finish);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCacheConfig")]
    public static Result ContextCache(int* config) => Give(config, 0);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCacheConfig")]
    public static Result ContextSetCache(int config) => Result.Success;

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetSharedMemConfig")]
    public static Result ContextShared(int* config) => Give(config, 0);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetSharedMemConfig")]
    public static Result ContextSetShared(int config) => Result.Success;

    [UnmanagedCallersOnly(EntryPoint = "cuCtxEnablePeerAccess")]
    public static Result EnablePeer(nint context, uint flags) => Result.NotSupported;

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDisablePeerAccess")]
    public static Result DisablePeer(nint context) => Result.NotSupported;

    private static Result Give<T>(T* target, T value) where T : unmanaged
    {
        *target = value;
        return Result.Success;
    }

    private sealed record Context;
}
