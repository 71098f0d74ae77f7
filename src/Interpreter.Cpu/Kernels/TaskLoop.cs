namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Tasks that threads share where there is work for them, each with memory of its own; before them, some that copy what all others read.</summary>
/// <param name="Tasks">How many tasks, without those that copy.</param>
/// <param name="IsShared">Whether threads share them.</param>
/// <param name="Copies">How many copy.</param>
internal readonly unsafe record struct TaskLoop(int Tasks, bool IsShared, int Copies = 0)
{
    /// <summary>How many tasks of so many threads need memory at once.</summary>
    public int Slots(int threads) => Math.Min(IsShared ? threads : 1, Tasks);

    /// <summary>Which memory a task has.</summary>
    public int Slot(Frame frame, int task, int worker) => !IsShared ? 0 : Tasks <= frame.Pool.Threads ? task : worker;

    /// <summary>Runs those that copy, then the others.</summary>
    public void Run(Frame frame, LoopBody body, void* arguments)
    {
        if (IsShared) frame.Pool.For(Copies, Tasks, frame, body, arguments);
        else
            for (var i = 0; i < Copies + Tasks; i++) body(frame, arguments, i, 0);
    }

    /// <summary>Counts one that has copied.</summary>
    public static void Count(ref int copied) => Interlocked.Increment(ref copied);

    /// <summary>Waits for all that copy: the caller takes no other before them, so that they are done even if all other threads wait.</summary>
    public void Await(ref int copied)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref copied) < Copies) spin.SpinOnce(sleep1Threshold: -1);
    }
}
