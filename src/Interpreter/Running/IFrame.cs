namespace Functional.Interpreter;

/// <summary>Where a routine's buffers are, parameters first, and the frames of what its control ops own.</summary>
/// <typeparam name="TFrame">The frame itself.</typeparam>
/// <typeparam name="TPlace">Where a buffer is: an address, or a view of a device's memory.</typeparam>
public interface IFrame<out TFrame, TPlace>
{
    /// <summary>Where a buffer is.</summary>
    TPlace this[int buffer] { get; set; }

    /// <summary>The frame of what a control op owns.</summary>
    /// <param name="control">Which of the routine's control ops.</param>
    /// <param name="body">Which of those that it owns.</param>
    TFrame Body(int control, int body);

    /// <summary>A part of a buffer.</summary>
    TPlace Part(TPlace place, long from, long bytes);

    /// <summary>Copies some bytes; what is there already stays.</summary>
    void Copy(TPlace from, TPlace to, long bytes);

    /// <summary>An integer of 1 or 4 bytes, for which a device is waited for.</summary>
    int Read(TPlace place, int bytes);
}

/// <summary>What a control op owns, made ready to run.</summary>
public interface IRoutine<in TFrame>
{
    /// <summary>Its plan.</summary>
    Plan Plan { get; }

    /// <summary>Makes what its kernels keep from step to step of a loop, before the first.</summary>
    void Prepare(TFrame frame);

    /// <summary>Runs it.</summary>
    void Run(TFrame frame);
}

/// <summary>What may end a run before it is done.</summary>
public sealed class Ending
{
    /// <summary>The token that ends it.</summary>
    public CancellationToken By { get; set; }
}
