using System.Diagnostics;

namespace EmulatedCuda.Driver;

/// <summary>What is to be done, in order, some time. It is done as late as may be: when somebody waits for it, or when there is much.</summary>
internal sealed class Stream
{
    private const int Most = 512;
    private readonly Queue<Action> work = [];
    private Capture? capture;

    /// <summary>What is captured on a stream instead of being done.</summary>
    private sealed record Capture(int Thread)
    {
        public List<Action> Work { get; } = [];

        public bool IsInvalid { get; set; }
    }

    /// <summary>Whether this thread captures here what it asks for, and so must not ask for what cannot be captured.</summary>
    public bool IsCaptured => capture is { } c && c.Thread == Environment.CurrentManagedThreadId;

    public void Add(Action action)
    {
        if (capture is { } c)
        {
            if (c.Thread != Environment.CurrentManagedThreadId) throw new DriverException(Result.CaptureInvalidated, "another thread captures on this stream");
            c.Work.Add(action);
            return;
        }
        work.Enqueue(action);
        if (work.Count > Most) work.Dequeue()();
    }

    /// <summary>Does the next thing.</summary>
    public void Step()
    {
        if (work.TryDequeue(out var action)) action();
    }

    /// <summary>Does all.</summary>
    public void Finish()
    {
        while (work.TryDequeue(out var action)) action();
    }

    public void Begin() => capture = capture is null ? new(Environment.CurrentManagedThreadId) : throw new DriverException(Result.CaptureUnsupported, "the stream captures already");

    /// <summary>Something was asked for that cannot be captured.</summary>
    public void Invalidate()
    {
        if (capture is { } c) c.IsInvalid = true;
    }

    public List<Action> End()
    {
        var c = capture ?? throw new DriverException(Result.InvalidValue, "the stream captures nothing");
        capture = null;
        return c.IsInvalid ? throw new DriverException(Result.CaptureInvalidated, "something was asked for that cannot be captured") : c.Work;
    }
}

/// <summary>A mark on a stream, and when it was passed.</summary>
internal sealed class Event
{
    private Stream? stream;

    public bool IsPassed => stream is null;

    public long Time { get; private set; }

    public void Record(Stream on)
    {
        if (on.IsCaptured)
        {
            on.Add(() => { });
            return;
        }
        stream = on;
        on.Add(() => (stream, Time) = (null, Stopwatch.GetTimestamp()));
    }

    /// <summary>Does one thing before it, if it is not passed.</summary>
    public void Step() => stream?.Step();

    public void Wait()
    {
        while (stream is not null) stream.Step();
    }
}
