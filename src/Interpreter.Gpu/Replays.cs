using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu;

/// <summary>
/// A routine's runs, taken down. Where a run's inputs and results lie as an earlier one's did, its launches are captured, and from then on they
/// are done at once. Small results that each run obtains anew are left in one place, from where they are copied, so that theirs matter not; and
/// small inputs that once came from elsewhere are copied to one place.
/// </summary>
internal sealed class Replays
{
    private const int MostPlaces = 8;
    private const int MostLaunches = 20_000;
    private const long MostCopied = 1 << 20;

    private readonly Dictionary<ValueArray<long>, ICaptured?> known = [];
    private readonly Dictionary<int, DeviceStorage> kept = [];
    private readonly Dictionary<int, long> lastPlaces = [];
    private readonly HashSet<int> wandering = [];
    private readonly int[] inputs;
    private readonly Routine routine;
    private readonly ICapturing capturing;
    private bool isRefused;

    private Replays(Routine routine, ICapturing capturing)
    {
        (this.routine, this.capturing) = (routine, capturing);
        var buffers = routine.Plan.Buffers;
        inputs = [.. Enumerable.Range(0, buffers.Length).Where(b => buffers[b].Kind == BufferKind.Input && !routine.Plan.OutputDonors.Contains(buffers[b].Index))];
    }

    /// <summary>Those of a routine of which every run launches the same; null of another, and where nothing can be captured.</summary>
    public static Replays? Of(Routine routine) => routine.Gpu.Capturing is { } capturing && Launches(routine.Plan) <= MostLaunches ? new(routine, capturing) : null;

    /// <summary>About how many launches a run has; +∞ where it asks how to go on.</summary>
    private static double Launches(Plan plan) => plan.Steps.Sum(s => s.Node.Op switch
    {
        Switch or While => double.PositiveInfinity,
        Scan scan => scan.Length * Launches(s.Bodies[0]),
        _ => 1,
    });

    /// <summary>Runs the routine.</summary>
    /// <param name="frame">Its only frame.</param>
    /// <param name="fresh">The buffers of results that this run has obtained memory for.</param>
    public void Run(Frame frame, List<int> fresh)
    {
        if (isRefused)
        {
            routine.Run(frame);
            return;
        }
        foreach (var buffer in inputs) Settle(frame, buffer);
        var copies = fresh.Where(b => frame[b].Length is > 0 and <= MostCopied).Select(b => (From: Kept(b, frame[b].Length), To: frame[b], Buffer: b)).ToList();
        foreach (var (from, _, buffer) in copies) frame[buffer] = from;
        if (Captured(frame) is { } captured)
        {
            frame.Ending.By.ThrowIfCancellationRequested();
            Launch(captured, frame);
        }
        else
        {
            routine.Run(frame);
        }
        foreach (var (from, to, _) in copies) from.CopyTo(frame.Stream, to);
    }

    /// <summary>Copies an input to its one place, if it is small and has been elsewhere before.</summary>
    private void Settle(Frame frame, int buffer)
    {
        if (frame[buffer].Length is 0 or > MostCopied) return;
        var place = frame[buffer].LoadEffectiveAddressAsPtr();
        if (lastPlaces.TryGetValue(buffer, out var last) && last != place) wandering.Add(buffer);
        lastPlaces[buffer] = place;
        if (!wandering.Contains(buffer)) return;
        var settled = Kept(buffer, frame[buffer].Length);
        frame[buffer].CopyTo(frame.Stream, settled);
        frame[buffer] = settled;
    }

    private void Launch(ICaptured captured, Frame frame)
    {
        try
        {
            captured.Launch(frame.Stream);
        }
        catch (AcceleratorException e)
        {
            throw DeviceException.Of(routine.Gpu, e);
        }
    }

    /// <summary>The launches of a run, if one before had the same places.</summary>
    private ICaptured? Captured(Frame frame)
    {
        var places = frame.Places;
        if (!known.TryGetValue(places, out var captured))
        {
            if (known.Count == MostPlaces) Forget();
            known.Add(places, null);
            return null;
        }
        if (captured is not null) return captured;
        captured = known[places] = capturing.Capture(frame.Stream, () => routine.Run(frame));
        isRefused = captured is null;
        return captured;
    }

    private ArrayView<byte> Kept(int buffer, long bytes)
    {
        if (!kept.TryGetValue(buffer, out var storage)) kept.Add(buffer, storage = new(routine.Gpu, bytes));
        return storage.View;
    }

    private void Forget()
    {
        foreach (var captured in known.Values)
            if (captured is not null) capturing.Retire(captured);
        known.Clear();
    }

    ~Replays() => Forget();
}
