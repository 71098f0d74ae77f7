namespace Functional.Interpreter;

/// <summary>A stretch of the arena in use from one step to another, both included.</summary>
internal readonly record struct Block(long Bytes, int From, int Until)
{
    private const int MostToPack = 8192;

    /// <summary>
    /// Where each block begins so that none overlap while both are in use: the largest first, each at the lowest place that is free all its
    /// time (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020). Null where there are too many to try.
    /// </summary>
    public static (long[] Offsets, long Bytes)? Pack(IReadOnlyList<Block> blocks)
    {
        if (blocks.Count > MostToPack) return null;
        var (offsets, placed, extent) = (new long[blocks.Count], new List<int>(blocks.Count), 0L);
        foreach (var i in Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Bytes > 0).OrderByDescending(i => blocks[i].Bytes).ThenBy(i => blocks[i].From))
        {
            var at = 0L;
            foreach (var other in placed)
            {
                if (blocks[other].Until < blocks[i].From || blocks[other].From > blocks[i].Until) continue;
                if (offsets[other] >= at + blocks[i].Bytes) break;
                at = Math.Max(at, offsets[other] + blocks[other].Bytes);
            }
            offsets[i] = at;
            placed.Insert(After(placed, offsets, at), i);
            extent = Math.Max(extent, at + blocks[i].Bytes);
        }
        return (offsets, extent);
    }

    /// <summary>The place in a list sorted by offset after all that begin no later.</summary>
    private static int After(List<int> placed, long[] offsets, long at)
    {
        var (low, high) = (0, placed.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (offsets[placed[middle]] <= at) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/// <summary>Lays buffers out in one stretch of memory: the lowest gap that fits; what is freed merges with its neighbours.</summary>
internal sealed class Arena
{
    private readonly SortedList<long, long> gaps = new() { [0] = long.MaxValue };

    /// <summary>The greatest extent so far.</summary>
    public long Peak { get; private set; }

    /// <summary>Where a buffer of the given size begins.</summary>
    public long Take(long bytes)
    {
        if (bytes == 0) return 0;
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
        if (bytes == 0) return;
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
