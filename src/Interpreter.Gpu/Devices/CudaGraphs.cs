using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// CUDA's graphs, by the driver's own functions, which ILGPU does not have: what is launched on a stream while it captures becomes a graph, whose
/// launch costs about what that of one kernel does. CUDA Driver API, "Stream Management" and "Graph Management".
/// </summary>
internal sealed unsafe class CudaGraphs : ICapturing
{
    private const int OfThisThread = 1; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads may copy meanwhile

    private readonly ConcurrentQueue<Graph> retired = []; // finalizers add to it, and it has none itself
    private readonly CudaAccelerator accelerator;
    private readonly delegate* unmanaged<nint, int, CudaError> begin;
    private readonly delegate* unmanaged<nint, nint*, CudaError> end;
    private readonly delegate* unmanaged<nint*, nint, ulong, CudaError> instantiate;
    private readonly delegate* unmanaged<nint, nint, CudaError> launch;
    private readonly delegate* unmanaged<nint, CudaError> destroy;
    private readonly delegate* unmanaged<nint, CudaError> destroyExecutable;

    private CudaGraphs(CudaAccelerator accelerator, nint driver)
    {
        this.accelerator = accelerator;
        begin = (delegate* unmanaged<nint, int, CudaError>)NativeLibrary.GetExport(driver, "cuStreamBeginCapture_v2");
        end = (delegate* unmanaged<nint, nint*, CudaError>)NativeLibrary.GetExport(driver, "cuStreamEndCapture");
        instantiate = (delegate* unmanaged<nint*, nint, ulong, CudaError>)NativeLibrary.GetExport(driver, "cuGraphInstantiateWithFlags");
        launch = (delegate* unmanaged<nint, nint, CudaError>)NativeLibrary.GetExport(driver, "cuGraphLaunch");
        destroy = (delegate* unmanaged<nint, CudaError>)NativeLibrary.GetExport(driver, "cuGraphDestroy");
        destroyExecutable = (delegate* unmanaged<nint, CudaError>)NativeLibrary.GetExport(driver, "cuGraphExecDestroy");
    }

    /// <summary>The graphs of a device whose driver has them, which those from CUDA 11.4 on do; null of another.</summary>
    public static CudaGraphs? Of(Accelerator accelerator)
    {
        if (accelerator is not CudaAccelerator cuda || !(NativeLibrary.TryLoad("libcuda.so.1", out var driver) || NativeLibrary.TryLoad("nvcuda.dll", out driver))) return null;
        try
        {
            return new(cuda, driver);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    public ICaptured? Capture(AcceleratorStream stream, Action launches)
    {
        using var binding = accelerator.BindScoped();
        Clear(stream);
        var handle = ((CudaStream)stream).StreamPtr;
        if (begin(handle, OfThisThread) != CudaError.CUDA_SUCCESS) return null;
        nint graph = 0, executable = 0;
        var isWhole = false;
        try
        {
            launches();
            isWhole = true;
        }
        catch (DeviceException)
        {
            // something that the driver does not take down: it is launched as ever, and says then what is wrong, if anything is
        }
        finally
        {
            isWhole &= end(handle, &graph) == CudaError.CUDA_SUCCESS;
            isWhole = isWhole && graph != 0 && instantiate(&executable, graph, 0) == CudaError.CUDA_SUCCESS;
            if (graph != 0) destroy(graph);
        }
        return isWhole ? new Graph(this, executable) : null;
    }

    public void Retire(ICaptured captured) => retired.Enqueue((Graph)captured);

    private void Clear(AcceleratorStream stream)
    {
        if (retired.IsEmpty) return;
        stream.Synchronize();
        while (retired.TryDequeue(out var graph)) destroyExecutable(graph.Executable);
    }

    private sealed class Graph(CudaGraphs owner, nint executable) : ICaptured
    {
        public nint Executable => executable;

        public void Launch(AcceleratorStream stream)
        {
            using var binding = owner.accelerator.BindScoped();
            CudaException.ThrowIfFailed(owner.launch(executable, ((CudaStream)stream).StreamPtr));
        }
    }
}
