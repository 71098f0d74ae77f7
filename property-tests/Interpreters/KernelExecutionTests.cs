using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter.Gpu.Code;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>What a kernel means, and that one without a meaning is found out.</summary>
public sealed class KernelExecutionTests
{
    private const int Size = 8;

    private static Value Group => KernelBuilder.Group;

    private static Value Thread => KernelBuilder.Thread;

    /// <summary>Runs two groups of four threads on the numbers from 0 to 7, of which a kernel makes others.</summary>
    private static int[] Run(Action<KernelBuilder, Argument, Argument> write, int groups = 2)
    {
        var k = new KernelBuilder("test");
        write(k, k.Argument(DType.I32), k.Argument(DType.I32));
        var (x, y) = (new byte[Size * sizeof(int)], new byte[Size * sizeof(int)]);
        for (var i = 0; i < Size; i++) MemoryMarshal.Cast<byte, int>(x.AsSpan())[i] = i;
        Execution.Run(k.Build(groups, 4), x, y);
        return MemoryMarshal.Cast<byte, int>(y).ToArray();
    }

    private static void Faults(string because, Action<KernelBuilder, Argument, Argument> write, int groups = 2)
    {
        var fault = Assert.Throws<KernelFault>(() => Run(write, groups));
        Assert.Contains(because, fault.Message, StringComparison.Ordinal);
        Assert.Contains("The kernel:\ntest(", fault.Message, StringComparison.Ordinal);
    }

    private static Value Index => (Group * 4) + Thread;

    [Fact]
    public void Threads_compute_apart_and_through_shared_memory()
    {
        Assert.Equal([0, 2, 4, 6, 8, 10, 12, 14], Run((k, x, y) => k.Put(y, Index, x[Index] * 2)));
        Assert.Equal([3, 2, 1, 0, 7, 6, 5, 4], Run((k, x, y) =>
        {
            var shared = k.Shared(DType.I32, 4);
            k.Put(shared, Thread, x[Index]);
            k.Meet();
            k.Put(y, Index, shared[(Value)3 - Thread]);
        }));
    }

    /// <summary>Thread t adds up the numbers from t in steps of two, in a loop that it leaves before or after others.</summary>
    [Fact]
    public void Threads_leave_loops_and_skip_conditionals_each_for_itself() => Assert.Equal([0 + 2 + 4 + 6, 1 + 3 + 5 + 7, 2 + 4 + 6, -1, 0, 0, 0, 0], Run((k, x, y) =>
    {
        var sum = k.Let(0);
        k.For(Thread, Size, 2, i => k.Set(sum, sum + x[i]));
        k.If(Thread.Is(3), () => k.Set(sum, -1));
        k.Put(y, Thread, sum);
    }, groups: 1));

    [Fact]
    public void An_index_out_of_bounds_is_found()
    {
        Faults("thread 0 of group 0 reads p0[8], of 8 elements", (k, x, y) => k.Put(y, Index, x[Index + 8]));
        Faults("thread 3 of group 1 writes p1[8], of 8 elements", (k, _, y) => k.Put(y, Index + 1, 0));
        Faults("thread 0 of group 0 reads p0[-1], of 8 elements", (k, x, y) => k.Put(y, Index, x[Index - 1]));
        Faults("thread 0 of group 0 counts 4 from -1, of 4 elements", (k, _, _) => k.Put(k.Shared(DType.I32, 4), k.Let(Thread - 1) + 4, 0));
        Faults("writes s0[2], of 2 elements", (k, _, _) => k.Put(k.Shared(DType.I32, 2), Thread, 0));
    }

    [Fact]
    public void A_meeting_that_a_thread_misses_is_found()
    {
        Faults("thread 3 of group 0 is not where the others of its group meet", (k, _, _) => k.If(Thread < 3, k.Meet));
        Faults("thread 0 of group 0 is not where the others of its group meet", (k, _, _) => k.For(3, Thread + 4, 1, _ => k.Meet()));
    }

    [Fact]
    public void A_race_within_a_group_is_found()
    {
        Faults("reads s0[1], which another thread of its group that it has not met since has written", (k, _, y) =>
        {
            var shared = k.Shared(DType.I32, 4);
            k.Put(shared, Thread, Thread);
            k.Put(y, Index, shared[Thread ^ 1]);
        });
        Faults("writes s0[0], which another thread of its group that it has not met since has written", (k, _, _) => k.Put(k.Shared(DType.I32, 4), 0, Thread));
        Faults("writes s0[0], which another thread of its group that it has not met since has read", (k, _, y) =>
        {
            var shared = k.Shared(DType.I32, 4);
            k.Put(shared, Thread, Thread);
            k.Meet();
            k.Put(y, Index, shared[Thread ^ 1]);
            k.Put(shared, Thread, 0);
        });
        Faults("reads p1[1], which another thread of its group that it has not met since has written", (k, _, y) =>
        {
            k.Put(y, Index, Thread);
            k.Put(y, Index, y[Index ^ 1]);
        });
    }

    [Fact]
    public void A_race_between_groups_is_found_even_after_a_meeting()
    {
        Faults("thread 0 of group 1 writes p1[0], which another group has written", (k, _, y) => k.Put(y, Thread, Thread));
        Faults("thread 0 of group 1 reads p1[0], which another group has written", (k, _, y) =>
        {
            k.Put(y, Index, Thread);
            k.Meet();
            k.Put(y, Index, y[Thread]);
        });
        Faults("writes p1[4], which another group has read", (k, _, y) =>
        {
            var seen = k.Let(y[Thread + 4]);
            k.Meet();
            k.Put(y, Index, seen);
        });
    }

    /// <summary>An argument may lie where another does: then a thread may write only what no other reads.</summary>
    [Fact]
    public void A_race_through_overlapping_arguments_is_found()
    {
        var memory = new byte[Size * sizeof(int)];
        KernelCode Copy(int from)
        {
            var k = new KernelBuilder("copy");
            var (x, y) = (k.Argument(DType.I32), k.Argument(DType.I32));
            k.If(Index < Size - 1, () => k.Put(y, Index, x[Index + from]));
            return k.Build(2, 4);
        }
        Execution.Run(Copy(0), memory, memory);
        Assert.Contains("has read", Assert.Throws<KernelFault>(() => Execution.Run(Copy(1), memory, memory)).Message, StringComparison.Ordinal);
        Assert.Contains("has read", Assert.Throws<KernelFault>(() => Execution.Run(Copy(0), memory, memory.AsMemory(4))).Message, StringComparison.Ordinal);
        Execution.Run(Copy(1), memory, memory.AsMemory(4));
    }

    [Fact]
    public void Reading_what_is_not_set_is_found()
    {
        Faults("thread 0 of group 0 reads a variable that is not set", (k, _, y) => k.Put(y, Index, new Local(DType.I32)));
        Faults("thread 2 of group 0 reads a variable that is not set", (k, _, y) =>
        {
            var v = new Local(DType.I32);
            k.If(Thread < 2, () => k.Set(v, 1));
            k.Put(y, Index, v);
        });
        Faults("reads s0[3], which no thread has written", (k, _, y) => k.Put(y, Index, k.Shared(DType.I32, 4)[3]));
    }

    [Fact]
    public void Arithmetic_that_devices_do_each_their_own_way_is_found()
    {
        Faults("computes Divide of 0 and 0, which i32 does not have", (k, x, y) => k.Put(y, Index, x[Index] / x[Index]));
        Faults("computes ShiftLeft of 1 and 32, which i32 does not have", (k, _, y) => k.Put(y, Index, new Number(DType.I32, 1) << 32));
        Faults("converts what i32 does not have", (k, _, y) => k.Put(y, Index, Number.Of(DType.F32, 1e10).To(DType.I32)));
        Faults("moves the end of a loop from 3 to 4", (k, _, _) =>
        {
            var end = k.Let(3);
            k.For(end, _ => k.Set(end, end + 1));
        });
    }
}
