namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>The lines along an axis of a shape.</summary>
/// <param name="Outer">The indices of the axes before.</param>
/// <param name="Extent">The elements of a line.</param>
/// <param name="Inner">The indices of the axes behind, and so the distance of a line's elements.</param>
internal readonly record struct Lines(long Outer, int Extent, long Inner)
{
    /// <summary>How many lines.</summary>
    public long Count => Outer * Inner;

    /// <summary>All their elements.</summary>
    public long Size => Count * Extent;

    public static Lines Along(Shape shape, int axis) => new(shape[..axis].Size, shape[axis], shape[(axis + 1)..].Size);

    /// <summary>Where a line begins.</summary>
    public long Start(long line) => Inner == 1 ? line * Extent : line / Inner * Extent * Inner + line % Inner;
}
