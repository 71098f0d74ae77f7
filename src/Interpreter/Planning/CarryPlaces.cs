namespace Functional.Interpreter;

/// <summary>
/// Where a scan's carries go from step to step. One that is stacked, as a step finds it or as it leaves it, goes where the stack keeps it, and the
/// next step reads it there; others alternate between the result and a second place. The last goes to the result.
/// </summary>
public sealed class CarryPlaces
{
    private readonly Scan scan;
    private readonly int[] asFound, asLeft;

    /// <param name="scan">The loop.</param>
    /// <param name="body">The plan of its body.</param>
    public CarryPlaces(Scan scan, Plan body)
    {
        this.scan = scan;
        int[] buffers = [.. body.Program.Results.Select(body.BufferOf)];
        asFound = [.. Enumerable.Range(0, scan.Carries).Select(c => Array.IndexOf(buffers, scan.Constants + c, scan.Carries))];
        asLeft = [.. Enumerable.Range(0, scan.Carries).Select(c => Array.IndexOf(buffers, buffers[c], scan.Carries))];
    }

    /// <summary>Whether a carry has a second place.</summary>
    public bool Alternates(int carry) => scan.Length > 1 && asFound[carry] < 0 && asLeft[carry] < 0;

    /// <summary>The slice of what is stacked that is a step's.</summary>
    public int Slice(int step) => scan.Reverse ? scan.Length - 1 - step : step;

    /// <summary>Where what a step makes goes: to a slice of a result, or to all of it where the slice is −1, or, where the result is −1, to its second place.</summary>
    public (int Result, int Slice) Of(int result, int step)
    {
        if (result >= scan.Carries) return (result, Slice(step));
        if (IsLast(step)) return (result, -1);
        if (asFound[result] >= 0) return (asFound[result], Slice(step + 1));
        if (asLeft[result] >= 0) return (asLeft[result], Slice(step));
        return ((scan.Length - 1 - step) % 2 == 0 ? result : -1, -1);
    }

    private bool IsLast(int step) => step == scan.Length - 1;
}
