namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// Along one axis, the positions at which the same elements of the window meet elements of the axis, and not gaps between them: position
/// First + i·Step meets element i·Stride + offset with each of its taps. So an axis with gaps is never filled up with zeros.
/// </summary>
/// <param name="First">The first position.</param>
/// <param name="Step">From each of these positions to the next.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Taps">The elements of the window, and where each meets the axis at the first position, before it where that is negative.</param>
internal sealed record AxisPhase(int First, int Step, int Count, (int Tap, int Offset)[] Taps);

/// <summary>How a window slides along one axis.</summary>
internal sealed class WindowAxis
{
    public WindowAxis(WindowDim window, int extent, int positions)
    {
        (Extent, Positions, Window) = (extent, positions, window.Size);
        var gaps = window.BaseDilation;
        var step = gaps / (int)System.Numerics.BigInteger.GreatestCommonDivisor(gaps, window.Stride);
        Stride = step * window.Stride / gaps;
        Step = step;
        Phases = [.. Enumerable.Range(0, Math.Min(step, positions)).Select(first => new AxisPhase(first, step, (positions - first + step - 1) / step, Taps(window, first)))];
        var offsets = Phases.SelectMany(p => p.Taps).Select(t => t.Offset).ToArray();
        (Low, High) = offsets.Length == 0 ? (0, -1) : (offsets.Min(), offsets.Max());
    }

    /// <summary>The elements of the axis, without gaps.</summary>
    public int Extent { get; }

    /// <summary>The positions of the window.</summary>
    public int Positions { get; }

    /// <summary>The elements of the window.</summary>
    public int Window { get; }

    /// <summary>How far each of a phase's positions moves the window, in elements.</summary>
    public int Stride { get; }

    /// <summary>From each of a phase's positions to the next.</summary>
    public int Step { get; }

    /// <summary>All positions, by what they meet.</summary>
    public AxisPhase[] Phases { get; }

    /// <summary>The least offset of a tap.</summary>
    public int Low { get; }

    /// <summary>The greatest.</summary>
    public int High { get; }

    /// <summary>The most positions that one phase has.</summary>
    public int Count => Phases.Length == 0 ? 0 : Phases[0].Count;

    /// <summary>From each tap's offset to the next's, where there is one phase, and all elements of the window are its taps.</summary>
    public int Dilation => Window > 1 ? (High - Low) / (Window - 1) : 1;

    /// <summary>How often elements of the window meet elements of the axis, over all positions.</summary>
    public long Meetings => Phases.Sum(phase => phase.Taps.Sum(t => (long)Math.Max(0, Until(phase, Extent - t.Offset) - Until(phase, -t.Offset))));

    /// <summary>Whether no position meets anything outside the axis.</summary>
    public bool IsInside => Low >= 0 && ((Count - 1) * Stride) + High < Extent;

    /// <summary>The first of the taps that meet an element at one of a phase's positions, and one past the last.</summary>
    public (int From, int Until) Inside(AxisPhase phase, int position)
    {
        var from = phase.Taps.Count(t => (position * Stride) + t.Offset < 0);
        return (from, Math.Max(from, phase.Taps.Count(t => (position * Stride) + t.Offset < Extent)));
    }

    /// <summary>The elements under a number of a phase's positions.</summary>
    public int Under(int positions) => High < Low ? 0 : ((positions - 1) * Stride) + High - Low + 1;

    /// <summary>How many of a phase's positions move the window by less than so many elements.</summary>
    private int Until(AxisPhase phase, int elements) => (int)Math.Clamp(((long)elements + Stride - 1) / Stride, 0, phase.Count);

    private static (int, int)[] Taps(WindowDim window, int position) =>
        [.. Enumerable.Range(0, window.Size)
            .Select(k => (Tap: k, At: (position * window.Stride) + (k * window.Dilation) - window.Low))
            .Where(t => t.At % window.BaseDilation == 0)
            .Select(t => (t.Tap, t.At / window.BaseDilation))];
}
