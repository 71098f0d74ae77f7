using System.Runtime.ExceptionServices;

namespace Functional.Interpreter.Cpu;

/// <summary>One index of a parallel loop of a run.</summary>
/// <param name="frame">The run.</param>
/// <param name="arguments">What the loop was started with.</param>
/// <param name="index">The index.</param>
/// <param name="worker">Which worker calls, less than <see cref="ForkJoinPool.Threads"/>.</param>
internal unsafe delegate void LoopBody(Frame frame, void* arguments, int index, int worker);

/// <summary>
/// A few threads that share the indices of one loop at a time with the caller. They spin briefly after a loop, then sleep. A second caller
/// meanwhile, and a loop within a loop, run alone. Indices are handed out in ascending order, so that one may wait for work of those below it.
/// A loop allocates nothing.
/// </summary>
internal sealed unsafe class ForkJoinPool
{
    private const int Spins = 2_000;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wake = new(0);

    // The number of the loop in the upper half, its next index in the lower: who raises it by one has that index, and the loop stays until it is
    // done. Between loops there is no next index.
    private long ticket = int.MaxValue;
    private int count;
    private int done;
    private LoopBody? body;
    private Action<int, int>? action;
    private Frame? frame;
    private void* arguments;
    private Exception? failure;
    private int sleeping;
    private bool started;

    public ForkJoinPool(int threads) => Threads = threads;

    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="action"/> once with each index from 0 and the number of the worker that calls it, less than <see cref="Threads"/>, on
    /// any thread, and returns when all are done.
    /// </summary>
    public void For(int count, Action<int, int> action)
    {
        if (count <= 1 || !Enter())
        {
            for (var i = 0; i < count; i++) action(i, 0);
            return;
        }
        this.action = action;
        Share(count);
    }

    /// <summary>As the other, for a body that is made once and told at each run what to work on.</summary>
    public void For(int count, Frame frame, LoopBody body, void* arguments)
    {
        if (count <= 1 || !Enter())
        {
            for (var i = 0; i < count; i++) body(frame, arguments, i, 0);
            return;
        }
        (this.body, this.frame) = (body, frame);
        this.arguments = arguments;
        Share(count);
    }

    private bool Enter() => Threads > 1 && !gate.IsHeldByCurrentThread && gate.TryEnter();

    private void Share(int indices)
    {
        try
        {
            Start();
            (count, done) = (indices, 0);
            Volatile.Write(ref ticket, ((ticket >> 32) + 1) << 32);
            var sleepers = Volatile.Read(ref sleeping);
            if (sleepers > 0) wake.Release(sleepers);
            Work(0);
            var spin = new SpinWait();
            while (Volatile.Read(ref done) < indices) spin.SpinOnce(sleep1Threshold: -1);
            if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        }
        finally
        {
            Volatile.Write(ref ticket, ticket | int.MaxValue);
            (body, action, frame, failure) = (null, null, null, null);
            gate.Exit();
        }
    }

    private void Start()
    {
        if (started) return;
        started = true;
        var (self, bell) = (new WeakReference<ForkJoinPool>(this), wake);
        for (var i = 1; i < Threads; i++)
        {
            var worker = i;
            new Thread(() =>
            {
                while (self.TryGetTarget(out var pool) && pool.Serve(bell, worker)) { }
            })
            { IsBackground = true, Name = "Functional CPU" }.Start();
        }
    }

    /// <summary>Works while there are loops, and returns after a sleep, so that a pool that nobody holds can be collected and its threads end.</summary>
    private bool Serve(SemaphoreSlim bell, int worker)
    {
        for (var spins = 0; spins < Spins; spins++)
        {
            if (Work(worker)) spins = 0;
            Thread.SpinWait(20);
        }
        Interlocked.Increment(ref sleeping);
        bell.Wait(50);
        Interlocked.Decrement(ref sleeping);
        return true;
    }

    /// <summary>Calls the body with indices until there are none; whether there was one.</summary>
    private bool Work(int worker)
    {
        for (var any = false; ; any = true)
        {
            if (!Take(out var index)) return any;
            try
            {
                if (body is not null) body(frame!, arguments, index, worker);
                else action!(index, worker);
            }
#pragma warning disable CA1031 // whatever a loop's body throws is thrown again by For, on the caller's thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
            Interlocked.Increment(ref done);
        }
    }

    private bool Take(out int index)
    {
        while (true)
        {
            var seen = Volatile.Read(ref ticket);
            index = (int)seen;
            if (index >= Volatile.Read(ref count)) return false;
            if (Interlocked.CompareExchange(ref ticket, seen + 1, seen) == seen) return true;
        }
    }
}
