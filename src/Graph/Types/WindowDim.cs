using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// How a window slides along one axis: its size, its stride, the padding before and after (negative takes away), the dilation of the
/// window and of the axis beneath it. StableHLO's window attributes, one axis at a time; convolution uses them too.
/// </summary>
public readonly record struct WindowDim(int Size, int Stride = 1, int Low = 0, int High = 0, int Dilation = 1, int BaseDilation = 1)
{
    /// <summary>The extent of the window with its gaps.</summary>
    public int Dilated => Size == 0 ? 0 : (Size - 1) * Dilation + 1;

    /// <summary>The extent of an axis with the gaps of <see cref="BaseDilation"/>.</summary>
    public int Base(int extent) => extent == 0 ? 0 : (extent - 1) * BaseDilation + 1;

    /// <summary>The number of positions over an axis of the given extent.</summary>
    public int Positions(int extent)
    {
        var room = Base(extent) + Low + High - Dilated;
        return room < 0 ? 0 : room / Stride + 1;
    }

    /// <summary>The window whose sliding over the cotangents gives the cotangent of an axis of the given extent, the window reversed.</summary>
    public WindowDim AdjointOfInput(int extent)
    {
        var positions = Positions(extent);
        var spread = positions == 0 ? 0 : (positions - 1) * Stride + 1;
        var low = Dilated - 1 - Low;
        return new(Size, BaseDilation, low, Base(extent) + Dilated - 1 - spread - low, Dilation, Stride);
    }

    /// <summary>The window whose sliding over the operand gives the cotangent of the window's own elements, cotangents as the window.</summary>
    public WindowDim AdjointOfWindow(int extent)
    {
        var positions = Positions(extent);
        var spread = positions == 0 ? 0 : (positions - 1) * Stride + 1;
        return new(positions, Dilation, Low, Dilated - 1 + spread - Base(extent) - Low, Stride, BaseDilation);
    }

    /// <summary>How often an element of an axis of the given extent is under an element of the window, over all positions.</summary>
    private long Meetings(int extent)
    {
        var (count, positions) = (0L, Positions(extent));
        for (var p = 0; p < positions; p++)
            for (var k = 0; k < Size; k++)
                if (p * Stride + k * Dilation - Low is var at && at >= 0 && at % BaseDilation == 0 && at / BaseDilation < extent) count++;
        return count;
    }

    /// <summary>How often windows that slide over the trailing axes of a shape meet its elements.</summary>
    internal static long Meetings(ValueArray<WindowDim> windows, Shape shape) =>
        windows.Items.Select((w, i) => w.Meetings(shape[shape.Rank - windows.Count + i])).Aggregate(shape[..^windows.Count].Size, (all, one) => all * one);

    /// <summary>What is wrong with some windows.</summary>
    internal static ImmutableArray<string> Problems(ValueArray<WindowDim> windows) =>
        [.. windows.Items.SelectMany((w, i) => w.Problems($"window axis {i}"))];

    private IEnumerable<string> Problems(string where)
    {
        if (Size < 1) yield return $"{where} has size {Size}, which must be at least 1";
        if (Stride < 1) yield return $"{where} has stride {Stride}, which must be at least 1";
        if (Dilation < 1) yield return $"{where} has dilation {Dilation}, which must be at least 1";
        if (BaseDilation < 1) yield return $"{where} has base dilation {BaseDilation}, which must be at least 1";
    }

    /// <summary>The shape after sliding over the trailing axes.</summary>
    internal static Shape Slide(ValueArray<WindowDim> windows, Shape shape) =>
        shape[..^windows.Count].Concat(Shape.Of(windows.Items.Select((w, i) => w.Positions(shape[shape.Rank - windows.Count + i]))));

    /// <summary>The numbers that differ from their defaults.</summary>
    public override string ToString() =>
        $"{Size}"
        + (Stride == 1 ? "" : $"/{Stride}")
        + (Low == 0 && High == 0 ? "" : $"+{Low}:{High}")
        + (Dilation == 1 ? "" : $"*{Dilation}")
        + (BaseDilation == 1 ? "" : $"^{BaseDilation}");
}
