using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>The lines along an axis.</summary>
/// <param name="shape">The shape.</param>
/// <param name="axis">The axis.</param>
internal readonly struct Along(Shape shape, int axis)
{
    /// <summary>How many lines.</summary>
    public int Count { get; } = checked((int)shape.Without(axis).Size);

    /// <summary>How many elements each has.</summary>
    public int Extent { get; } = shape[axis];

    /// <summary>How far apart they are.</summary>
    public int Stride { get; } = (int)shape.Strides[axis];

    /// <summary>Where an element of a line is.</summary>
    public Value At(Value line, Value place) => Stride == 1 ? (line * Extent) + place : (line / Stride * (Stride * Extent)) + (line % Stride) + (place * Stride);

    /// <summary>Whether lines are many enough that a thread for each keeps a device busy, and lie so that neighbouring threads read neighbours; or are too short for a group.</summary>
    public bool IsThreads(Geometry geometry) => Extent < LongLine || (Stride > 1 && Count >= geometry.Processors * geometry.Threads);

    private const int LongLine = 64;
}
