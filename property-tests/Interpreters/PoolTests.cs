using System.Diagnostics;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Cpu;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>Threads that share loops: all come when they are wanted, each index is had once, and they go with their pool.</summary>
[Collection(nameof(AloneWithTheCollector))]
public sealed class PoolTests
{
    private const int Threads = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Each_index_is_had_once_however_long_threads_have_slept()
    {
        var (pool, random) = (new ForkJoinPool(Threads), new Random(1));
        for (var loop = 0; loop < 2000; loop++)
        {
            var had = new int[random.Next(100)];
            pool.For(had.Length, (i, _) => Interlocked.Increment(ref had[i]));
            Assert.All(had, times => Assert.Equal(1, times));
            if (loop % 100 == 0) Thread.Sleep(random.Next(4));
        }
    }

    /// <summary>The rest wait for all first ones, each of which waits for those below it: taken later or out of order, they would be waited for in vain.</summary>
    [Fact]
    public unsafe void First_indices_are_taken_before_the_rest_and_in_order()
    {
        var (pool, random) = (new ForkJoinPool(Threads), new Random(2));
        for (var loop = 0; loop < 500; loop++)
        {
            var (first, had, ready, all) = (random.Next(12), new int[random.Next(40)], 0, true);
            first = Math.Min(first, had.Length);
            pool.For(first, had.Length - first, null!, (_, _, index, _) =>
            {
                if (!SpinWait.SpinUntil(() => Volatile.Read(ref ready) >= Math.Min(index, first), Patience)) Volatile.Write(ref all, false);
                Interlocked.Increment(ref had[index]);
                if (index < first) Interlocked.Increment(ref ready);
            }, null);
            Assert.True(all, $"in loop {loop} an index waited for one that was not taken before");
            Assert.All(had, times => Assert.Equal(1, times));
        }
    }

    /// <summary>Each index waits until all have begun: a thread that does not wake would keep the others waiting. Some loops come as threads lie down.</summary>
    [Fact]
    public void All_threads_wake_for_each_loop()
    {
        var (pool, random) = (new ForkJoinPool(Threads), new Random(1));
        for (var loop = 0; loop < 500; loop++)
        {
            var (begun, all) = (0, true);
            pool.For(Threads, (_, _) =>
            {
                Interlocked.Increment(ref begun);
                if (!SpinWait.SpinUntil(() => Volatile.Read(ref begun) == Threads, Patience)) Volatile.Write(ref all, false);
            });
            Assert.True(all, $"in loop {loop}, {begun} of {Threads} threads came");
            var (start, pause) = (Stopwatch.GetTimestamp(), TimeSpan.FromMicroseconds(random.Next(1500)));
            while (Stopwatch.GetElapsedTime(start) < pause) Thread.SpinWait(10);
        }
    }

    [Fact]
    public void A_pool_that_nobody_holds_is_collected_though_its_threads_sleep()
    {
        var pool = Used();
        for (var wait = 0; wait < 100 && pool.IsAlive; wait++)
        {
            Thread.Sleep(20);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(pool.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Used()
    {
        var pool = new ForkJoinPool(Threads);
        pool.For(Threads, (_, _) => Thread.Sleep(1));
        return new(pool);
    }
}
