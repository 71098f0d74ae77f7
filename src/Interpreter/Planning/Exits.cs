namespace Functional.Interpreter;

/// <summary>
/// How the results of what a control op owns come to where they are wanted: straight, where a result has memory of its own, by a copy, where it is
/// an argument, a constant or another result.
/// </summary>
public readonly struct Exits
{
    private readonly (int Buffer, bool IsStraight, long Bytes)[] results;

    /// <summary>Those of a planned body.</summary>
    public Exits(Plan body)
    {
        var seen = new HashSet<int>();
        results = [.. body.Program.Results.Select(r => body.BufferOf(r) is var b ? (b, body.Buffers[b].Kind == BufferKind.Output && seen.Add(b), r.Type.Bytes) : default)];
    }

    /// <summary>The buffer of a result, which may be that of another.</summary>
    public int Buffer(int result) => results[result].Buffer;

    /// <summary>Whether the result is written where its buffer is set to lie; else it is copied from there.</summary>
    public bool IsStraight(int result) => results[result].IsStraight;

    /// <summary>How many bytes a result has.</summary>
    public long Bytes(int result) => results[result].Bytes;
}
