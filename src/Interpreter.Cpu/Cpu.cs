using System.Collections.Concurrent;
using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>
/// The CPU interpreter: planned buffers, vectors, threads. Work is divided by shape alone, never by the number of threads, so that the same
/// program gives the same bits on any number of them.
/// </summary>
public sealed class Cpu : IInterpreter
{
    private readonly ConcurrentDictionary<(UInt128, ValueArray<int>), IExecutable> compiled = new();
    private readonly ForkJoinPool pool;

    /// <summary>An interpreter with a number of threads; where not given, one for each processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread.</exception>
    public Cpu(int? threads = null)
    {
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), threads, "needs at least one thread");
        pool = new(threads ?? Environment.ProcessorCount);
    }

    /// <summary>An interpreter with a thread for each processor.</summary>
    public static Cpu Default { get; } = new();

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <summary>How many threads run a kernel.</summary>
    public int Threads => pool.Threads;

    /// <inheritdoc/>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) =>
        compiled.GetOrAdd((program.Hash, donated), _ => new CpuExecutable(program, donated, pool));

    /// <summary>
    /// The program with some of it computed twice so that its planned peak is within a budget of bytes. Compile what comes back with the same
    /// donated inputs. See <see cref="Rematerialise"/>.
    /// </summary>
    public Fitted Fit(Function program, long budget, ValueArray<int> donated = default) =>
        Rematerialise.Fit(program, budget, donated, node => KernelOf.Scratch(node, Threads));
}
