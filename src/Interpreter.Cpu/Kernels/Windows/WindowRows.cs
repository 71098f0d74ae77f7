namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A window over trailing axes, seen as rows along the last of them: which rows of the operand each row of the result meets. What remains is
/// the same for all of them, and one-dimensional.
/// </summary>
internal sealed class WindowRows
{
    private readonly int[] starts;
    private readonly int[] rows;

    public WindowRows(ValueArray<WindowDim> window, Shape x, Shape result)
    {
        var lead = x.Rank - window.Count;
        (Planes, Plane) = (x[..lead].Size, x[lead..].Size);
        Last = window.Count == 0 ? new(1) : window[^1];
        (Extent, Columns) = window.Count == 0 ? (1, 1) : (x[^1], result[^1]);
        if (window.Count == 0) (window, x, result) = ([new(1)], x.Concat([1]), result.Concat([1]));
        var (over, within, positions) = (window.Items[..^1], x[lead..^1], result[lead..^1]);
        starts = new int[checked((int)positions.Size) + 1];
        var (found, at, sizes) = (new List<int>(), 0, Shape.Of(over.Select(w => w.Size)));
        foreach (var position in Indices.Of(positions))
        {
            foreach (var offset in Indices.Of(sizes))
            {
                var row = 0;
                for (var d = 0; d < over.Length && row >= 0; d++)
                    row = Under(over[d], within[d], position[d], offset[d]) is var i and >= 0 ? row * within[d] + i : -1;
                if (row >= 0) found.Add(row);
            }
            starts[++at] = found.Count;
        }
        rows = [.. found];
    }

    /// <summary>How many planes the window slides over.</summary>
    public long Planes { get; }

    /// <summary>The elements of one.</summary>
    public long Plane { get; }

    /// <summary>The window along the last axis.</summary>
    public WindowDim Last { get; }

    /// <summary>The elements of a row of the operand.</summary>
    public int Extent { get; }

    /// <summary>The elements of a row of the result.</summary>
    public int Columns { get; }

    /// <summary>The rows of a plane of the result.</summary>
    public int Rows => starts.Length - 1;

    /// <summary>Whether each window meets something along the last axis.</summary>
    public bool MeetAll => Enumerable.Range(0, Columns).All(c => Enumerable.Range(0, Last.Size).Any(offset => Under(Last, Extent, c, offset) >= 0));

    /// <summary>The rows of the operand under a row of the result, in order.</summary>
    public ReadOnlySpan<int> Under(int row) => rows.AsSpan(starts[row]..starts[row + 1]);

    /// <summary>The element under an offset of a window at a position; −1 where that is padding or a gap.</summary>
    public static int Under(WindowDim window, int extent, int position, int offset)
    {
        var (at, gap) = Math.DivRem(position * window.Stride + offset * window.Dilation - window.Low, window.BaseDilation);
        return gap == 0 && at >= 0 && at < extent ? at : -1;
    }
}
