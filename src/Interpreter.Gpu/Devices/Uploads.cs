using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// Copies of host memory that are made while the device runs: through page-locked memory, on a stream of their own. What is queued may still read
/// or write memory that has been let go of, so each piece that comes back brings a mark of the stream of runs, past which it may be written here.
/// </summary>
internal sealed class Uploads(Gpu gpu) : IDisposable
{
    private const int Kept = 8;
    private const int MostStaged = 16 << 20;

    private readonly AcceleratorStream stream = gpu.Accelerator.CreateStream();
    private readonly Lock copying = new();
    private readonly Lock gate = new();
    private readonly List<(MemoryBuffer1D<byte, Stride1D.Dense> Memory, ProfilingMarker LastUse)> returned = [];
    private PageLockedArray1D<byte>? staged;
    private bool isDisposed;

    /// <summary>The first bytes of host memory, on the device.</summary>
    public DeviceStorage Put(HostStorage host, long bytes)
    {
        lock (copying)
        {
            try
            {
                var (memory, lastUse) = Obtain(bytes);
                var storage = new DeviceStorage(gpu, bytes, memory, Return);
                using (lastUse) lastUse.Synchronize();
                for (var from = 0L; from < bytes; from += MostStaged) Copy(host, from, storage.View.SubView(from, Math.Min(MostStaged, bytes - from)));
                return storage;
            }
            catch (AcceleratorException e)
            {
                throw DeviceException.Of(gpu, e);
            }
        }
    }

    private void Copy(HostStorage host, long from, ArrayView<byte> to)
    {
        if (staged is null || staged.Length < to.Length)
        {
            staged?.Dispose();
            staged = gpu.Accelerator.AllocatePageLocked1D<byte>(to.Length, uninitialized: true);
        }
        var bytes = staged.Span[..(int)to.Length];
        host.Read(from, bytes);
        to.CopyFromCPU(stream, bytes);
    }

    private (MemoryBuffer1D<byte, Stride1D.Dense> Memory, ProfilingMarker LastUse) Obtain(long bytes)
    {
        lock (gate)
        {
            var at = returned.FindIndex(r => r.Memory.Length == DeviceMemory.Rounded(bytes));
            if (at >= 0)
            {
                var piece = returned[at];
                returned.RemoveAt(at);
                return piece;
            }
        }
        return (gpu.Memory.Obtain(bytes), gpu.Mark());
    }

    /// <summary>Keeps a piece for what is put next; of many, those that came first go where all memory goes.</summary>
    private void Return(MemoryBuffer1D<byte, Stride1D.Dense> memory)
    {
        lock (gate)
        {
            if (isDisposed) return;
            returned.Add((memory, gpu.Mark()));
            if (returned.Count <= Kept) return;
            gpu.Memory.PutBack(returned[0].Memory);
            returned[0].LastUse.Dispose();
            returned.RemoveAt(0);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            foreach (var (_, lastUse) in returned) lastUse.Dispose();
        }
        staged?.Dispose();
        stream.Dispose();
    }
}
