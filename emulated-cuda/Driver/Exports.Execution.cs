using System.Diagnostics;
using System.Runtime.InteropServices;
using EmulatedCuda.Machine;

namespace EmulatedCuda.Driver;

/// <summary>"Module Management", "Execution Control", "Occupancy", "Stream Management", "Event Management" and "Graph Management".</summary>
internal static unsafe partial class Exports
{
    private const int BufferOfParameters = 1, BytesOfParameters = 2;
    private const int ErrorLog = 5, ErrorLogBytes = 6;

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadData")]
    public static Result Load(nint* module, nint text) => Driver.Call(() => *module = Driver.Add(Driver.Load(Marshal.PtrToStringUTF8(text)!)));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadDataEx")]
    public static Result LoadWith(nint* module, nint text, uint count, int* options, nint* values) => Driver.Call(() =>
    {
        try
        {
            *module = Driver.Add(Driver.Load(Marshal.PtrToStringUTF8(text)!));
        }
        catch (DriverException e)
        {
            var (log, bytes) = ((nint)0, 0);
            for (var i = 0; i < count; i++)
                if (options[i] == ErrorLog) log = values[i];
                else if (options[i] == ErrorLogBytes) bytes = (int)values[i];
            var message = System.Text.Encoding.UTF8.GetBytes(e.Message);
            if (log != 0 && bytes > 0)
            {
                var length = Math.Min(message.Length, bytes - 1);
                Marshal.Copy(message, 0, log, length);
                ((byte*)log)[length] = 0;
            }
            throw;
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "cuModuleUnload")]
    public static Result Unload(nint module) => Driver.CallNow(() => Driver.Remove<Module>(module));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetFunction")]
    public static Result FunctionOf(nint* function, nint module, nint name) => Driver.Call(() =>
    {
        var (from, wanted) = (Driver.Get<Module>(module), Marshal.PtrToStringUTF8(name)!);
        *function = Driver.Add(new Entry(from, from.Programs.TryGetValue(wanted, out var program) ? program : throw new DriverException(Result.NotFound, $"the module has no {wanted}")));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchKernel")]
    public static Result Launch(nint function, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint sharedBytes, nint stream, nint arguments, nint* extra) => Driver.Call(() =>
    {
        var (entry, program) = (Driver.Get<Entry>(function), Driver.Get<Entry>(function).Program);
        if (gy != 1 || gz != 1 || by != 1 || bz != 1 || sharedBytes != 0 || arguments != 0) throw new DriverException(Result.NotSupported, "the emulator knows launches of one dimension, without dynamic shared memory, with one buffer of parameters");
        if (gx == 0 || bx == 0) throw new DriverException(Result.InvalidValue, $"{gx} groups of {bx} threads are launched");
        if (bx > program.MostThreads) throw new DriverException(Result.LaunchOutOfResources, $"{bx} threads are launched of a kernel for {program.MostThreads}");
        var (parameters, bytes) = ((nint)0, 0);
        for (var i = 0; extra[i] != 0; i += 2)
            if (extra[i] == BufferOfParameters) parameters = extra[i + 1];
            else if (extra[i] == BytesOfParameters) bytes = (int)*(nint*)extra[i + 1];
        if (bytes < program.ParameterBytes) throw new DriverException(Result.InvalidValue, $"{bytes} bytes of parameters are given, not {program.ParameterBytes}");
        var launch = new Launch(program, Driver.Memory, (int)gx, (int)bx, new Span<byte>((void*)parameters, bytes).ToArray(), Counts.AreWanted);
        Driver.Get<Stream>(stream).Add(Driver.Work(() => Counts.Add(launch, launch.Run()), () => entry.Module.Text));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    public static Result Resident(int* groups, nint function, int threads, nint sharedBytes) => Driver.Call(() =>
        *groups = Math.Min(Device.ThreadsOfProcessor / threads, Device.SharedBytesOfProcessor / Math.Max(1, Driver.Get<Entry>(function).Program.SharedBytes + (int)sharedBytes)));

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxPotentialBlockSize")]
    public static Result BestThreads(int* groups, int* threads, nint function, nint sharedBytesOf, nint sharedBytes, int most) => Driver.Call(() =>
    {
        *threads = Math.Min(most == 0 ? 1024 : most, Driver.Get<Entry>(function).Program.MostThreads);
        *groups = Device.Processors * (Device.ThreadsOfProcessor / *threads);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreate")]
    public static Result StreamCreate(nint* stream, uint flags) => Driver.Call(() => *stream = Driver.Add(new Stream()));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreateWithPriority")]
    public static Result StreamCreateWith(nint* stream, uint flags, int priority) => Driver.Call(() => *stream = Driver.Add(new Stream()));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamDestroy_v2")]
    public static Result StreamDestroy(nint stream) => Driver.Call(() =>
    {
        Driver.Get<Stream>(stream).Finish();
        Driver.Remove<Stream>(stream);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamSynchronize")]
    public static Result StreamSynchronize(nint stream) => Driver.CallNow(() => Driver.Get<Stream>(stream).Finish());

    [UnmanagedCallersOnly(EntryPoint = "cuEventCreate")]
    public static Result EventCreate(nint* result, uint flags) => Driver.Call(() => *result = Driver.Add(new Event()));

    [UnmanagedCallersOnly(EntryPoint = "cuEventDestroy_v2")]
    public static Result EventDestroy(nint what) => Driver.Call(() => Driver.Remove<Event>(what));

    [UnmanagedCallersOnly(EntryPoint = "cuEventRecord")]
    public static Result EventRecord(nint what, nint stream) => Driver.Call(() => Driver.Get<Event>(what).Record(Driver.Get<Stream>(stream)));

    [UnmanagedCallersOnly(EntryPoint = "cuEventQuery")]
    public static Result EventQuery(nint what) => Driver.CallNow(() =>
    {
        var e = Driver.Get<Event>(what);
        if (e.IsPassed) return;
        e.Step();
        throw new DriverException(Result.NotReady, "the event is not passed");
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize")]
    public static Result EventSynchronize(nint what) => Driver.CallNow(() => Driver.Get<Event>(what).Wait());

    [UnmanagedCallersOnly(EntryPoint = "cuEventElapsedTime")]
    public static Result Elapsed(float* milliseconds, nint from, nint to) => Driver.Call(() =>
    {
        var (start, end) = (Driver.Get<Event>(from), Driver.Get<Event>(to));
        if (!start.IsPassed || !end.IsPassed) throw new DriverException(Result.NotReady, "the event is not passed");
        *milliseconds = (float)Stopwatch.GetElapsedTime(start.Time, end.Time).TotalMilliseconds;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture_v2")]
    public static Result BeginCapture(nint stream, int mode) => Driver.Call(() =>
    {
        if (stream == 0) throw new DriverException(Result.CaptureUnsupported, "the ordinary stream cannot be captured");
        Driver.Get<Stream>(stream).Begin();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamEndCapture")]
    public static Result EndCapture(nint stream, nint* graph) => Driver.Call(() =>
    {
        *graph = 0;
        *graph = Driver.Add(new Graph(Driver.Get<Stream>(stream).End(), false));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiateWithFlags")]
    public static Result Instantiate(nint* executable, nint graph, ulong flags) => Driver.Call(() => *executable = Driver.Add(Driver.Get<Graph>(graph) with { IsExecutable = true }));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphLaunch")]
    public static Result LaunchGraph(nint executable, nint stream) => Driver.Call(() =>
    {
        var (graph, on) = (Driver.Get<Graph>(executable), Driver.Get<Stream>(stream));
        if (!graph.IsExecutable) throw new DriverException(Result.InvalidHandle, "the graph has not been instantiated");
        foreach (var work in graph.Work) on.Add(work);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphDestroy")]
    public static Result DestroyGraph(nint graph) => Driver.Call(() => Driver.Remove<Graph>(graph));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphExecDestroy")]
    public static Result DestroyExecutable(nint executable) => Driver.Call(() => Driver.Remove<Graph>(executable));
}
