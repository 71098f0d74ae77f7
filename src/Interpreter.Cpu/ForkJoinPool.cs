namespace Functional.Interpreter.Cpu;

/// <summary>
/// A few threads that share the indices of one loop at a time with the caller. They spin briefly after a loop, then sleep. A second caller
/// meanwhile runs its loop alone.
/// </summary>
internal sealed class ForkJoinPool
{
    private const int Spins = 2_000;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wake = new(0);
    private Loop? current;
    private int sleeping;
    private bool started;

    public ForkJoinPool(int threads) => Threads = threads;

    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="body"/> once with each index from 0 and the number of the worker that calls it, less than <see cref="Threads"/>, on
    /// any thread, and returns when all are done.
    /// </summary>
    public void For(int count, Action<int, int> body)
    {
        if (count <= 1 || Threads == 1 || !gate.TryEnter())
        {
            for (var i = 0; i < count; i++) body(i, 0);
            return;
        }
        try
        {
            Start();
            var loop = new Loop(count, body);
            Volatile.Write(ref current, loop);
            var sleepers = Volatile.Read(ref sleeping);
            if (sleepers > 0) wake.Release(sleepers);
            loop.Work(0);
            loop.Wait();
            Volatile.Write(ref current, null);
            loop.Rethrow();
        }
        finally
        {
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
        Loop? last = null;
        for (var spins = 0; spins < Spins; spins++)
        {
            if (Volatile.Read(ref current) is { } next && next != last)
            {
                (last, spins) = (next, 0);
                next.Work(worker);
            }
            Thread.SpinWait(20);
        }
        Interlocked.Increment(ref sleeping);
        bell.Wait(50);
        Interlocked.Decrement(ref sleeping);
        return true;
    }

    private sealed class Loop(int count, Action<int, int> body)
    {
        private int next;
        private int done;
        private Exception? failure;

        public void Work(int worker)
        {
            for (var i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1)
            {
                try
                {
                    body(i, worker);
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

        public void Wait()
        {
            var spin = new SpinWait();
            while (Volatile.Read(ref done) < count) spin.SpinOnce(sleep1Threshold: -1);
        }

        public void Rethrow()
        {
            if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
