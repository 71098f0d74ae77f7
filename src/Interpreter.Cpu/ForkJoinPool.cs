using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Functional.Interpreter.Cpu;

/// <summary>One index of a parallel loop of a run.</summary>
/// <param name="frame">The run.</param>
/// <param name="arguments">What the loop was started with.</param>
/// <param name="index">The index.</param>
/// <param name="worker">Which worker calls, less than <see cref="ForkJoinPool.Threads"/>.</param>
internal unsafe delegate void LoopBody(Frame frame, void* arguments, int index, int worker);

/// <summary>
/// A few threads that share the indices of one loop at a time with the caller. They spin briefly after a loop, then sleep. A second caller
/// meanwhile, and a loop within a loop, run alone. First indices are handed out in ascending order, so that one may wait for work of those below it;
/// of the rest each thread has a stretch of its own, and when it is done takes from those of others, so that in loops over the same values a thread
/// mostly finds in its caches what it wrote or read before, which is far from it where the others' caches are. A loop allocates nothing.
/// </summary>
internal sealed unsafe class ForkJoinPool
{
    private const int Spins = 2_000;
    private readonly Lock gate = new();
    private readonly Bell bell = new();

    private readonly Stretch[] stretches;
    private int done;
    private LoopBody? body;
    private Action<int, int>? action;
    private Frame? frame;
    private void* arguments;
    private Exception? failure;
    private bool started;

    public ForkJoinPool(int threads)
    {
        (Threads, stretches) = (threads, new Stretch[threads + 1]);
        foreach (ref var stretch in stretches.AsSpan()) stretch.Ticket = int.MaxValue;
    }

    /// <summary>Some indices of a loop, alone in its cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Stretch
    {
        /// <summary>
        /// The number of the loop in the upper half, its next index in the lower: who raises it by one has that index, and the loop stays until it is
        /// done. Between loops there is no next index.
        /// </summary>
        [FieldOffset(64)]
        public long Ticket;

        /// <summary>One past the last index.</summary>
        [FieldOffset(72)]
        public int Until;
    }

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
        Share(count, 0);
    }

    /// <summary>As the other, for a body that is made once and told at each run what to work on.</summary>
    public void For(int count, Frame frame, LoopBody body, void* arguments) => For(count, 0, frame, body, arguments);

    /// <summary>As the other, in no order: each thread has a stretch of the indices of its own, the same for loops of as many.</summary>
    public void ForStretches(int count, Frame frame, LoopBody body, void* arguments) => For(0, count, frame, body, arguments);

    /// <summary>As both: some first indices in ascending order, which the caller takes before any other, so that the rest may wait for them; and these in stretches.</summary>
    public void For(int first, int rest, Frame frame, LoopBody body, void* arguments)
    {
        if (first + rest <= 1 || !Enter())
        {
            for (var i = 0; i < first + rest; i++) body(frame, arguments, i, 0);
            return;
        }
        (this.body, this.frame) = (body, frame);
        this.arguments = arguments;
        Share(first, rest);
    }

    private bool Enter() => Threads > 1 && !gate.IsHeldByCurrentThread && gate.TryEnter();

    /// <summary>The first stretch is everybody's, and the others each a thread's.</summary>
    private void Share(int first, int rest)
    {
        try
        {
            Start();
            done = 0;
            Open(ref stretches[0], 0, first);
            for (var thread = 0; thread < Threads; thread++) Open(ref stretches[thread + 1], first + (int)((long)rest * thread / Threads), first + (int)(rest * (thread + 1L) / Threads));
            bell.Ring();
            Work(0);
            var spin = new SpinWait();
            while (Volatile.Read(ref done) < first + rest) spin.SpinOnce(sleep1Threshold: -1);
            if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        }
        finally
        {
            foreach (ref var stretch in stretches.AsSpan()) Volatile.Write(ref stretch.Ticket, stretch.Ticket | int.MaxValue);
            (body, action, frame, failure) = (null, null, null, null);
            gate.Exit();
        }
    }

    private static void Open(ref Stretch stretch, int from, int until)
    {
        stretch.Until = until;
        Volatile.Write(ref stretch.Ticket, (((stretch.Ticket >> 32) + 1) << 32) | (uint)from);
    }

    private void Start()
    {
        if (started) return;
        started = true;
        var (self, at) = (new WeakReference<ForkJoinPool>(this), bell);
        for (var i = 1; i < Threads; i++)
        {
            var worker = i;
            new Thread(() => Live(self, at, worker)) { IsBackground = true, Name = "Functional CPU" }.Start();
        }
    }

    /// <summary>A thread's life: it works and sleeps, and holds the pool only while it works, so that one that nobody else holds can be collected.</summary>
    private static void Live(WeakReference<ForkJoinPool> self, Bell bell, int worker)
    {
        while (Serve(self, worker, Spins) is not null)
        {
            bell.LieDown();
            // what was shared before has rung for those who were lying then
            bell.Sleep(isTired: Serve(self, worker, 1) == false);
        }
    }

    /// <summary>Works while there are loops, and some spins longer; whether there were any, null where there is no pool any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool? Serve(WeakReference<ForkJoinPool> self, int worker, int patience)
    {
        if (!self.TryGetTarget(out var pool)) return null;
        var any = false;
        for (var spins = 0; spins < patience; spins++)
        {
            if (pool.Work(worker)) (any, spins) = (true, 0);
            if (patience > 1) Thread.SpinWait(20);
        }
        return any;
    }

    ~ForkJoinPool() => bell.End(Threads);

    /// <summary>Where threads sleep until there is a loop, or no pool any more.</summary>
    private sealed class Bell
    {
        private readonly SemaphoreSlim wake = new(0);
        private int lying;

        public void LieDown() => Interlocked.Increment(ref lying);

        public void Sleep(bool isTired)
        {
            if (isTired) wake.Wait();
            Interlocked.Decrement(ref lying);
        }

        /// <summary>Wakes who lies: who lies down only now sees for himself.</summary>
        public void Ring()
        {
            Interlocked.MemoryBarrier();
            var unrung = Volatile.Read(ref lying) - wake.CurrentCount;
            if (unrung > 0) wake.Release(unrung);
        }

        public void End(int threads) => wake.Release(threads);
    }

    /// <summary>Calls the body with indices until there are none; whether there was one.</summary>
    private bool Work(int worker)
    {
        for (var any = false; ; any = true)
        {
            if (!Take(worker, out var index)) return any;
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

    /// <summary>The next index of everybody's stretch; where there is none, of the worker's own, and then of another.</summary>
    private bool Take(int worker, out int index)
    {
        if (Take(ref stretches[0], out index)) return true;
        for (var turn = 0; turn < Threads; turn++)
            if (Take(ref stretches[1 + (worker + turn < Threads ? worker + turn : worker + turn - Threads)], out index)) return true;
        return false;
    }

    private static bool Take(ref Stretch stretch, out int index)
    {
        while (true)
        {
            var seen = Volatile.Read(ref stretch.Ticket);
            index = (int)seen;
            if (index >= Volatile.Read(ref stretch.Until)) return false;
            if (Interlocked.CompareExchange(ref stretch.Ticket, seen + 1, seen) == seen) return true;
        }
    }
}
