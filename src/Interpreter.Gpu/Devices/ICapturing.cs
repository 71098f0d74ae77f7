using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>What can take launches down and then do them all at once.</summary>
internal interface ICapturing
{
    /// <summary>Takes down what is launched, which is not done yet; null where it cannot be taken down.</summary>
    ICaptured? Capture(AcceleratorStream stream, Action launches);

    /// <summary>Launches that are not wanted any longer, but may still run. From any thread.</summary>
    void Retire(ICaptured captured);
}

/// <summary>Launches that have been taken down.</summary>
internal interface ICaptured
{
    /// <summary>Has a stream do them.</summary>
    void Launch(AcceleratorStream stream);
}
