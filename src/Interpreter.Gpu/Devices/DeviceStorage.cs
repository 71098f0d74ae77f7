using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>A tensor's elements on a device. Reading them waits for what computes them, and copies them to the host once.</summary>
internal sealed class DeviceStorage : Storage
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> memory;
    private HostStorage? copy;
    private int isReleased;

    public DeviceStorage(Gpu home, long bytes)
    {
        (Home, Bytes) = (home, bytes);
        memory = home.Memory.Obtain(bytes);
    }

    /// <summary>Whose memory it is.</summary>
    public Gpu Home { get; }

    public override long Bytes { get; }

    /// <summary>The bytes on the device.</summary>
    public ArrayView<byte> View => memory.View.BaseView.SubView(0, Bytes);

    public override HostStorage ToHost() => copy ??= Home.Download(View);

    /// <summary>Forgets the copy on the host: the elements are about to be written.</summary>
    public void Overwrite() => copy = null;

    /// <summary>Lets go of the memory: nothing but what is queued reads it.</summary>
    public void GiveBack() => Release();

    protected override void Release()
    {
        if (Interlocked.Exchange(ref isReleased, 1) == 0) Home.Memory.PutBack(memory);
    }

    ~DeviceStorage() => Release();
}
