using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>A tensor's elements on a device. Reading them waits for what computes them, and copies them to the host once.</summary>
internal sealed class DeviceStorage : Storage
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>? memory; // null where there was none to be had: the finalizer runs even so
    private readonly Action<MemoryBuffer1D<byte, Stride1D.Dense>> back;
    private HostStorage? copy;
    private Exception? overwritten;
    private int isReleased;

    /// <summary>Memory that comes back to all that there is.</summary>
    public DeviceStorage(Gpu home, long bytes) : this(home, bytes, home.Memory.Obtain(bytes), home.Memory.PutBack)
    {
    }

    /// <summary>Memory that comes back to where it is asked for, if it is let go of at once; to all that there is, if the collector finds it.</summary>
    public DeviceStorage(Gpu home, long bytes, MemoryBuffer1D<byte, Stride1D.Dense> memory, Action<MemoryBuffer1D<byte, Stride1D.Dense>> back) =>
        (Home, Bytes, this.memory, this.back) = (home, bytes, memory, back);

    /// <summary>Whose memory it is.</summary>
    public Gpu Home { get; }

    public override long Bytes { get; }

    /// <summary>The bytes on the device.</summary>
    public ArrayView<byte> View => memory!.View.BaseView.SubView(0, Bytes);

    public override HostStorage ToHost() => copy ??= overwritten is null ? Home.Download(View) : throw Lost();

    /// <summary>Forgets the copy on the host: the elements have been written.</summary>
    public void Overwrite() => copy = null;

    /// <summary>A run that was to overwrite the elements has failed: they are what the copy on the host is, if there is one, and lost if not.</summary>
    public void Lose(Exception reason) => overwritten = reason;

    /// <summary>Has the device hold the elements again, if a failed run has overwritten them.</summary>
    public void Restore(AcceleratorStream stream)
    {
        if (overwritten is null) return;
        Home.Upload(stream, copy ?? throw Lost(), View);
        overwritten = null;
    }

    private InvalidOperationException Lost() => new(
        $"these {Units.Bytes(Bytes)} were donated to a run that has failed, which may have overwritten them, and had not been read before: read a state from time to time, so that it can be gone back to", overwritten);

    /// <summary>Lets go of the memory: nothing but what is queued reads it.</summary>
    public void GiveBack() => Release();

    protected override void Release() => Return(back);

    private void Return(Action<MemoryBuffer1D<byte, Stride1D.Dense>> to)
    {
        if (memory is not null && Interlocked.Exchange(ref isReleased, 1) == 0) to(memory);
    }

    ~DeviceStorage()
    {
        if (memory is not null) Return(Home.Memory.PutBack);
    }
}
