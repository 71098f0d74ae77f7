namespace Functional.Interpreter;

/// <summary>Lays buffers out in one stretch of memory: the lowest gap that fits; what is freed merges with its neighbours.</summary>
internal sealed class Arena
{
    private readonly SortedList<long, long> gaps = new() { [0] = long.MaxValue };

    /// <summary>The greatest extent so far.</summary>
    public long Peak { get; private set; }

    /// <summary>Where a buffer of the given size begins.</summary>
    public long Take(long bytes)
    {
        var at = 0;
        while (gaps.Values[at] < bytes) at++;
        var (offset, size) = (gaps.Keys[at], gaps.Values[at]);
        gaps.RemoveAt(at);
        if (size > bytes) gaps[offset + bytes] = size == long.MaxValue ? size : size - bytes;
        Peak = Math.Max(Peak, offset + bytes);
        return offset;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Free(long offset, long bytes)
    {
        gaps[offset] = bytes;
        var at = gaps.IndexOfKey(offset);
        if (at + 1 < gaps.Count && gaps.Keys[at + 1] == offset + bytes)
        {
            gaps[offset] = gaps.Values[at + 1] == long.MaxValue ? long.MaxValue : bytes + gaps.Values[at + 1];
            gaps.RemoveAt(at + 1);
        }
        if (at > 0 && gaps.Keys[at - 1] + gaps.Values[at - 1] == offset)
        {
            gaps[gaps.Keys[at - 1]] = gaps[offset] == long.MaxValue ? long.MaxValue : gaps.Values[at - 1] + gaps[offset];
            gaps.RemoveAt(at);
        }
    }
}
