using System.Runtime.InteropServices;
using EmulatedCuda.Machine;
using EmulatedCuda.Ptx;

namespace EmulatedCuda.Driver;

/// <summary>The driver: what its functions name by handles, and the error after which, as after CUDA's, nothing works any more.</summary>
internal sealed class Emulator
{
    private readonly Dictionary<nint, object> handles = [];
    private readonly Lock gate = new();
    private readonly Stream ordinary = new();
    private nint count = 0x1000;
    private Result broken;

    [ThreadStatic]
    private static nint current;

    public static Emulator Here { get; } = new();

    public DeviceMemory Memory { get; } = new(Device.MemoryBytes);

    public HostMemory Host { get; } = new();

    /// <summary>Whether products that only a sum reads are not rounded.</summary>
    public bool Fuses { get; } = Device.Setting("EMULATED_CUDA_FMA", 1) != 0;

    /// <summary>What was wrong last; EMULATED_CUDA_LOG names a file for all that is.</summary>
    public string Complaint
    {
        get;
        private set
        {
            field = value;
            if (Environment.GetEnvironmentVariable("EMULATED_CUDA_LOG") is { } log) File.AppendAllText(log, value + "\n");
        }
    } = "";

    /// <summary>Which context a thread uses; 0 for none.</summary>
    public nint Current
    {
        get => current;
        set => current = value;
    }

    /// <summary>A call, one at a time.</summary>
    public Result Call(Action action, bool needsContext = true)
    {
        lock (gate)
        {
            if (needsContext && current == 0) return Result.InvalidContext;
            if (needsContext && broken != Result.Success) return broken;
            try
            {
                action();
                return needsContext ? broken : Result.Success;
            }
            catch (DriverException e)
            {
                Complaint = e.Message;
                return e.Result;
            }
        }
    }

    /// <summary>A call that cannot be captured.</summary>
    public Result CallNow(Action action) => Call(() =>
    {
        var captured = handles.Values.OfType<Stream>().Where(s => s.IsCaptured).ToList();
        foreach (var stream in captured) stream.Invalidate();
        if (captured.Count > 0) throw new DriverException(Result.CaptureUnsupported, "what is asked for cannot be captured");
        action();
    });

    public nint Add(object thing)
    {
        handles.Add(count += 0x10, thing);
        return count;
    }

    public T Get<T>(nint handle) where T : class =>
        handle == 0 && typeof(T) == typeof(Stream) ? (T)(object)ordinary : handles.TryGetValue(handle, out var thing) && thing is T t ? t : throw new DriverException(Result.InvalidHandle, $"{handle:x} is no {typeof(T).Name}");

    public void Remove<T>(nint handle) where T : class
    {
        _ = Get<T>(handle);
        handles.Remove(handle);
    }

    /// <summary>Writes down what has not been given back.</summary>
    public void TakeStock()
    {
        var left = handles.Values.Where(h => h is not Entry).CountBy(h => h.GetType().Name).Select(c => $"{c.Value} × {c.Key}").ToList();
        if (left.Count > 0 || Memory.FreeBytes < Memory.Bytes) Complaint = $"a context goes, and {string.Join(", ", left)} and {Memory.Bytes - Memory.FreeBytes} bytes are still there";
    }

    /// <summary>Does all that is queued.</summary>
    public void Finish()
    {
        ordinary.Finish();
        foreach (var stream in handles.Values.OfType<Stream>().ToList()) stream.Finish();
    }

    /// <summary>Work of a stream: what goes wrong with it breaks the context.</summary>
    public Action Work(Action action, Func<string>? text = null) => () =>
    {
        if (broken != Result.Success) return;
        try
        {
            action();
        }
        catch (KernelFault e)
        {
            broken = e.Result;
            Complaint = $"{e.Message}{(text is null ? "" : $"; its text is in {Written(text())}")}";
        }
    };

    /// <summary>A context is made, or goes: it is whole again, where CUDA's driver would have the process started again.</summary>
    public void Mend() => broken = Result.Success;

    /// <summary>The kernels of a text.</summary>
    public Module Load(string text)
    {
        try
        {
            return new(text, Source.Of(text).ToDictionary(s => s.Name, s => new Program(s, Fuses)));
        }
        catch (PtxException e)
        {
            throw new DriverException(Result.InvalidPtx, $"{e.Message}; its text is in {Written(text)}");
        }
    }

    private static string Written(string text)
    {
        var path = Path.Combine(Path.GetTempPath(), $"emulated-cuda-{Environment.ProcessId}.ptx");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Bytes between host and device, or within it.</summary>
    public unsafe void Copy(nint to, nint from, long bytes, Stream stream)
    {
        if (bytes == 0) return;
        var (target, source) = (Memory.Of((ulong)to, bytes), Memory.Of((ulong)from, bytes));
        if ((ulong)to >> 56 != 0 && target is null) throw new DriverException(Result.InvalidValue, $"{bytes} bytes are copied to {to:x}, where there is no memory");
        if ((ulong)from >> 56 != 0 && source is null) throw new DriverException(Result.InvalidValue, $"{bytes} bytes are copied from {from:x}, where there is no memory");
        var (isLater, staged) = (true, (nint)0);
        foreach (var host in new[] { target is null ? to : 0, source is null ? from : 0 })
        {
            if (host == 0 || Host.IsLocked(host, bytes)) continue;
            if (stream.IsCaptured) throw new DriverException(Result.CaptureUnsupported, "memory that is not locked cannot be read or written by what is captured");
            if (host == to) isLater = false;
            else staged = Staged(from, bytes);
        }
        stream.Add(Work(() =>
        {
            if (target is { IsFree: true } || source is { IsFree: true }) throw new KernelFault(Result.IllegalAddress, "memory is copied that has been freed");
            Buffer.MemoryCopy(staged != 0 ? (void*)staged : source is null ? (void*)from : source.Host((ulong)from), target is null ? (void*)to : target.Host((ulong)to), bytes, bytes);
            if (staged != 0) NativeMemory.Free((void*)staged);
        }));
        if (!isLater) stream.Finish();
    }

    private static unsafe nint Staged(nint from, long bytes)
    {
        var copy = (nint)NativeMemory.Alloc((nuint)bytes);
        Buffer.MemoryCopy((void*)from, (void*)copy, bytes, bytes);
        return copy;
    }
}

/// <summary>Kernels that have been loaded.</summary>
internal sealed record Module(string Text, Dictionary<string, Program> Programs);

/// <summary>A kernel of a module.</summary>
internal sealed record Entry(Module Module, Program Program);

/// <summary>What was captured; or, of it, what is ready to be done.</summary>
internal sealed record Graph(List<Action> Work, bool IsExecutable);
